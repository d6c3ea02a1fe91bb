/** What arrives: the first message here, the first delivery there. */

import { useEffect, useState } from "preact/hooks";
import type { Schema } from "../../api/client.ts";
import { link } from "../../app/location.ts";
import { Icon } from "../../icons.tsx";
import { hearDevice } from "../../live/socket.ts";
import { PublishCommand } from "../../parts/publish_command.tsx";
import { Time } from "../../parts/values.tsx";
import { shownValue } from "../../rules/clauses.ts";
import { exact } from "../../rules/numbers.ts";
import { start as words } from "../../words/en/start.ts";
import type { Made } from "./index.tsx";

interface Shown {
  readonly books: Readonly<Record<string, number>>;
  readonly made: Made;
  readonly isDone: boolean;
}

export function PublishStep({ books, made, isDone }: Shown) {
  const { device } = made;
  return (
    <>
      {device !== undefined && <Command made={made} device={device} />}
      {device !== undefined && <Heard device={device} />}
      {device === undefined && !isDone && <Waits said={words.publishAny} />}
      {isDone && (
        <p class="faint">
          {words.stored(exact(books.stored ?? 0))}{" "}
          <a href={link("/messages")}>{words.seeMessages}</a>
        </p>
      )}
    </>
  );
}

function Command({ made, device }: { made: Made; device: string }) {
  return (
    <>
      <p>{words.publishText}</p>
      <PublishCommand device={device} token={made.token} />
    </>
  );
}

/** The newest of a device, as it comes. */
function Heard({ device }: { device: string }) {
  const [last, setLast] = useState<Schema<"ChannelTelemetry"> | undefined>(undefined);
  useEffect(() => hearDevice(device, setLast), [device]);
  if (last === undefined) return <Waits said={words.publishWaits(device)} />;
  return (
    <div class="arrived" role="status">
      <p>
        <Icon name="check" /> {words.arrived} <Time at={last.data.timestamp} />
      </p>
      <code>{shownValue(last.data.metrics)}</code>
    </div>
  );
}

function Waits({ said }: { said: string }) {
  return (
    <p class="faint" role="status">
      <Icon name="clock" /> {said}
    </p>
  );
}

export function DeliverStep({ books, made, isDone }: Shown) {
  const route = made.route === undefined ? "/routes" : `/routes/${made.route}`;
  if (isDone) {
    const n = (books.delivered ?? 0) + (books.written ?? 0);
    return (
      <p class="faint">
        {words.deliveries(exact(n))} <a href={link(route)}>{words.seeRoute}</a>
      </p>
    );
  }
  const isFailing = (books.pending ?? 0) + (books.dead_lettered ?? 0) > 0;
  return (
    <>
      <p>{words.deliveredText}</p>
      {made.device !== undefined && <Command made={made} device={made.device} />}
      {isFailing && (
        <p>
          {words.failing} <a href={link(route)}>{words.seeRoute}</a>
        </p>
      )}
    </>
  );
}
