/** Who has changed what, newest first; a row opens what was before and after. */

import { get, type Schema } from "../../api/client.ts";
import { link, useQuery } from "../../app/location.ts";
import { type BarField, FilterBar } from "../../parts/filter_bar.tsx";
import { useList } from "../../parts/list.ts";
import { Page } from "../../parts/page.tsx";
import { NoneFiltered, NoneYet, States } from "../../parts/states.tsx";
import type { Column } from "../../parts/table/columns.ts";
import { Table } from "../../parts/table/table.tsx";
import { Time } from "../../parts/values.tsx";
import {
  fromQuery,
  type Token,
  toApi,
  toQuery,
  withoutToken,
  withToken,
} from "../../rules/filters.ts";
import { audit as words } from "../../words/en/operator.ts";
import { titles } from "../../words/en/titles.ts";
import "./audit.css";
import { Entry } from "./entry.tsx";

type Change = Schema<"AuditAnswer">;

const PAGE = 100;
const FIELDS: readonly BarField[] = (["tenant_id", "subject", "action"] as const).map((name) => ({
  name,
  kind: "text",
  label: words.filters[name],
}));
const token = (field: string, value: string): Token => ({ field, value });

const COLUMNS: readonly Column<Change>[] = [
  { key: "at", head: words.at, width: "216px", card: 2, cell: (it) => <Time at={it.at} /> },
  {
    key: "subject",
    head: words.who,
    width: "minmax(140px, 1.5fr)",
    cell: (it) => it.subject,
    token: (it) => token("subject", it.subject),
  },
  {
    key: "action",
    head: words.action,
    width: "minmax(140px, 1.2fr)",
    card: 1,
    cell: (it) => <span class="mono">{it.action}</span>,
    token: (it) => token("action", it.action),
  },
  {
    key: "tenant_id",
    head: words.tenant,
    width: "minmax(112px, 1fr)",
    card: 3,
    cell: (it) => <span class="mono">{it.tenant_id}</span>,
    token: (it) => token("tenant_id", it.tenant_id),
  },
  {
    key: "target",
    head: words.target,
    width: "minmax(140px, 1.2fr)",
    cell: (it) => (
      <span class="mono">{[it.target_type, it.target_id].filter(Boolean).join(" ")}</span>
    ),
  },
  {
    key: "changed",
    head: words.changed,
    width: "minmax(160px, 2fr)",
    cell: (it) => <span class="mono">{it.changed.join(", ")}</span>,
  },
];

export default function OperatorAuditPage() {
  const [query, set] = useQuery();
  const tokens = fromQuery(query.all(), FIELDS);
  const choose = (chosen: readonly Token[]): void => {
    const written = toQuery(chosen, FIELDS);
    set(Object.fromEntries(FIELDS.map(({ name }) => [name, written[name]])));
  };
  const asked = toApi(tokens, FIELDS, 0);
  const list = useList<Change>({
    name: "audit",
    key: JSON.stringify(asked),
    id: (change) => change.id,
    again: { every: 10_000 },
    read: async (after, signal) => {
      const page = await get("/api/v1/operator/audit", {
        query: { ...asked, limit: PAGE, ...(after === undefined ? {} : { after }) },
        signal,
      });
      return {
        rows: page.entries,
        total: page.total,
        isExact: page.total_is_exact,
        next: page.next,
      };
    },
  });
  const open = query.get("entry");
  const opened = list.rows.find((change) => String(change.id) === open);
  return (
    <Page title={titles.operatorAudit} lead={words.lead}>
      <FilterBar fields={FIELDS} tokens={tokens} onChange={choose} />
      <States
        reading={list.reading}
        empty={() =>
          list.rows.length > 0 ? undefined : tokens.length > 0 ? (
            <NoneFiltered
              tokens={tokens}
              onDrop={(dropped) => choose(withoutToken(tokens, dropped))}
              onDropAll={() => choose([])}
            />
          ) : (
            <NoneYet icon="clock" title={words.none}>
              {words.noneText}
            </NoneYet>
          )
        }
      >
        {() => (
          <div class={opened === undefined ? "audit" : "audit beside"}>
            <Table
              caption={titles.operatorAudit}
              name="audit"
              columns={COLUMNS}
              rows={list.rows}
              rowKey={(change) => change.id}
              total={list.total}
              isExact={list.isExact}
              more={list.more}
              waiting={list.waiting}
              onToken={(chosen) => choose(withToken(tokens, chosen, FIELDS))}
              open={(change) => link("/operator/audit", { ...query.all(), entry: change.id })}
            />
            {opened && <Entry change={opened} onClose={() => set({ entry: null })} />}
          </div>
        )}
      </States>
    </Page>
  );
}
