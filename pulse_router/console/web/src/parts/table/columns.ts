/** What a table is told of its columns and rows. */

import type { ComponentChildren } from "preact";
import type { Token } from "../../rules/filters.ts";

/** In the address: which columns are shown. */
export const COLUMNS = "cols";

export interface Column<Row> {
  /** As it stands in `cols=` and `sort=`. */
  key: string;
  head: string;
  cell: (row: Row) => ComponentChildren;
  /** A track of a CSS grid: `120px`, `minmax(160px, 2fr)`. */
  width?: string;
  align?: "end";
  /** Whether the list can be sorted by it. */
  sorts?: boolean;
  /** Of narrow screens' cards: 1 stands on top, 2 and 3 below; others are left out. */
  card?: 1 | 2 | 3;
  /** What its value is as a filter; undefined where it is none. */
  token?: (row: Row) => Token | undefined;
}

export interface Sort {
  key: string;
  isDown: boolean;
}

/** `sort=` as the API and the URL have it: a name, `-` before it for the highest first. */
export function readSort(text: string | undefined): Sort | undefined {
  if (!text) return undefined;
  return text.startsWith("-") ? { key: text.slice(1), isDown: true } : { key: text, isDown: false };
}

export function writeSort(sort: Sort | undefined): string | undefined {
  return sort && (sort.isDown ? "-" : "") + sort.key;
}
