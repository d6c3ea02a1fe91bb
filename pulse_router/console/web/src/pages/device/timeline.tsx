/** What came of a device: each message with what routes made of it, each refusal; newest first. */

import { get, type Schema } from "../../api/client.ts";
import { link } from "../../app/location.ts";
import { Button } from "../../parts/button.tsx";
import { useList } from "../../parts/list.ts";
import { States } from "../../parts/states.tsx";
import { Badge, Time, type Tone } from "../../parts/values.tsx";
import { common } from "../../words/en/common.ts";
import { device as words } from "../../words/en/devices.ts";

type Entry = Schema<"TimelineEntry">;

const PAGE = 50;
const TONES: Readonly<Record<string, Tone>> = {
  delivered: "good",
  replayed: "good",
  pending: "warn",
  failed: "bad",
  discarded: "quiet",
};

export function Timeline({ id }: { id: string }) {
  const list = useList<Entry>({
    name: "timeline",
    key: id,
    read: async (after, signal) => {
      const page = await get("/api/v1/customer/devices/{device_id}/timeline", {
        path: { device_id: id },
        query: { limit: PAGE, ...(after ? { after } : {}) },
        signal,
      });
      const rows = page.entries;
      return { rows, total: rows.length, isExact: page.next === null, next: page.next };
    },
    id: (entry) => `${entry.kind} ${entry.id}`,
    again: { changes: ["messages", "rejected", "dead_letters"] },
  });
  return (
    <States
      reading={list.reading}
      lines={8}
      empty={(page) =>
        page.rows.length > 0 ? undefined : <p class="faint">{words.timelineNone}</p>
      }
    >
      {() => (
        <>
          <ol class="came">
            {list.rows.map((entry) => (
              <EntryLine key={`${entry.kind} ${entry.id}`} entry={entry} />
            ))}
          </ol>
          {list.more && <Button onClick={list.more}>{words.more}</Button>}
        </>
      )}
    </States>
  );
}

function EntryLine({ entry }: { entry: Entry }) {
  const isMessage = entry.kind === "message";
  const href = link(isMessage ? `/messages/${entry.id}` : `/rejected/${entry.id}`);
  return (
    <li>
      <a href={href}>
        <Time at={entry.received_at} ms />
      </a>
      <span>
        <Badge
          state=""
          tone={isMessage ? "plain" : "bad"}
          icon={isMessage ? "message" : "ban"}
          word={isMessage ? words.message : words.refusal}
        />
      </span>
      <div>
        <span>{entry.text}</span>
        {isMessage && entry.deliveries.length === 0 && (
          <span class="faint"> · {words.noRoute}</span>
        )}
        <ul>
          {entry.deliveries.map((delivery) => (
            <li key={delivery.id}>
              <a href={link(`/routes/${delivery.route_id}`)}>{words.route(delivery.route_id)}</a>
              <Badge
                state={delivery.state}
                tone={TONES[delivery.state] ?? "plain"}
                word={words.states[delivery.state] ?? delivery.state}
              />
              <a href={link(`/deliveries/${delivery.id}`)} class="faint">
                {delivery.text || common.more}
              </a>
            </li>
          ))}
        </ul>
      </div>
    </li>
  );
}
