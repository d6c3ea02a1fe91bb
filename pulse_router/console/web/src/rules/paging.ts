/** Pages of a list put together: nothing moves under the pointer, what is new waits. */

/** What tells rows apart, higher for newer ones; ids of events are too long for a number. */
export type RowId = number | bigint;

export interface PageOf<Row> {
  readonly rows: readonly Row[];
  readonly total: number;
  readonly isExact: boolean;
  /** The cursor of the next page. */
  readonly next: string | null | undefined;
}

export interface ListState<Row> extends PageOf<Row> {
  /** Newer rows that wait. */
  readonly newer: readonly Row[];
  /** The newest page, where more may have come than it has: then it takes the place of all. */
  readonly instead?: PageOf<Row> | undefined;
}

export function startList<Row>(page: PageOf<Row>): ListState<Row> {
  const { rows, total, isExact, next } = page;
  return { rows, total, isExact, next, newer: [] };
}

/**
 * Take over the newest page as it is now. Rows that are shown change in place, those that are gone
 * go, those that have come back come back; newer ones wait.
 */
export function mergeNewest<Row>(
  before: ListState<Row>,
  page: PageOf<Row>,
  id: (row: Row) => RowId,
): ListState<Row> {
  if (before.rows.length === 0) {
    // Who looks further back already goes on from there.
    return page.rows.length > 0 ? startList(page) : { ...startList(page), next: before.next };
  }
  // biome-ignore lint/complexity/useMathMinMax: Math.max takes no bigint.
  const highest = before.rows.map(id).reduce((one, other) => (other > one ? other : one));
  const { total, isExact } = page;
  const newer = page.rows.filter((row) => id(row) > highest);
  const isAll = page.next == null;
  if (newer.length > 0 && newer.length === page.rows.length && !isAll) {
    return { ...before, newer, total, isExact, instead: page };
  }
  const lowest = page.rows
    .map(id)
    // biome-ignore lint/complexity/useMathMinMax: nor does Math.min.
    .reduce<RowId>((one, other) => (other < one ? other : one), Number.POSITIVE_INFINITY);
  const changed = page.rows.filter((row) => id(row) <= highest);
  const older = isAll ? [] : before.rows.filter((row) => id(row) < lowest);
  const next = older.length > 0 ? before.next : page.next;
  return { rows: [...changed, ...older], newer, total, isExact, next };
}

/** Whether nothing was found so far, and there is more to look through. */
export function isLooking(list: PageOf<unknown> | undefined): boolean {
  return list !== undefined && list.rows.length === 0 && list.next != null;
}

/** Show what waits, above the others. */
export function showWaiting<Row>(state: ListState<Row>): ListState<Row> {
  if (state.instead !== undefined) return startList(state.instead);
  return { ...state, rows: [...state.newer, ...state.rows], newer: [] };
}

/**
 * Take over the first page of a list whose order is not that of arrival: nothing waits, for what is
 * new may stand anywhere. Rows that were loaded beyond the page stay.
 */
export function mergeFirst<Row>(
  before: ListState<Row>,
  page: PageOf<Row>,
  id: (row: Row) => RowId | string,
): ListState<Row> {
  const fresh = new Set(page.rows.map(id));
  const last = page.rows.at(-1);
  const end = last === undefined ? -1 : before.rows.findIndex((row) => id(row) === id(last));
  const beyond = before.rows.slice(end + 1).filter((row) => !fresh.has(id(row)));
  if (page.next == null || end < 0 || beyond.length === 0) return startList(page);
  return { ...startList(page), rows: [...page.rows, ...beyond], next: before.next };
}
