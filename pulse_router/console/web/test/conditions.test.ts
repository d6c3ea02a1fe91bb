import assert from "node:assert/strict";
import { test } from "node:test";

import { type AllNode, addTest, readFilter, writeFilter } from "../src/rules/conditions.ts";
import { type Json, type JsonObject, readJson, writeJson } from "../src/rules/digits.ts";
import { type Random, random } from "./random.ts";

function backAndForth(text: string): string {
  const tree = readFilter(readJson(text));
  assert.ok(tree);
  return writeJson(writeFilter(tree));
}

const FILTERS = [
  "{}",
  '{"temperature":{"$gt":80.0}}',
  '{"temperature":{"$gt":80,"$lt":90},"status":"ok"}',
  '{"status":null,"tags":["a"],"place":{"site":"x"}}',
  '{"$or":[{"a":1},{"b":{"$in":[1,2.50]}}],"$nor":[{"c":{"$exists":true}}]}',
  '{"$not":{"$and":[{"a":1}]}}',
  '{"a":{"$not":{"$not":{"$gt":1}}}}',
  '{"a":{"$not":"x"}}',
  '{"a":{"$not":{"$gt":1},"$lt":5}}',
  '{"a":{"$options":"i","$regex":"^x"}}',
  '{"items":{"$elemMatch":{"price":{"$gt":12345678901234567890}}}}',
  '{"a":{"$eq":1}}',
  '{"a":{}}',
  '{"$or":{"a":1}}',
  '{"$or":[]}',
  '{"$or":[1]}',
  '{"$where":"x"}',
  '{"a":{"$gt":1,"b":2}}',
  '{"__proto__":{"$gt":1}}',
];
for (const text of FILTERS) {
  test(`JSON survives the form: ${text}`, () => assert.equal(backAndForth(text), text));
}

test("what is no object has no form", () => {
  for (const text of ["[]", "null", "1", '"x"', "1.50"])
    assert.equal(readFilter(readJson(text)), undefined);
});

test("any filter survives the form, and any tree with names of their own survives JSON", () => {
  for (let seed = 0; seed < 3000; seed += 1) {
    const filter = anyFilter(random(seed), 3);
    const tree = readFilter(filter);
    assert.ok(tree);
    assert.equal(writeJson(writeFilter(tree)), writeJson(filter), `seed ${seed}`);
    assert.deepEqual(readFilter(writeFilter(tree)), tree, `seed ${seed}`);
  }
});

test("two rows of one name both count", () => {
  const row = (operand: Json) => ({
    kind: "field" as const,
    path: "t",
    tests: [{ operator: "$ne", operand }],
    nots: 0,
  });
  const tree: AllNode = { kind: "all", entries: [row(1), row(2), row(3)] };
  assert.deepEqual(writeFilter(tree), {
    t: { $ne: 1 },
    $and: [{ t: { $ne: 2 } }, { t: { $ne: 3 } }],
  });
});

test("rows of one name join the $and that is there", () => {
  const tree = readFilter({ $and: [{ a: 1 }], t: 1 }) as AllNode;
  tree.entries.push({
    kind: "field",
    path: "t",
    tests: [{ operator: "$lt", operand: 2 }],
    nots: 0,
  });
  assert.deepEqual(writeFilter(tree), { $and: [{ a: 1 }, { t: { $lt: 2 } }], t: 1 });
});

test("an $and that is no list stays beside those that share a name", () => {
  const tree = readFilter({ $and: 1, t: 1 }) as AllNode;
  tree.entries.push({ kind: "field", path: "t", tests: [{ operator: "", operand: 2 }], nots: 0 });
  assert.deepEqual(writeFilter(tree), { $and: [{ $and: 1, t: 1 }, { t: 2 }] });
});

test("a test joins its field's row, unless that has the operator already or is a bare value", () => {
  const of = (filter: Json, operator: string, operand: Json): JsonObject =>
    writeFilter(addTest(readFilter(filter) as AllNode, "t", { operator, operand }));
  assert.deepEqual(of({ t: { $gt: 1 } }, "$lt", 5), { t: { $gt: 1, $lt: 5 } });
  assert.deepEqual(of({ t: { $gt: 1 } }, "$gt", 5), { t: { $gt: 1 }, $and: [{ t: { $gt: 5 } }] });
  assert.deepEqual(of({ t: 1 }, "$lt", 5), { t: 1, $and: [{ t: { $lt: 5 } }] });
  assert.deepEqual(of({ t: { $not: { $gt: 1 } } }, "$lt", 5), {
    t: { $not: { $gt: 1 } },
    $and: [{ t: { $lt: 5 } }],
  });
  assert.deepEqual(of({}, "", "x"), { t: "x" });
});

function anyFilter(pick: Random, depth: number): JsonObject {
  const filter: JsonObject = {};
  for (let left = pick.below(4); left > 0; left -= 1) {
    const group = pick.of(["$and", "$or", "$nor", "$not", "", "", ""]);
    if (group !== "" && depth > 0) {
      filter[group] =
        group === "$not"
          ? anyFilter(pick, depth - 1)
          : some(pick, () => anyFilter(pick, depth - 1));
    } else {
      filter[pick.of(["a", "b.c", "metrics.t", "$odd", ""])] = anyCondition(pick, depth);
    }
  }
  return filter;
}

function anyCondition(pick: Random, depth: number): Json {
  if (pick.below(3) === 0) return anyValue(pick, 2);
  const condition: JsonObject = {};
  for (let left = pick.below(3); left > 0; left -= 1) {
    const operator = pick.of([
      "$gt",
      "$lte",
      "$in",
      "$regex",
      "$options",
      "$not",
      "$elemMatch",
      "plain",
    ]);
    condition[operator] =
      operator === "$not" && depth > 0 ? anyCondition(pick, depth - 1) : anyValue(pick, 2);
  }
  return condition;
}

function anyValue(pick: Random, depth: number): Json {
  const kind = pick.below(depth > 0 ? 7 : 5);
  if (kind === 5) return some(pick, () => anyValue(pick, depth - 1));
  if (kind === 6) return { x: anyValue(pick, depth - 1) };
  return pick.of<Json>([null, true, pick.below(100), "text", readJson("1.50")]);
}

function some(pick: Random, make: () => Json): Json[] {
  return Array.from({ length: pick.below(3) }, make);
}
