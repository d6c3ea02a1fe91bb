/** Verdicts of a filter as lines: which clause asks for what, and what was found. */

import { type Json, writeJson } from "./digits.ts";

export type Verdict = "true" | "false" | "unknown";

/** A clause or a group, as every answer of the router gives it. */
export interface Clause {
  readonly operator: string;
  readonly verdict: Verdict;
  readonly path?: string;
  readonly operand?: unknown;
  readonly options?: string;
  readonly found?: {
    readonly presence: "missing" | "other_type" | "value";
    readonly type?: string;
    readonly value?: unknown;
  };
  readonly clauses?: readonly Clause[];
}

export interface ClauseLine {
  readonly clause: Clause;
  readonly depth: number;
  readonly key: string;
}

/** The tree, line by line. */
export function clauseLines(clauses: readonly Clause[], depth = 0, above = ""): ClauseLine[] {
  return clauses.flatMap((clause, at) => {
    const key = `${above}${at}`;
    return [{ clause, depth, key }, ...clauseLines(clause.clauses ?? [], depth + 1, `${key}.`)];
  });
}

const LONGEST = 120;

/** A value as it stands in a line: its digits as they came, cut when it is long. */
export function shownValue(value: unknown): string {
  const text = writeJson(value as Json);
  return text.length > LONGEST ? `${text.slice(0, LONGEST)}…` : text;
}

/** Where each moment lies between two others, 0 to 1. */
export function scale(moments: readonly number[]): number[] {
  const [first, last] = [Math.min(...moments), Math.max(...moments)];
  return moments.map((moment) => (last > first ? (moment - first) / (last - first) : 0));
}
