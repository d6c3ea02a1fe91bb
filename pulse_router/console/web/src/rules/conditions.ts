/**
 * A payload filter as a tree that a form can show, and back: neither way loses anything.
 *
 * What the form has no rows for is kept as it is, as the JSON of one entry.
 */

import { isObject, type Json, type JsonObject } from "./digits.ts";

export const GROUPS = ["$and", "$or", "$nor"] as const;
export type GroupOperator = (typeof GROUPS)[number];

export const OPERATORS = [
  "$eq",
  "$ne",
  "$gt",
  "$gte",
  "$lt",
  "$lte",
  "$in",
  "$nin",
  "$exists",
  "$regex",
  "$startsWith",
  "$endsWith",
  "$contains",
  "$size",
  "$all",
  "$elemMatch",
] as const;

/** What is asked of a value: an operator and what it compares with. `""` is a bare value. */
export interface Test {
  operator: string;
  operand: Json;
}

/** A field and what is asked of it; all of its tests must hold. */
export interface FieldNode {
  kind: "field";
  path: string;
  tests: Test[];
  /** Whether the tests stand below `$not`, once or several times. */
  nots: number;
}

/** Filters of which all, one or none must hold. */
export interface GroupNode {
  kind: "group";
  operator: GroupOperator;
  members: AllNode[];
}

/** A filter that must not hold. */
export interface NotNode {
  kind: "not";
  member: AllNode;
}

/** An entry that the form shows as JSON. */
export interface RawNode {
  kind: "raw";
  key: string;
  value: Json;
}

export type Entry = FieldNode | GroupNode | NotNode | RawNode;

/** A filter: all of its entries must hold. */
export interface AllNode {
  kind: "all";
  entries: Entry[];
}

/** The tree of a filter; undefined where it is no object, which a form cannot show. */
export function readFilter(filter: Json): AllNode | undefined {
  if (!isObject(filter)) return undefined;
  return {
    kind: "all",
    entries: Object.entries(filter).map(([key, value]) => readEntry(key, value)),
  };
}

/**
 * The JSON of a tree. Two entries that would have the same name go into an `$and` at the end, which
 * means the same.
 */
export function writeFilter(tree: AllNode): JsonObject {
  const written: JsonObject = {};
  const others: Json[] = [];
  for (const entry of tree.entries) {
    const [key, value] = writeEntry(entry);
    if (!Object.hasOwn(written, key)) set(written, key, value);
    else others.push(one(key, value));
  }
  if (others.length === 0) return written;
  const and = written.$and;
  if (and === undefined) return { ...written, $and: others };
  if (Array.isArray(and)) return { ...written, $and: [...and, ...others] };
  return { $and: [written, ...others] };
}

/** Add what is asked of a field: to the field's own row where that has no such operator yet. */
export function addTest(tree: AllNode, path: string, test: Test): AllNode {
  const at = tree.entries.findIndex(
    (entry) =>
      entry.kind === "field" &&
      entry.path === path &&
      entry.nots === 0 &&
      test.operator !== "" &&
      entry.tests.every(({ operator }) => operator !== "" && operator !== test.operator),
  );
  if (at < 0)
    return {
      kind: "all",
      entries: [...tree.entries, { kind: "field", path, tests: [test], nots: 0 }],
    };
  return {
    kind: "all",
    entries: tree.entries.map((entry, place) =>
      place === at && entry.kind === "field" ? { ...entry, tests: [...entry.tests, test] } : entry,
    ),
  };
}

function readEntry(key: string, value: Json): Entry {
  if ((GROUPS as readonly string[]).includes(key)) {
    const members = Array.isArray(value) ? value.map(readFilter) : [undefined];
    if (!members.every((member) => member !== undefined)) return { kind: "raw", key, value };
    return { kind: "group", operator: key as GroupOperator, members };
  }
  if (key === "$not") {
    const member = readFilter(value);
    return member === undefined ? { kind: "raw", key, value } : { kind: "not", member };
  }
  if (key.startsWith("$")) return { kind: "raw", key, value };
  return readField(key, value);
}

function readField(path: string, condition: Json): Entry {
  let [inner, nots] = [condition, 0];
  while (isObject(inner) && Object.keys(inner).length === 1 && isObject(inner.$not)) {
    inner = inner.$not;
    nots += 1;
  }
  const operators = isObject(inner) ? Object.keys(inner).filter((key) => key.startsWith("$")) : [];
  if (!isObject(inner) || operators.length === 0) {
    return { kind: "field", path, tests: [{ operator: "", operand: inner }], nots };
  }
  // Tests beside a `$not`, operators beside names: whatever that is, it stays as it is.
  if (operators.length < Object.keys(inner).length || operators.includes("$not")) {
    return { kind: "raw", key: path, value: condition };
  }
  const tests = Object.entries(inner).map(([operator, operand]) => ({ operator, operand }));
  return { kind: "field", path, tests, nots };
}

function writeEntry(entry: Entry): [string, Json] {
  switch (entry.kind) {
    case "raw":
      return [entry.key, entry.value];
    case "group":
      return [entry.operator, entry.members.map(writeFilter)];
    case "not":
      return ["$not", writeFilter(entry.member)];
    case "field":
      return [entry.path, writeTests(entry)];
  }
}

function writeTests(field: FieldNode): Json {
  const bare =
    field.tests.length === 1 && field.tests[0]?.operator === "" ? field.tests[0] : undefined;
  let written: Json = bare ? bare.operand : {};
  if (!bare) {
    for (const { operator, operand } of field.tests) {
      set(written as JsonObject, operator === "" ? "$eq" : operator, operand);
    }
  }
  for (let not = 0; not < field.nots; not += 1) written = { $not: written };
  return written;
}

/** A field named `__proto__` is a field like any other. */
function set(object: JsonObject, key: string, value: Json): void {
  Object.defineProperty(object, key, {
    value,
    enumerable: true,
    configurable: true,
    writable: true,
  });
}

function one(key: string, value: Json): JsonObject {
  const object: JsonObject = {};
  set(object, key, value);
  return object;
}
