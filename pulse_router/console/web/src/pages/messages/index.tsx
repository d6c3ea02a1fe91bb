/** What is stored, across devices, the newest first. A row leads to what became of it. */

import { useMemo } from "preact/hooks";
import { addressOf, get, type Schema } from "../../api/client.ts";
import { link } from "../../app/location.ts";
import type { BarField } from "../../parts/filter_bar.tsx";
import { FilteredList } from "../../parts/filtered_list.tsx";
import { NoneYet } from "../../parts/states.tsx";
import type { Column } from "../../parts/table/columns.ts";
import { Time } from "../../parts/values.tsx";
import { shownValue } from "../../rules/clauses.ts";
import { command, curl, table } from "../../rules/copying.ts";
import { FROM, LAST, type Query, TO } from "../../rules/filters.ts";
import { titles } from "../../words/en/titles.ts";
import { messages as words } from "../../words/en/traces.ts";

type Message = Schema<"StoredMessageAnswer">;

const PAGE = 100;
const PATH = "/api/v1/customer/messages";

export default function MessagesPage() {
  const fields = useMemo(fieldsOf, []);
  return (
    <FilteredList<Message>
      name="messages"
      title={titles.messages}
      fields={fields}
      columns={COLUMNS}
      changes={["messages"]}
      read={listMessages}
      id={(message) => BigInt(message.id)}
      rowKey={(message) => message.id}
      rowName={(message) => words.message(message.id)}
      open={(message) => link(`/messages/${message.id}`)}
      lead={words.stored}
      request={(query) =>
        curl({ method: "GET", url: location.origin + addressOf(PATH, { query }) })
      }
      command={(query) => listCommand(query)}
      markdown={markdown}
      none={
        <NoneYet
          icon="message"
          title={words.none}
          action={<a href={link("/start")}>{words.firstSteps}</a>}
        >
          {words.noneText}
        </NoneYet>
      }
    />
  );
}

const fieldsOf = (): BarField[] => [
  { name: "device", param: "device_id", label: words.fields.device, kind: "text", bare: true },
  { name: "site", param: "site_id", label: words.fields.site, kind: "text" },
  { name: "type", param: "msg_type", label: words.fields.type, kind: "text" },
  { name: "topic", label: words.fields.topic, kind: "text" },
  { name: "metric", label: words.fields.metric, kind: "text" },
  { ...LAST, label: words.fields.last },
  { ...FROM, label: words.fields.from },
  { ...TO, label: words.fields.to },
];

const COLUMNS: readonly Column<Message>[] = [
  {
    key: "received",
    head: words.columns.received,
    width: "264px",
    card: 1,
    cell: (message) => <Time at={message.received_at} ms />,
  },
  {
    key: "device",
    head: words.columns.device,
    width: "minmax(100px, 1fr)",
    card: 2,
    cell: (message) => <code>{message.device_id}</code>,
    token: (message) => ({ field: "device", value: message.device_id }),
  },
  {
    key: "type",
    head: words.columns.type,
    width: "124px",
    cell: (message) => message.msg_type,
    token: (message) => ({ field: "type", value: message.msg_type }),
  },
  {
    key: "metrics",
    head: words.columns.metrics,
    width: "minmax(160px, 3fr)",
    card: 3,
    cell: (message) => <code>{message.metrics === null ? "" : shownValue(message.metrics)}</code>,
  },
  {
    key: "id",
    head: words.columns.id,
    width: "188px",
    cell: (message) => <code>{message.id}</code>,
  },
];

async function listMessages(query: Query, after: string | undefined, signal: AbortSignal) {
  const page = await get(PATH, {
    query: { ...query, limit: PAGE, ...(after ? { after } : {}) } as object,
    signal,
  });
  return {
    rows: page.messages,
    total: page.total,
    isExact: page.total_is_exact,
    next: page.next,
  };
}

function listCommand(query: Query): string {
  const device = query.device_id;
  return device === undefined ? command("tail") : command("history", device);
}

function markdown(rows: readonly Message[]): string {
  const { received, device, type, metrics, id } = words.columns;
  return table(
    [id, received, device, type, metrics],
    rows.map((row) => [
      row.id,
      row.received_at,
      row.device_id,
      row.msg_type,
      row.metrics === null ? "" : shownValue(row.metrics),
    ]),
  );
}
