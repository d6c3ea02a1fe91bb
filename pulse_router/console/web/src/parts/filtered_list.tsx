/** A page that is a list: its filters in the address, its table, and what stands in place of rows. */

import type { ComponentChildren } from "preact";
import { useMemo, useState } from "preact/hooks";
import { useQuery } from "../app/location.ts";
import { shownTenant } from "../app/tenant.ts";
import type { Kind } from "../live/hints.ts";
import { fromQuery, type Query, type Token, toApi, toQuery, withToken } from "../rules/filters.ts";
import type { PageOf, RowId } from "../rules/paging.ts";
import { has, NOTHING, type Selection } from "../rules/selection.ts";
import { CopyAs } from "./copying.tsx";
import { type BarField, FilterBar } from "./filter_bar.tsx";
import { type List, useList } from "./list.ts";
import { Page } from "./page.tsx";
import { NoneFiltered, States } from "./states.tsx";
import type { Column, Sort } from "./table/columns.ts";
import { Table } from "./table/table.tsx";
import { ViewMenu } from "./view_menu.tsx";

const COPIED = 50;

/** The rows that are selected, the list that they are of, and the way to select none. */
export interface Selected<Row> {
  readonly rows: readonly Row[];
  readonly list: List<Row>;
  clear(): void;
}

/**
 * read: gives a page by the filters. id: what tells rows apart, as `useList` takes it. changes: the
 * hints by which it is read again. none: stands where there is nothing at all. extra: asked for
 * beside the filters. bar: what is done with the rows that are selected; without it none can be.
 * above: stands over the filters.
 */
export function FilteredList<Row>(props: {
  name: string;
  title: string;
  fields: readonly BarField[];
  columns: readonly Column<Row>[];
  changes: readonly Kind[];
  read: (query: Query, after: string | undefined, signal: AbortSignal) => Promise<PageOf<Row>>;
  id: (row: Row) => RowId | string;
  rowKey: (row: Row) => string | number;
  rowName: (row: Row) => string;
  open: (row: Row) => string;
  lead: (total: number, isExact: boolean) => string;
  request: (query: Query) => string;
  command?: (query: Query) => string;
  markdown: (rows: readonly Row[]) => string;
  none: ComponentChildren;
  actions?: ComponentChildren;
  extra?: Query;
  sort?: Sort | undefined;
  onSort?: (sort: Sort) => void;
  above?: ComponentChildren;
  bar?: (selected: Selected<Row>) => ComponentChildren;
}) {
  const { name, fields, columns } = props;
  const [query, setQuery] = useQuery();
  const tokens = fromQuery(query.all(), fields);
  const key = JSON.stringify([toQuery(tokens, fields), props.extra, shownTenant.value]);
  const asked = useMemo(() => ({ ...toApi(tokens, fields, Date.now()), ...props.extra }), [key]);
  const [selection, select] = useState<Selection>(NOTHING);
  const list = useList<Row>({
    name,
    key,
    read: (after, signal) => props.read(asked, after, signal),
    id: props.id,
    again: { changes: props.changes },
  });
  const change = (changed: readonly Token[]): void => {
    select(NOTHING);
    const names = fields.map((field) => field.param ?? field.name);
    const cleared = Object.fromEntries(names.map((each) => [each, null]));
    setQuery({ ...cleared, ...toQuery(changed, fields) });
  };
  return (
    <Page
      title={props.title}
      lead={list.reading.value && props.lead(list.total, list.isExact)}
      actions={
        <>
          <CopyAs
            request={() => props.request(asked)}
            {...(props.command && { command: () => props.command?.(asked) ?? "" })}
            markdown={() => props.markdown(list.rows.slice(0, COPIED))}
          />
          {props.actions}
        </>
      }
    >
      {props.above}
      <div class="list-bar">
        {fields.length > 0 && <FilterBar fields={fields} tokens={tokens} onChange={change} />}
        <ViewMenu columns={columns} />
      </div>
      <States
        reading={list.reading}
        lines={10}
        empty={(page) =>
          page.rows.length > 0 ? undefined : tokens.length > 0 ? (
            <NoneFiltered
              tokens={tokens}
              count={async (left, signal) => {
                const found = await props.read(toApi(left, fields, Date.now()), undefined, signal);
                return { n: found.total, isExact: found.isExact };
              }}
              onDrop={(token) => change(tokens.filter((each) => each !== token))}
              onDropAll={() => change([])}
            />
          ) : (
            props.none
          )
        }
      >
        {() => (
          <Table
            name={name}
            caption={props.title}
            columns={columns}
            rows={list.rows}
            rowKey={props.rowKey}
            rowName={props.rowName}
            open={props.open}
            total={list.total}
            isExact={list.isExact}
            onToken={(token) => change(withToken(tokens, token, fields))}
            more={list.more}
            waiting={list.waiting}
            sort={props.sort}
            {...(props.onSort && { onSort: props.onSort })}
            {...(props.bar && { selection, onSelect: select })}
          />
        )}
      </States>
      {props.bar?.({
        rows: list.rows.filter((row) => has(selection, props.rowKey(row))),
        list,
        clear: () => select(NOTHING),
      })}
    </Page>
  );
}
