/** Two changes of one record side by side: what it was, theirs and yours, field by field. */

import { isObject, type Json, type JsonObject, sameJson } from "./digits.ts";

/** whose: who has changed it: "both" is a conflict, unless both wrote the same ("same"). */
export interface Difference {
  readonly path: string;
  readonly was: Json | undefined;
  readonly theirs: Json | undefined;
  readonly yours: Json | undefined;
  readonly whose: "theirs" | "yours" | "both" | "same";
}

export type Choice = "theirs" | "yours";

/** Objects that are compared field by field: all else is one value. */
const OPEN = new Set(["destination_config"]);

/** What differs from what was, in the order of the fields. */
export function differences(was: JsonObject, theirs: JsonObject, yours: JsonObject): Difference[] {
  return fieldsOf([was, theirs, yours]).flatMap((path) => {
    const [a, b, c] = [at(was, path), at(theirs, path), at(yours, path)];
    const [theirChange, yourChange] = [!same(a, b), !same(a, c)];
    if (!theirChange && !yourChange) return [];
    const whose = !yourChange ? "theirs" : !theirChange ? "yours" : same(b, c) ? "same" : "both";
    return [{ path, was: a, theirs: b, yours: c, whose } as const];
  });
}

/** Theirs with what is chosen of yours. */
export function merged(
  theirs: JsonObject,
  found: readonly Difference[],
  choices: ReadonlyMap<string, Choice>,
): JsonObject {
  const result: JsonObject = structuredLike(theirs);
  for (const each of found) {
    const choice = choices.get(each.path) ?? (each.whose === "theirs" ? "theirs" : "yours");
    if (choice === "yours") put(result, each.path, each.yours);
  }
  return result;
}

function fieldsOf(all: readonly JsonObject[]): string[] {
  const paths = new Set<string>();
  for (const object of all) {
    for (const [name, value] of Object.entries(object)) {
      if (OPEN.has(name) && isObject(value)) {
        for (const inner of Object.keys(value)) paths.add(`${name}.${inner}`);
      } else paths.add(name);
    }
  }
  return [...paths];
}

/** Of a path at most two deep; the second part may have dots itself. */
function parts(path: string): [string, string | undefined] {
  const dot = path.indexOf(".");
  const [first, rest] = dot < 0 ? [path, undefined] : [path.slice(0, dot), path.slice(dot + 1)];
  return OPEN.has(first) ? [first, rest] : [path, undefined];
}

function at(object: JsonObject, path: string): Json | undefined {
  const [first, rest] = parts(path);
  const value = object[first];
  if (rest === undefined) return value;
  return isObject(value) && Object.hasOwn(value, rest) ? value[rest] : undefined;
}

function put(object: JsonObject, path: string, value: Json | undefined): void {
  const [first, rest] = parts(path);
  const [target, name] = rest === undefined ? [object, first] : [object[first] as JsonObject, rest];
  if (value === undefined) delete target[name];
  else target[name] = value;
}

function structuredLike(object: JsonObject): JsonObject {
  const copy: JsonObject = { ...object };
  for (const name of OPEN) if (isObject(copy[name])) copy[name] = { ...copy[name] };
  return copy;
}

function same(one: Json | undefined, other: Json | undefined): boolean {
  if (one === undefined || other === undefined) return one === other;
  return sameJson(one, other);
}
