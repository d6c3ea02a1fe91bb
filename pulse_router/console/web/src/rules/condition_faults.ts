/** Which row of a filter's form a fault belongs to that the router names by its path in the JSON. */

import type { AllNode, Entry } from "./conditions.ts";

/** A fault as problems tell it: where, and what. */
export interface FaultAt {
  readonly path: string;
  readonly message: string;
}

/** What is wrong with each row; `others` is what no row is to blame for. */
export interface RowFaults {
  readonly rows: ReadonlyMap<Entry, readonly string[]>;
  readonly others: readonly string[];
}

/** The path of each entry in the JSON that `writeFilter` makes of the tree. */
export function entryPaths(tree: AllNode, above = ""): Map<Entry, string> {
  const paths = new Map<Entry, string>();
  for (const [entry, path] of ownPaths(tree, above)) {
    paths.set(entry, path);
    const inside =
      entry.kind === "group"
        ? entry.members.map((member, at) => [member, `${path}.${at}`] as const)
        : entry.kind === "not"
          ? [[entry.member, path] as const]
          : [];
    for (const [member, below] of inside) {
      for (const [each, its] of entryPaths(member, below)) paths.set(each, its);
    }
  }
  return paths;
}

/** The faults below `root` by row: each stands at the row whose path goes furthest along. */
export function rowFaults(
  tree: AllNode | undefined,
  faults: readonly FaultAt[],
  root: string,
): RowFaults {
  const paths = tree === undefined ? [] : [...entryPaths(tree, root)];
  const rows = new Map<Entry, string[]>();
  const others: string[] = [];
  for (const { path, message } of faults) {
    if (!isWithin(path, root)) continue;
    let [best, length] = [undefined as Entry | undefined, -1];
    for (const [entry, its] of paths) {
      if (isWithin(path, its) && its.length > length) [best, length] = [entry, its.length];
    }
    if (best === undefined) others.push(message);
    else rows.set(best, [...(rows.get(best) ?? []), message]);
  }
  return { rows, others };
}

export function isWithin(path: string, above: string): boolean {
  return above === "" || path === above || path.startsWith(`${above}.`);
}

/** As `writeFilter` does: what has a name that is taken goes into an `$and`. */
function ownPaths(tree: AllNode, above: string): [Entry, string][] {
  const first = new Map<string, Entry>();
  const others: Entry[] = [];
  for (const entry of tree.entries) {
    if (first.has(keyOf(entry))) others.push(entry);
    else first.set(keyOf(entry), entry);
  }
  const at = (path: string): string => (above === "" ? path : `${above}.${path}`);
  const and = first.get("$and");
  const isWrapped = others.length > 0 && and?.kind === "raw" && !Array.isArray(and.value);
  const taken = !and ? 0 : isWrapped ? 1 : sizeOf(and);
  return [
    ...[...first].map(([key, entry]): [Entry, string] => [
      entry,
      at(isWrapped ? `$and.0.${key}` : key),
    ]),
    ...others.map((entry, place): [Entry, string] => [
      entry,
      at(`$and.${taken + place}.${keyOf(entry)}`),
    ]),
  ];
}

function keyOf(entry: Entry): string {
  switch (entry.kind) {
    case "field":
      return entry.path;
    case "raw":
      return entry.key;
    case "group":
      return entry.operator;
    case "not":
      return "$not";
  }
}

function sizeOf(and: Entry): number {
  if (and.kind === "group") return and.members.length;
  return and.kind === "raw" && Array.isArray(and.value) ? and.value.length : 0;
}
