/** How much comes, and from whom. */

import { link } from "../../app/location.ts";
import type { Tail } from "../../live/tail.ts";
import { Spark } from "../../parts/spark.tsx";
import { Count } from "../../parts/values.tsx";
import { rate } from "../../rules/numbers.ts";
import { live as words } from "../../words/en/live.ts";
import { useTick } from "./tick.ts";

const DEVICES = 8;

export function Meters(props: { tail: Tail; onDevice: (device: string) => void }) {
  useTick(props.tail, true);
  const { log } = props.tail;
  const now = Date.now();
  return (
    <div class="tail-meters">
      <div class="tail-rate">
        <p>
          <span class="tail-figure number">{rate(log.pace.perSecond(now)).text}</span>{" "}
          <span class="faint">{words.perSecond}</span>
        </p>
        <Spark label={words.rate} values={log.pace.values(now)} width={240} height={36} />
      </div>
      <dl class="tail-counts">
        <Fact name={words.counted} n={log.counted} />
        <Fact name={words.held} n={log.held.length} />
        {log.dropped > 0 && <Fact name={words.leftOut} n={log.dropped} />}
      </dl>
      <Devices tail={props.tail} onDevice={props.onDevice} />
      {log.held.dropped > 0 && (
        <p class="faint tail-left">
          {words.left(log.held.dropped)} <a href={link("/messages")}>{words.inMessages}</a>
        </p>
      )}
    </div>
  );
}

function Fact({ name, n }: { name: string; n: number }) {
  return (
    <div>
      <dt class="faint">{name}</dt>
      <dd>
        <Count n={n} />
      </dd>
    </div>
  );
}

function Devices({ tail, onDevice }: { tail: Tail; onDevice: (device: string) => void }) {
  const { counted, devices } = tail.log;
  const top = devices.top(DEVICES);
  const rest = counted - top.reduce((sum, each) => sum + each.count, 0);
  if (top.length === 0) return null;
  return (
    <section class="tail-devices" aria-label={words.devices}>
      <h2 class="unseen">{words.devices}</h2>
      <ul>
        {top.map(({ name, count }) => (
          <li key={name}>
            <button
              type="button"
              class="tail-device"
              title={words.showDevice(name, count)}
              onClick={() => onDevice(name)}
            >
              <code>{name}</code> <Count n={count} />
            </button>
          </li>
        ))}
        {rest > 0 && (
          <li class="faint">
            {words.others} <Count n={rest} />
          </li>
        )}
      </ul>
    </section>
  );
}
