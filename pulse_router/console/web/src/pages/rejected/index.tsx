/** What was refused, and by which rule, the newest first. */

import { useMemo } from "preact/hooks";
import { addressOf, get, type Schema } from "../../api/client.ts";
import { link } from "../../app/location.ts";
import { shownTenant } from "../../app/tenant.ts";
import type { BarField } from "../../parts/filter_bar.tsx";
import { FilteredList } from "../../parts/filtered_list.tsx";
import { NoneYet } from "../../parts/states.tsx";
import type { Column } from "../../parts/table/columns.ts";
import { Badge, Time } from "../../parts/values.tsx";
import { command, curl, table } from "../../rules/copying.ts";
import { FROM, LAST, type Query, TO } from "../../rules/filters.ts";
import { REASONS } from "../../words/en/errors.ts";
import { titles } from "../../words/en/titles.ts";
import { messages as words } from "../../words/en/traces.ts";

type Rejected = Schema<"RejectedMessage">;

const PAGE = 100;

const place = () => (shownTenant.value === undefined ? "operator" : "customer");
const path = () => `/api/v1/${place()}/rejected-messages` as const;

export default function RejectedPage() {
  const fields = useMemo(fieldsOf, [shownTenant.value]);
  return (
    <FilteredList<Rejected>
      name={`rejected-${place()}`}
      title={titles.rejected}
      fields={fields}
      columns={COLUMNS}
      changes={["rejected"]}
      read={listRejected}
      id={(message) => message.id}
      rowKey={(message) => message.id}
      rowName={(message) => words.refusal(message.id)}
      open={(message) => link(`/rejected/${message.id}`)}
      lead={words.refused}
      request={(query) =>
        curl({ method: "GET", url: location.origin + addressOf(path(), { query }) })
      }
      command={() => command("rejected")}
      markdown={markdown}
      none={
        <NoneYet icon="ban" title={words.noneRefused}>
          {words.noneRefusedText}
        </NoneYet>
      }
    />
  );
}

const fieldsOf = (): BarField[] => [
  {
    name: "reason",
    label: words.fields.reason,
    kind: "choice",
    excludes: false,
    choices: Object.keys(REASONS),
    values: Object.entries(REASONS).map(([value, said]) => ({ value, label: said.means })),
  },
  { name: "device", param: "device_id", label: words.fields.device, kind: "text", bare: true },
  { ...LAST, label: words.fields.last },
  { ...FROM, label: words.fields.from },
  { ...TO, label: words.fields.to },
];

const COLUMNS: readonly Column<Rejected>[] = [
  {
    key: "received",
    head: words.columns.received,
    width: "264px",
    card: 1,
    cell: (message) => <Time at={message.received_at} ms />,
  },
  {
    key: "reason",
    head: words.columns.reason,
    width: "minmax(160px, 1.2fr)",
    card: 2,
    cell: (message) => (
      <span title={REASONS[message.reason].means}>
        <Badge state="" tone="bad" icon="ban" word={message.reason} />
      </span>
    ),
    token: (message) => ({ field: "reason", value: message.reason }),
  },
  {
    key: "device",
    head: words.columns.device,
    width: "minmax(100px, 1fr)",
    cell: (message) => message.device_id !== null && <code>{message.device_id}</code>,
    token: (message) =>
      message.device_id === null ? undefined : { field: "device", value: message.device_id },
  },
  {
    key: "detail",
    head: words.columns.detail,
    width: "minmax(160px, 3fr)",
    card: 3,
    cell: (message) => message.detail,
  },
];

async function listRejected(query: Query, after: string | undefined, signal: AbortSignal) {
  const page = await get(path(), {
    query: { ...query, fields: "summary", limit: PAGE, ...(after ? { after } : {}) } as object,
    signal,
  });
  return {
    rows: page.messages,
    total: page.total,
    isExact: page.total_is_exact,
    next: page.next,
  };
}

function markdown(rows: readonly Rejected[]): string {
  const { received, reason, device, detail, id } = words.columns;
  return table(
    [id, received, reason, device, detail],
    rows.map((row) => [
      String(row.id),
      row.received_at,
      row.reason,
      row.device_id ?? "",
      row.detail,
    ]),
  );
}
