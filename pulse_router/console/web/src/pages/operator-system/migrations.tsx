/** Which migrations the database has, the newest first, and which are due. */

import type { Schema } from "../../api/client.ts";
import type { Column } from "../../parts/table/columns.ts";
import { Table } from "../../parts/table/table.tsx";
import { Badge, Time } from "../../parts/values.tsx";
import { common } from "../../words/en/common.ts";
import { system as words } from "../../words/en/system.ts";
import type { Database } from "./index.tsx";

type Migration = Schema<"MigrationAnswer">;

const COLUMNS: readonly Column<Migration>[] = [
  {
    key: "name",
    head: words.migration,
    width: "minmax(220px, 2fr)",
    card: 1,
    cell: (migration) => <span class="mono">{migration.name}</span>,
  },
  {
    key: "applied_at",
    head: words.applied,
    width: "minmax(200px, 1fr)",
    card: 2,
    cell: (migration) => <Time at={migration.applied_at} />,
  },
  {
    key: "applied_by",
    head: words.by,
    width: "minmax(120px, 1fr)",
    card: 3,
    cell: ({ applied_by }) => <span class="mono">{applied_by ?? common.none}</span>,
  },
];

export function Migrations({ database }: { database: Database }) {
  const due = database.pending_migrations;
  return (
    <>
      {due.length > 0 && (
        <p class="checks">
          <Badge state="unavailable" word={words.due(due.length)} />
          <span class="mono">{due.join(", ")}</span>
        </p>
      )}
      <Table
        caption={words.tabs.migrations}
        columns={COLUMNS}
        rows={database.migrations.toReversed()}
        rowKey={(migration) => migration.version}
      />
    </>
  );
}
