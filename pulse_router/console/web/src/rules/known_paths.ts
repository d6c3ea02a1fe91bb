/** Which paths a filter can name, as real payloads have them, and what stands there. */

import { isObject, type Json } from "./digits.ts";
import { type Kind, kindOfValue } from "./operands.ts";

export interface KnownPath {
  readonly path: string;
  readonly kind: Kind;
  readonly value: Json;
}

const MOST = 200;
const DEEPEST = 6;

/**
 * The paths of payloads, the newest payload first: metrics by their bare names, which a filter looks
 * up first, and everything else by its way from the top.
 */
export function knownPaths(payloads: readonly Json[]): KnownPath[] {
  const known = new Map<string, KnownPath>();
  for (const payload of payloads) {
    if (!isObject(payload)) continue;
    const { metrics, ...others } = payload;
    if (isObject(metrics)) walk(metrics, "", 1);
    walk(others, "", 1);
  }
  return [...known.values()];

  function walk(object: Record<string, Json>, above: string, depth: number): void {
    for (const [name, value] of Object.entries(object)) {
      const path = above === "" ? name : `${above}.${name}`;
      if (known.size >= MOST) return;
      if (isObject(value) && depth < DEEPEST) walk(value, path, depth + 1);
      else if (!known.has(path)) known.set(path, { path, kind: kindOfValue(value), value });
    }
  }
}

/** What a filter would find first at a path; a dotted name of a metric is one, too. */
export function valueAt(payload: Json, path: string): Json | undefined {
  return knownPaths([payload]).find((known) => known.path === path)?.value;
}
