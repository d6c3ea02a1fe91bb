/** One row of a table: a line on wide screens, a card on narrow ones. */

import { Icon } from "../../icons.tsx";
import { type Token, writeToken } from "../../rules/filters.ts";
import { common } from "../../words/en/common.ts";
import type { Column } from "./columns.ts";

export interface RowProps<Row> {
  row: Row;
  index: number;
  name: string;
  columns: readonly Column<Row>[];
  href: string | undefined;
  isCurrent: boolean;
  isSelected: boolean | undefined;
  top: number;
  measure: ((element: HTMLElement | null) => void) | undefined;
  onFocus: () => void;
  onOpen: (event: MouseEvent) => void;
  onSelect: (event: MouseEvent) => void;
  onToken: ((token: Token) => void) | undefined;
}

export function TableRow<Row>(props: RowProps<Row>) {
  const { row, columns, href, isCurrent, isSelected } = props;
  const stop = isCurrent ? 0 : -1;
  // A card shows the columns of a card alone, so the way to the row is in the first of them.
  const titled = columns.find((column) => column.card === 1) ?? columns[0];
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: the table has the keys of all its rows.
    <div
      class="table-row"
      role="row"
      ref={props.measure}
      data-index={props.index}
      aria-rowindex={props.index + 2}
      aria-selected={isSelected}
      tabIndex={stop}
      style={{ transform: `translateY(${props.top}px)` }}
      onFocus={props.onFocus}
      onClick={href === undefined ? undefined : (event) => opens(event) && props.onOpen(event)}
    >
      {isSelected !== undefined && (
        <div role="gridcell" class="cell select">
          <input
            type="checkbox"
            tabIndex={stop}
            checked={isSelected}
            aria-label={common.selectRow(props.name)}
            onClick={props.onSelect}
          />
        </div>
      )}
      {columns.map((column) => (
        <div
          key={column.key}
          role="gridcell"
          class={["cell", column.align ?? "", column.card ? `card-${column.card}` : "no-card"].join(
            " ",
          )}
        >
          <span class="cell-value">
            {column === titled && href !== undefined ? (
              <a href={href} tabIndex={stop}>
                {column.cell(row)}
              </a>
            ) : (
              column.cell(row)
            )}
          </span>
          <AsFilter token={column.token?.(row)} stop={stop} onToken={props.onToken} />
        </div>
      ))}
    </div>
  );
}

/** What makes a filter of a cell's value; with Shift it is left out. */
function AsFilter(props: {
  token: Token | undefined;
  stop: number;
  onToken: ((token: Token) => void) | undefined;
}) {
  const { token, onToken } = props;
  if (token === undefined || onToken === undefined) return null;
  const label = common.filterBy(writeToken(token));
  return (
    <button
      type="button"
      class="as-filter"
      tabIndex={props.stop}
      aria-label={label}
      title={label}
      onClick={(event) => onToken(event.shiftKey ? { ...token, not: true } : token)}
    >
      <Icon name="filter" size={14} />
    </button>
  );
}

/** Whether a click on a row is one that opens it: on nothing of its own, and marking no text. */
function opens(event: MouseEvent): boolean {
  const on = event.target as Element;
  if (on.closest("a, button, input, label, summary") !== null) return false;
  return getSelection()?.isCollapsed ?? true;
}
