/** How a device does: what it sends, what is refused or missing, what its clock says. */

import { useEffect, useState } from "preact/hooks";
import { get, type Schema } from "../../api/client.ts";
import { type Reading, useReading } from "../../api/reading.ts";
import { link } from "../../app/location.ts";
import { hearDevice } from "../../live/socket.ts";
import { Section } from "../../parts/page.tsx";
import { States } from "../../parts/states.tsx";
import { Count, Time } from "../../parts/values.tsx";
import { shownValue } from "../../rules/clauses.ts";
import { exact, rate } from "../../rules/numbers.ts";
import { length, readTime, sayLength, skew, writeTime } from "../../rules/times.ts";
import { device as words } from "../../words/en/devices.ts";
import { Gaps } from "./gaps.tsx";
import { Groups } from "./groups.tsx";

const HOUR = 3_600_000;
const GAPS = 20;

export function Health({ id }: { id: string }) {
  const gaps = useReading(
    (signal) =>
      get("/api/v1/customer/devices/{device_id}/gaps", {
        path: { device_id: id },
        query: { limit: GAPS },
        signal,
      }),
    [id],
    { changes: ["messages"] },
  );
  return (
    <>
      <Section heading={words.health}>
        <ul class="tiles">
          <Hour id={id} />
          <Clock id={id} />
          <GapTile gaps={gaps} />
          <Refused id={id} />
          <Alerts id={id} />
        </ul>
      </Section>
      <Newest id={id} />
      <Groups id={id} />
      <Gaps reading={gaps} />
    </>
  );
}

function Tile(props: {
  name: string;
  tone?: "warn" | "bad" | undefined;
  reading: Reading<unknown>;
  children: () => preact.ComponentChildren;
}) {
  return (
    <li class={["tile", props.tone].filter(Boolean).join(" ")}>
      <h3>{props.name}</h3>
      <States reading={props.reading} lines={2}>
        {() => props.children()}
      </States>
    </li>
  );
}

function Hour({ id }: { id: string }) {
  const reading = useReading(
    (signal) =>
      get("/api/v1/customer/messages", {
        query: { device_id: id, from: writeTime(Date.now() - HOUR), limit: 1 },
        signal,
      }),
    [id],
    { changes: ["messages"] },
  );
  const page = reading.value;
  return (
    <Tile name={words.tiles.hour} reading={reading}>
      {() =>
        page && (
          <>
            <a class="tile-figure" href={link("/messages", { device_id: id, last: "1h" })}>
              <Count n={page.total} exact={page.total_is_exact} />
            </a>
            <p class="faint">{words.perMinute(rate(page.total / 60).text)}</p>
          </>
        )
      }
    </Tile>
  );
}

/** By the newest message that is stored. */
function Clock({ id }: { id: string }) {
  const reading = useReading(
    (signal) => get("/api/v1/customer/messages", { query: { device_id: id, limit: 1 }, signal }),
    [id],
    { changes: ["messages"] },
  );
  const newest = reading.value?.messages[0];
  const [sent, received] = [readTime(newest?.timestamp), readTime(newest?.received_at)];
  const off = sent === undefined || received === undefined ? undefined : skew(sent, received);
  return (
    <Tile name={words.tiles.clock} reading={reading} tone={off === undefined ? undefined : "warn"}>
      {() => (
        <>
          <span class="tile-figure">
            {newest === undefined
              ? words.unheard
              : off === undefined
                ? words.right
                : sayLength(length(off))}
          </span>
          {newest && off !== undefined && (
            <p>
              <a href={link(`/messages/${newest.id}`)}>{off > 0 ? words.ahead : words.behind}</a>
            </p>
          )}
        </>
      )}
    </Tile>
  );
}

function GapTile({ gaps }: { gaps: Reading<Schema<"GapPage">> }) {
  const page = gaps.value;
  const newest = page?.gaps[0];
  return (
    <Tile name={words.tiles.gaps} reading={gaps} tone={newest && "warn"}>
      {() =>
        page && (
          <>
            <span class="tile-figure">
              {newest === undefined ? (
                words.noGaps
              ) : (
                <Count n={page.total} exact={page.total_is_exact} />
              )}
            </span>
            {newest && <p class="faint">{words.missing(exact(newest.missing))}</p>}
          </>
        )
      }
    </Tile>
  );
}

function Refused({ id }: { id: string }) {
  const reading = useReading(
    (signal) =>
      get("/api/v1/customer/rejected-messages", {
        query: {
          device_id: id,
          from: writeTime(Date.now() - 24 * HOUR),
          fields: "summary",
          limit: 1,
        } as object,
        signal,
      }),
    [id],
    { changes: ["rejected"] },
  );
  const page = reading.value;
  const newest = page?.messages[0];
  return (
    <Tile name={words.tiles.refused} reading={reading} tone={newest && "bad"}>
      {() =>
        page && (
          <>
            <a class="tile-figure" href={link("/rejected", { device_id: id, last: "24h" })}>
              <Count n={page.total} exact={page.total_is_exact} />
            </a>
            {newest && (
              <p>
                <a href={link(`/rejected/${newest.id}`)}>{newest.reason}</a>
              </p>
            )}
          </>
        )
      }
    </Tile>
  );
}

function Alerts({ id }: { id: string }) {
  const reading = useReading(
    (signal) =>
      get("/api/v1/customer/alerts", {
        query: { device_id: id, status: ["OPEN", "ACKNOWLEDGED"], limit: 1 },
        signal,
      }),
    [id],
    { changes: ["alerts"] },
  );
  const page = reading.value;
  const newest = page?.alerts[0];
  return (
    <Tile name={words.tiles.alerts} reading={reading} tone={newest && "bad"}>
      {() =>
        page && (
          <>
            <a
              class="tile-figure"
              href={link("/alerts", { device_id: id, status: ["OPEN", "ACKNOWLEDGED"] })}
            >
              <Count n={page.total} exact={page.total_is_exact} />
            </a>
            <p class="faint">{newest?.title}</p>
          </>
        )
      }
    </Tile>
  );
}

/** The newest of a device, as it comes. */
function Newest({ id }: { id: string }) {
  const [last, setLast] = useState<Schema<"ChannelTelemetry"> | undefined>(undefined);
  useEffect(() => hearDevice(id, setLast), [id]);
  return (
    <Section heading={words.newest}>
      {last === undefined ? (
        <p class="faint">{words.newestNone}</p>
      ) : (
        <>
          <p class="faint">
            {words.newestAt} <Time at={last.data.timestamp} ms age /> · {words.live}
          </p>
          <dl class="newest">
            {Object.entries(last.data.metrics).map(([name, value]) => (
              <div key={name}>
                <dt>{name}</dt>
                <dd>{shownValue(value)}</dd>
              </div>
            ))}
          </dl>
        </>
      )}
    </Section>
  );
}
