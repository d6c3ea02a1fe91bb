/** A list that is read page by page as one scrolls, and does not move under the pointer. */

import { signal } from "@preact/signals";
import { useEffect, useMemo, useState } from "preact/hooks";
import { Problem } from "../api/problem.ts";
import { type Reading, useReading } from "../api/reading.ts";
import { useKeys } from "../app/keys.ts";
import { go, useAddress } from "../app/location.ts";
import {
  isLooking,
  type ListState,
  mergeFirst,
  mergeNewest,
  type PageOf,
  type RowId,
  showWaiting,
  startList,
} from "../rules/paging.ts";
import { sayProblem } from "./toasts.tsx";

type Again = Parameters<typeof useReading>[2];

/** A page, and what it was asked for. */
type Keyed<Row> = PageOf<Row> & { readonly key: string };

export interface List<Row> extends ListState<Row> {
  /** isLooking: no page had a row yet, and there are further ones: they are read one by one. */
  reading: Reading<PageOf<Row>> & { readonly isLooking: boolean };
  /** Loads the next page; undefined when all are here. */
  more: (() => void) | undefined;
  /** Newer rows that wait. */
  waiting: { count: number; show: () => void };
  /** Change rows in place, after something was done with them. */
  change: (changed: (rows: readonly Row[]) => readonly Row[]) => void;
}

/** At which address each list was looked at last, its filters among it. */
const addresses = new Map<string, string>();

/** Bind `Escape` to the way back to a list, as it was left; otherwise: where nobody was there yet. */
export function useWayBack(name: string, say: string, otherwise: () => string): void {
  const run = (): void => go(addresses.get(name) ?? otherwise(), { back: true });
  useKeys([{ keys: "Escape", say, run }]);
}

/** After a page that could not be read. */
const PAUSE_MS = 5_000;

/** What was loaded last, by the list's name: on the way back it is all there at once. */
const kept = new Map<string, { key: string; state: unknown }>();

/**
 * Read a list.
 *
 * name: of the list. key: what it is narrowed down by; another key is another list. read: gives the
 * first page, or the one after a cursor. id: what tells rows apart: a number where the list is the
 * newest first, and higher for newer ones; a text where it has another order.
 */
export function useList<Row>(asked: {
  name: string;
  key: string;
  read: (after: string | undefined, signal: AbortSignal) => Promise<PageOf<Row>>;
  id: (row: Row) => RowId | string;
  again?: Again;
}): List<Row> {
  const { name, key, read, id } = asked;
  const { path, search } = useAddress();
  addresses.set(name, path + search);
  const state = useMemo(() => {
    const before = kept.get(name);
    const known = before?.key === key ? (before.state as ListState<Row>) : undefined;
    return signal<ListState<Row> | undefined>(known);
  }, [key]);
  const [isLoading, setLoading] = useState(false);
  const [isPausing, setPausing] = useState(false);
  const reading = useReading<Keyed<Row>>(
    (stop) => read(undefined, stop).then((page) => ({ ...page, key })),
    [key],
    asked.again,
  );
  const newest = reading.value;
  useEffect(() => {
    if (newest === undefined || newest.key !== key) return;
    const before = state.peek();
    state.value = before === undefined ? startList(newest) : merged(before, newest, id);
  }, [newest]);
  const now = state.value;
  if (now !== undefined) kept.set(name, { key, state: now });

  const isSearching = isLooking(now);
  useEffect(() => {
    if (isSearching && !isLoading && !isPausing) void more();
  });
  useEffect(() => {
    if (!isPausing) return;
    const pause = setTimeout(() => setPausing(false), PAUSE_MS);
    return () => clearTimeout(pause);
  }, [isPausing]);

  const more = async (): Promise<void> => {
    const before = state.peek();
    if (isLoading || isPausing || before?.next == null) return;
    setLoading(true);
    try {
      const page = await read(before.next, new AbortController().signal);
      const known = new Set(before.rows.map(id));
      const rows = [...before.rows, ...page.rows.filter((row) => !known.has(id(row)))];
      state.value = { ...(state.peek() ?? before), rows, next: page.next };
    } catch (fault) {
      if (!(fault instanceof Problem)) throw fault;
      sayProblem(fault);
      setPausing(true);
    } finally {
      setLoading(false);
    }
  };
  const empty: ListState<Row> = { rows: [], total: 0, isExact: true, next: undefined, newer: [] };
  const shown = now ?? empty;
  return {
    ...shown,
    reading: { ...reading, value: now, isLooking: isSearching },
    more: shown.next == null ? undefined : () => void more(),
    waiting: {
      count: shown.newer.length,
      show: () => {
        if (state.peek() !== undefined) state.value = showWaiting(state.peek() as ListState<Row>);
        window.scrollTo({ top: 0 });
      },
    },
    change: (changed) => {
      const before = state.peek();
      if (before !== undefined) state.value = { ...before, rows: changed(before.rows) };
    },
  };
}

/** Take over the first page as it is now, by what tells its rows apart. */
function merged<Row>(
  before: ListState<Row>,
  page: PageOf<Row>,
  id: (row: Row) => RowId | string,
): ListState<Row> {
  const some = page.rows[0] ?? before.rows[0];
  if (some === undefined) return startList(page);
  return typeof id(some) === "string"
    ? mergeFirst(before, page, id)
    : mergeNewest(before, page, id as (row: Row) => RowId);
}
