/**
 * A table of any length: at most 60 rows are in the page, cards below 900 pixels.
 *
 * One row is current and takes the focus by `j` and `k`; `Enter` opens it, `x` selects it, with
 * Shift all from the one that was touched last, `*` all that match.
 */

import type { ComponentChildren } from "preact";
import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import { cameBack, go, useQuery } from "../../app/location.ts";
import { Icon } from "../../icons.tsx";
import type { Token } from "../../rules/filters.ts";
import * as selecting from "../../rules/selection.ts";
import { chosenColumns } from "../../rules/views.ts";
import { common } from "../../words/en/common.ts";
import { Button } from "../button.tsx";
import { COLUMNS, type Column, type Sort } from "./columns.ts";
import { useTableKeys } from "./keys.ts";
import { TableRow } from "./row.tsx";
import { useVirtual } from "./virtual.ts";

type Id = selecting.Id;

export interface TableProps<Row> {
  caption: string;
  columns: readonly Column<Row>[];
  rows: readonly Row[];
  rowKey: (row: Row) => Id;
  /** What a row is called in a sentence; its key where it is not given. */
  rowName?: (row: Row) => string;
  /** The address that a row leads to; undefined where it leads nowhere. */
  open?: (row: Row) => string | undefined;
  /** How many there are in all, and whether that is exact. */
  total?: number;
  isExact?: boolean;
  selection?: selecting.Selection;
  onSelect?: (selection: selecting.Selection) => void;
  /** Select all that match. */
  onSelectAll?: () => void;
  /** A value that is to be a filter. */
  onToken?: (token: Token) => void;
  sort?: Sort | undefined;
  onSort?: (sort: Sort) => void;
  /** Loads further rows; undefined when all are here. */
  more?: (() => void) | undefined;
  /** Newer rows, which wait until they are wanted. */
  waiting?: { count: number; show: () => void } | undefined;
  /** Under which name the current row is kept while one is elsewhere. */
  name?: string;
  children?: ComponentChildren;
}

/** Where one was in each table, to be found there again on the way back. */
const places = new Map<string, Id>();
const AHEAD = 20;

export function Table<Row>(props: TableProps<Row>) {
  const { rows, rowKey, selection } = props;
  const [query] = useQuery();
  const named = props.name === undefined ? undefined : query.get(COLUMNS);
  const columns = chosenColumns(props.columns, named);
  const body = useRef<HTMLDivElement>(null);
  const [current, setCurrent] = useState<Id | undefined>(() => places.get(props.name ?? ""));
  const wantsFocus = useRef(false);
  const found = rows.findIndex((row) => rowKey(row) === current);
  const at = Math.max(found, 0);
  const virtual = useVirtual(rows.length, body, found, (index) => rowKey(rows[index] as Row));

  const focusWanted = (index: number): void => {
    if (!wantsFocus.current) return;
    const row = body.current?.querySelector<HTMLElement>(`[data-index="${index}"]`);
    if (row === null || row === undefined) return; // It comes with the next rendering.
    wantsFocus.current = false;
    row.focus({ preventScroll: true });
  };
  const goTo = (index: number): void => {
    const row = rows[index];
    if (row === undefined) return;
    wantsFocus.current = true;
    setCurrent(rowKey(row));
    virtual.scrollTo(index);
    focusWanted(index);
  };
  useBack(props.name, found, wantsFocus, () => virtual.scrollTo(found));
  useLayoutEffect(() => focusWanted(at));
  const last = virtual.items.at(-1)?.index ?? 0;
  useEffect(() => {
    if (last + AHEAD >= rows.length) props.more?.();
  }, [last, rows.length, props.more]);

  const order = (): Id[] => rows.map(rowKey);
  const select = (row: Row, extend: boolean): void => {
    if (selection === undefined) return;
    const id = rowKey(row);
    setCurrent(id);
    props.onSelect?.(
      extend ? selecting.extend(selection, id, order()) : selecting.toggle(selection, id),
    );
  };
  const leave = (row: Row): void => {
    if (props.name !== undefined) places.set(props.name, rowKey(row));
  };
  const move = (by: number, extend: boolean): void => {
    const isOnRow = body.current?.contains(document.activeElement) ?? false;
    const to = isOnRow ? Math.min(Math.max(at + by, 0), rows.length - 1) : at;
    const [from, next] = [rows[at], rows[to]];
    if (extend && from !== undefined && next !== undefined && selection !== undefined) {
      const anchor = selection.kind === "rows" ? selection.anchor : undefined;
      const begun = anchor === undefined ? selecting.toggle(selection, rowKey(from)) : selection;
      props.onSelect?.(selecting.extend(begun, rowKey(next), order()));
    }
    goTo(to);
  };
  const touch = (extend: boolean): void => {
    const row = rows[at];
    if (row !== undefined) select(row, extend);
  };
  useTableKeys({
    move,
    touch: selection === undefined ? undefined : touch,
    selectAll: props.onSelectAll,
  });
  const onEnter = (event: KeyboardEvent): void => {
    const row = rows[at];
    const isOnRow = (event.target as Element).getAttribute("role") === "row";
    if (event.key !== "Enter" || !isOnRow || row === undefined) return;
    const href = props.open?.(row);
    if (href === undefined) return;
    event.preventDefault();
    leave(row);
    go(href);
  };

  const shown =
    selection && rows.length > 0 && rows.every((row) => selecting.has(selection, rowKey(row)));
  const tracks = [
    selection ? "36px" : "",
    ...columns.map((column) => column.width ?? "minmax(96px, 1fr)"),
  ];
  return (
    <div class="table-around">
      {props.waiting && props.waiting.count > 0 && (
        <Button class="waiting" icon="chevronUp" onClick={props.waiting.show}>
          {common.waiting(props.waiting.count)}
        </Button>
      )}
      <div
        class="table"
        role="grid"
        onKeyDown={onEnter}
        aria-label={props.caption}
        aria-rowcount={props.isExact === false ? -1 : (props.total ?? rows.length) + 1}
        aria-multiselectable={selection ? true : undefined}
        style={{ "--tracks": tracks.join(" ") }}
      >
        <div role="rowgroup" class="table-head">
          <div role="row" aria-rowindex={1} class="table-row">
            {selection && (
              <div role="columnheader" class="cell select">
                <input
                  type="checkbox"
                  aria-label={common.selectShown}
                  checked={shown}
                  onClick={() => props.onSelect?.(selecting.toggleShown(selection, order()))}
                />
              </div>
            )}
            {columns.map((column) => (
              <Head key={column.key} column={column} sort={props.sort} onSort={props.onSort} />
            ))}
          </div>
        </div>
        <div
          role="rowgroup"
          class="table-body"
          ref={body}
          style={{ blockSize: `${virtual.height}px` }}
        >
          {virtual.items.map((item) => {
            const row = rows[item.index];
            if (row === undefined) return null;
            const href = props.open?.(row);
            return (
              <TableRow
                key={item.key}
                row={row}
                index={item.index}
                name={props.rowName?.(row) ?? String(rowKey(row))}
                columns={columns}
                href={href}
                isCurrent={item.index === at}
                isSelected={selection && selecting.has(selection, rowKey(row))}
                top={item.start}
                measure={virtual.isNarrow ? virtual.measure : undefined}
                onFocus={() => {
                  setCurrent(rowKey(row));
                  leave(row);
                }}
                onOpen={() => {
                  leave(row);
                  if (href !== undefined) go(href);
                }}
                onSelect={(event) => select(row, event.shiftKey)}
                onToken={props.onToken}
              />
            );
          })}
        </div>
      </div>
      {props.more && <p class="faint table-more">{common.moreComes}</p>}
    </div>
  );
}

function Head<Row>(props: {
  column: Column<Row>;
  sort: Sort | undefined;
  onSort: ((sort: Sort) => void) | undefined;
}) {
  const { column, sort, onSort } = props;
  const isSorted = sort?.key === column.key;
  const order = isSorted ? (sort.isDown ? "descending" : "ascending") : undefined;
  return (
    <div role="columnheader" class={`cell ${column.align ?? ""}`} aria-sort={order}>
      {column.sorts && onSort ? (
        <button
          type="button"
          class="sort"
          title={common.sortBy(column.head)}
          onClick={() => onSort({ key: column.key, isDown: isSorted ? !sort.isDown : true })}
        >
          {column.head}
          {isSorted && <Icon name={sort.isDown ? "chevronDown" : "chevronUp"} size={14} />}
        </button>
      ) : (
        column.head
      )}
    </div>
  );
}

/**
 * On the way back, stand on the row that one has left by; once, when it is here, and unless the
 * focus has been taken elsewhere meanwhile.
 */
function useBack(
  name: string | undefined,
  found: number,
  wantsFocus: { current: boolean },
  scroll: () => void,
): void {
  const waits = useRef(name !== undefined && cameBack() && places.has(name));
  const scrolls = useRef(false);
  useLayoutEffect(() => {
    if (!waits.current || found < 0) return;
    waits.current = false;
    const holder = document.activeElement;
    if (holder !== document.body && holder?.localName !== "h1") return;
    wantsFocus.current = true;
    scrolls.current = true;
  });
  // Only now: the router begins a page that one goes to at its top.
  useEffect(() => {
    if (!scrolls.current) return;
    scrolls.current = false;
    scroll();
  });
}
