/** A list in an order that the router gives, page by page as one scrolls. No row of it waits. */

import { useState } from "preact/hooks";
import { type Again, type Reading, useReading } from "../api/reading.ts";
import type { PageOf } from "../rules/paging.ts";
import { sayProblem } from "./toasts.tsx";

export interface Pages<Row> extends PageOf<Row> {
  readonly reading: Reading<PageOf<Row>>;
  /** Loads the next page; undefined when all are here. */
  readonly more: (() => void) | undefined;
}

/**
 * Read the first page as `again` says, the others once, when they are wanted.
 *
 * key: what the list is narrowed down by; another key is another list. rowKey: what is on two pages
 * stands once.
 */
export function usePages<Row>(asked: {
  key: string;
  read: (after: string | undefined, signal: AbortSignal) => Promise<PageOf<Row>>;
  rowKey: (row: Row) => string | number;
  again?: Again;
}): Pages<Row> {
  const { key, read, rowKey } = asked;
  const reading = useReading((signal) => read(undefined, signal), [key], asked.again);
  const [further, setFurther] = useState<{ key: string; pages: readonly PageOf<Row>[] }>({
    key: "",
    pages: [],
  });
  const [isLoading, setLoading] = useState(false);
  const pages = further.key === key ? further.pages : [];
  const first = reading.value;
  const known = new Set(first?.rows.map(rowKey));
  const next = (pages.at(-1) ?? first)?.next;
  const load = async (): Promise<void> => {
    if (isLoading || next == null) return;
    setLoading(true);
    try {
      const page = await read(next, new AbortController().signal);
      setFurther({ key, pages: [...pages, page] });
    } catch (fault) {
      sayProblem(fault);
    } finally {
      setLoading(false);
    }
  };
  return {
    rows: [
      ...(first?.rows ?? []),
      ...pages.flatMap((page) => page.rows).filter((row) => !known.has(rowKey(row))),
    ],
    total: first?.total ?? 0,
    isExact: first?.isExact ?? true,
    next,
    reading,
    more: next == null ? undefined : () => void load(),
  };
}
