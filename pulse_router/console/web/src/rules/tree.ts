/** A JSON value as the lines of a tree: what is folded is one line, what is long is cut. */

import { isObject, type Json, kindOf, sameJson, writeJson } from "./digits.ts";

export interface TreeLine {
  /** Dotted, as payload filters and faults have it; "" for the whole. */
  path: string;
  depth: number;
  name: string | undefined;
  value: Json;
  kind: ReturnType<typeof kindOf>;
  /** How many it has inside; undefined for what has no inside. */
  size: number | undefined;
  isFolded: boolean;
  /** How many of those inside are not shown. */
  hidden: number;
  differs: boolean;
}

export interface TreeView {
  /** Whose folding is the other way round than it would be. */
  turned: ReadonlySet<string>;
  /** Of which more is shown, and how much. */
  shown: ReadonlyMap<string, number>;
  /** What it is compared with. */
  against?: Json | undefined;
}

/** So much of a list or an object is shown at first. */
export const PART = 100;
/** From so many lines on, what is inside is folded at first. */
const OPEN_LINES = 200;

/** The lines of a value. */
export function treeLines(value: Json, view: TreeView): TreeLine[] {
  const lines: TreeLine[] = [];
  const foldsFrom = weigh(value, 0) > OPEN_LINES ? 2 : Number.POSITIVE_INFINITY;
  walk(
    value,
    "",
    undefined,
    0,
    "against" in view && view.against !== undefined ? view.against : NONE,
  );
  return lines;

  function walk(
    item: Json,
    path: string,
    name: string | undefined,
    depth: number,
    other: Other,
  ): void {
    const inside = insideOf(item);
    const isFolded = inside !== undefined && depth >= foldsFrom !== view.turned.has(path);
    const most = view.shown.get(path) ?? PART;
    const hidden = inside === undefined || isFolded ? 0 : Math.max(0, inside.length - most);
    lines.push({
      path,
      depth,
      name,
      value: item,
      kind: kindOf(item),
      size: inside?.length,
      isFolded,
      hidden,
      differs:
        other !== NONE && (other === GONE || (inside === undefined && !sameJson(item, other))),
    });
    if (inside === undefined || isFolded) return;
    for (const [key, child] of inside.slice(0, most)) {
      walk(child, path === "" ? key : `${path}.${key}`, key, depth + 1, below(other, key));
    }
  }
}

const NONE = Symbol("compared with nothing");
const GONE = Symbol("not there");
type Other = Json | typeof NONE | typeof GONE;

function below(other: Other, key: string): Other {
  if (other === NONE || other === GONE) return other;
  if (Array.isArray(other)) return Number(key) < other.length ? (other[Number(key)] as Json) : GONE;
  return isObject(other) && Object.hasOwn(other, key) ? (other[key] as Json) : GONE;
}

function insideOf(value: Json): [string, Json][] | undefined {
  if (Array.isArray(value)) return value.map((item, at) => [String(at), item]);
  return isObject(value) ? Object.entries(value) : undefined;
}

/** How many lines a value has in all, as far as it matters. */
function weigh(value: Json, before: number): number {
  let lines = before + 1;
  for (const [, child] of insideOf(value) ?? []) {
    if (lines > OPEN_LINES) break;
    lines = weigh(child, lines);
  }
  return lines;
}

/** The paths whose name or value has a text in it, in any case. */
export function findInTree(value: Json, text: string): string[] {
  const found: string[] = [];
  const wanted = text.toLowerCase();
  if (wanted !== "") walk(value, "", "");
  return found;

  function walk(item: Json, path: string, name: string): void {
    const inside = insideOf(item);
    const own = inside === undefined ? shown(item) : "";
    if (name.toLowerCase().includes(wanted) || own.toLowerCase().includes(wanted)) found.push(path);
    for (const [key, child] of inside ?? []) walk(child, path === "" ? key : `${path}.${key}`, key);
  }
}

/** A value in one line; texts as JSON writes them. */
export function shown(value: Json): string {
  return writeJson(value);
}

/** Bytes that are no text, as people copy them: base64 or hex, sixteen to a line. */
export function toHex(bytes: Uint8Array): string {
  const lines: string[] = [];
  for (let at = 0; at < bytes.length; at += 16) {
    const part = [...bytes.subarray(at, at + 16)].map((byte) => byte.toString(16).padStart(2, "0"));
    lines.push(`${at.toString(16).padStart(4, "0")}  ${part.join(" ")}`);
  }
  return lines.join("\n");
}
