/** What takes room on the database's disk, the largest first. */

import type { Schema } from "../../api/client.ts";
import type { Column } from "../../parts/table/columns.ts";
import { Table } from "../../parts/table/table.tsx";
import { Count } from "../../parts/values.tsx";
import { system as words } from "../../words/en/system.ts";

type Taken = Schema<"TableAnswer">;

const COLUMNS: readonly Column<Taken>[] = [
  {
    key: "name",
    head: words.table,
    width: "minmax(220px, 2fr)",
    card: 1,
    cell: (table) => <span class="mono">{table.name}</span>,
  },
  {
    key: "parent",
    head: words.partitionOf,
    width: "minmax(140px, 1fr)",
    cell: ({ parent }) => (parent === null ? null : <span class="mono">{parent}</span>),
  },
  {
    key: "rows",
    head: words.rows,
    width: "minmax(120px, 1fr)",
    align: "end",
    card: 3,
    cell: ({ rows }) =>
      rows === null ? <span class="faint">{words.uncounted}</span> : <Count n={rows} />,
  },
  {
    key: "bytes",
    head: words.size,
    width: "minmax(120px, 1fr)",
    align: "end",
    card: 2,
    cell: (table) => <span class="number">{words.bytes(table.bytes)}</span>,
  },
];

export function Room({ tables }: { tables: readonly Taken[] }) {
  return (
    <Table
      caption={words.tabs.room}
      columns={COLUMNS}
      rows={tables.toSorted((one, other) => other.bytes - one.bytes)}
      rowKey={(table) => table.name}
    />
  );
}
