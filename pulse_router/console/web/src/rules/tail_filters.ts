/** What the router filters a stream by, and what other filters mean for what came by it. */

/** Ids and names; none of a kind lets everything pass. */
export interface TailFilters {
  readonly device_id: readonly string[];
  readonly group_id: readonly string[];
  readonly metric: readonly string[];
}

const KINDS = ["device_id", "group_id", "metric"] as const;

/** narrower: by devices alone. wider: all that came passes, unchanged. other: nobody can say. */
export type Fit = "same" | "narrower" | "wider" | "other";

/** How the filters of now stand to those of before. */
export function fitting(before: TailFilters, after: TailFilters): Fit {
  const isSame = (name: (typeof KINDS)[number]): boolean =>
    isWithin(before[name], after[name]) && isWithin(after[name], before[name]);
  if (KINDS.every(isSame)) return "same";
  // A metric filter changes the events themselves.
  if (!isSame("metric")) return "other";
  if (KINDS.every((name) => isWithin(before[name], after[name]))) return "wider";
  return isSame("group_id") && isWithin(after.device_id, before.device_id) ? "narrower" : "other";
}

function isWithin(inner: readonly string[], outer: readonly string[]): boolean {
  if (outer.length === 0) return true;
  return inner.length > 0 && inner.every((value) => outer.includes(value));
}
