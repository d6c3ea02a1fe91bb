import assert from "node:assert/strict";
import { test } from "node:test";

import { entryPaths, rowFaults } from "../src/rules/condition_faults.ts";
import { type AllNode, type Entry, readFilter, writeFilter } from "../src/rules/conditions.ts";
import { Digits, type Json, type JsonObject, readJson, writeJson } from "../src/rules/digits.ts";
import { placeAt } from "../src/rules/faults.ts";
import { knownPaths, valueAt } from "../src/rules/known_paths.ts";
import { differences, merged } from "../src/rules/merging.ts";
import { leads, missingPaths, named, triable } from "../src/rules/missing.ts";
import { asTyped, fromTyped, isWritable, kindOfValue, turned } from "../src/rules/operands.ts";

const field = (path: string, operand: Json): Entry => ({
  kind: "field",
  path,
  tests: [{ operator: "$gt", operand }],
  nots: 0,
});

function follow(value: Json, path: string): string | undefined {
  const place = placeAt(writeJson(value), path);
  return place === undefined ? undefined : writeJson(value).slice(place.offset);
}

test("each row's path leads to it in the JSON that is written", () => {
  const trees: AllNode[] = [
    { kind: "all", entries: [field("a", 1), field("a", 2), field("b.c", 3)] },
    {
      kind: "all",
      entries: [
        field("a", 1),
        field("a", 2),
        { kind: "group", operator: "$and", members: [{ kind: "all", entries: [field("d", 4)] }] },
      ],
    },
    {
      kind: "all",
      entries: [field("a", 1), field("a", 2), { kind: "raw", key: "$and", value: { x: 1 } }],
    },
    {
      kind: "all",
      entries: [
        { kind: "not", member: { kind: "all", entries: [field("n", 5)] } },
        {
          kind: "group",
          operator: "$or",
          members: [
            { kind: "all", entries: [field("a", 6)] },
            { kind: "all", entries: [field("a", 7), field("a", 8)] },
          ],
        },
      ],
    },
  ];
  for (const tree of trees) {
    for (const [entry, path] of entryPaths(tree)) {
      if (entry.kind !== "field") continue;
      const rest = follow(writeFilter(tree), path) ?? "";
      assert.ok(
        rest.startsWith(`"${entry.path}":${writeJson({ $gt: entry.tests[0]?.operand as Json })}`),
        `${path}: ${rest}`,
      );
    }
  }
});

test("a fault stands at the row whose path goes furthest along", () => {
  const tree = readFilter(readJson('{"a":{"$gt":1},"a.b":{"$gt":2},"$or":[{"c":{"$lt":3}}]}'));
  assert.ok(tree);
  const { rows, others } = rowFaults(
    tree,
    [
      { path: "payload_filter.a.b.$gt", message: "two" },
      { path: "payload_filter.$or.0.c.$lt", message: "three" },
      { path: "payload_filter.$or", message: "group" },
      { path: "payload_filter", message: "whole" },
      { path: "name", message: "not here" },
    ],
    "payload_filter",
  );
  const said = [...rows].map(([entry, messages]) => [
    entry.kind === "field" ? entry.path : entry.kind,
    messages,
  ]);
  assert.deepEqual(said, [
    ["a.b", ["two"]],
    ["c", ["three"]],
    ["group", ["group"]],
  ]);
  assert.deepEqual(others, ["whole"]);
});

test("a value keeps its kind and its digits while it is typed", () => {
  for (const text of ["12345678901234567890", "1.50", "-0", "1e400", "7"]) {
    assert.equal(asTyped(fromTyped(text, "number")), text);
    assert.equal(writeJson(fromTyped(text, "number")), text);
  }
  assert.equal(fromTyped("true", "string"), "true");
  assert.equal(fromTyped("12", "string"), "12");
  assert.deepEqual(fromTyped("[1, 2.50]", "json"), [1, new Digits("2.50")]);
  for (const half of ["", "-", "8.", "1e", "eight"]) {
    assert.equal(kindOfValue(fromTyped(half, "number")), "number");
    assert.equal(asTyped(fromTyped(half, "number")), half);
    assert.equal(isWritable({ a: [{ $gt: fromTyped(half, "number") }] }), false);
  }
  assert.equal(isWritable({ a: [1, new Digits("1.50"), null, "x"] }), true);
});

test("another operator takes the value along as far as it can", () => {
  assert.deepEqual(turned(5, "json", "$in"), [5]);
  assert.deepEqual(turned([5], "number", "$gt"), 5);
  assert.deepEqual(turned("x", "number", "$gt"), 0);
  assert.deepEqual(turned("8.50", "number", "$gt"), new Digits("8.50"));
  assert.deepEqual(turned(5, "string", "$eq"), "5");
  assert.deepEqual(turned(5, "boolean", "$exists"), true);
  assert.deepEqual(turned(5, "json", "$elemMatch"), {});
});

test("paths come from payloads, metrics by their bare names, the newest value first", () => {
  const newest = readJson(
    '{"metrics":{"t":91.20,"door.open":true},"place":{"floor":3},"tags":["a"]}',
  );
  const known = knownPaths([newest, readJson('{"metrics":{"t":"hot","rpm":1}}'), "no object"]);
  assert.deepEqual(
    known.map(({ path, kind }) => [path, kind]),
    [
      ["t", "number"],
      ["door.open", "boolean"],
      ["place.floor", "number"],
      ["tags", "json"],
      ["rpm", "number"],
    ],
  );
  assert.equal(String(valueAt(newest, "t")), "91.20");
  assert.equal(valueAt(newest, "none"), undefined);
});

test("two changes of one record are told field by field, and both can be kept", () => {
  const was = read('{"name":"a","destination_config":{"url":"u","secret":"*"},"is_enabled":true}');
  const theirs = read(
    '{"name":"b","destination_config":{"url":"v","secret":"*"},"is_enabled":false}',
  );
  const yours = read('{"name":"c","destination_config":{"url":"u","qos":1},"is_enabled":false}');
  const found = differences(was, theirs, yours);
  assert.deepEqual(
    found.map(({ path, whose }) => [path, whose]),
    [
      ["name", "both"],
      ["destination_config.url", "theirs"],
      ["destination_config.secret", "yours"],
      ["is_enabled", "same"],
      ["destination_config.qos", "yours"],
    ],
  );
  assert.equal(
    writeJson(merged(theirs, found, new Map([["name", "theirs"]]))),
    '{"name":"b","destination_config":{"url":"v","qos":1},"is_enabled":false}',
  );
  assert.equal(writeJson(merged(theirs, found, new Map())).includes('"name":"c"'), true);
  assert.equal(theirs.name, "b");
});

test("digits alone are a change", () => {
  const found = differences(
    read('{"payload_filter":{"a":1.5}}'),
    read('{"payload_filter":{"a":1.5}}'),
    read('{"payload_filter":{"a":1.50}}'),
  );
  assert.deepEqual(
    found.map(({ whose }) => whose),
    ["yours"],
  );
});

function read(text: string): JsonObject {
  return readJson(text) as JsonObject;
}

test("what is missing is named, and the rest can be tried nevertheless", () => {
  const body = read(
    '{"name":"","topic_filter":"a","destination_type":"webhook","destination_config":{"qos":1}}',
  );
  const tree = readFilter(readJson('{"a":1,"":{"$gt":1},"$or":[{"":2}]}'));
  assert.deepEqual(missingPaths(body, tree), [
    "name",
    "destination_config.url",
    "payload_filter.",
    "payload_filter.$or.0.",
  ]);
  assert.equal(leads(body), false);
  const tried = triable(body);
  assert.equal(tried.name, "-");
  assert.equal(tried.destination_type, "postgresql");
  assert.equal(body.name, "");
  const whole = read('{"name":"x","topic_filter":"a","destination_type":"postgresql"}');
  assert.deepEqual(missingPaths(whole, undefined), []);
  assert.deepEqual(triable(whole), whole);
});

test("rows without a field are left out while a draft is tried, and groups of nothing else", () => {
  const without = (text: string): string => {
    const tree = readFilter(readJson(text));
    assert.ok(tree);
    return writeJson(writeFilter(named(tree)));
  };
  assert.equal(without('{"a":1,"":{"$gt":1}}'), '{"a":1}');
  assert.equal(without('{"$or":[{"":1},{"b":2}]}'), '{"$or":[{"b":2}]}');
  assert.equal(without('{"$or":[{"":1}],"$not":{"":2}}'), "{}");
  for (const whole of ['{"$or":[{},{"b":2}]}', '{"$not":{}}', '{"$or":[]}', '{"$x":{"":1}}']) {
    assert.equal(without(whole), whole);
  }
});
