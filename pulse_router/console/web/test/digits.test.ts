import assert from "node:assert/strict";
import { test } from "node:test";

import {
  Digits,
  isObject,
  type Json,
  kindOf,
  readJson,
  sameJson,
  writeJson,
} from "../src/rules/digits.ts";

const AS_THEY_CAME = [
  "12345678901234567890",
  "0.1",
  "1.50",
  "-0",
  "-0.0",
  "1e3",
  "1E-7",
  "123456789012345678.123456789",
  '{"a":[1.0,{"b":-7.10}],"c":9007199254740993}',
  '{"t":"no number: 1.50","n":null,"y":true}',
  '{"__proto__":{"x":1.0}}',
  "[]",
  "{}",
  '[[],{},""]',
];

for (const text of AS_THEY_CAME) {
  test(`digits stay as they came: ${text}`, () => {
    assert.equal(writeJson(readJson(text)), text);
  });
}

test("numbers that a double holds are numbers", () => {
  assert.deepEqual(readJson('{"a":80,"b":-1.5,"c":[0]}'), { a: 80, b: -1.5, c: [0] });
});

test("others are digits, with their text", () => {
  const read = readJson('{"big": 12345678901234567890}');
  assert.ok(isObject(read) && read.big instanceof Digits);
  assert.equal(String(read.big), "12345678901234567890");
  assert.equal(kindOf(read.big), "number");
});

test("indented as JSON.stringify does it", () => {
  const value = { a: [1, { b: [] }], c: {}, d: "x\n" };
  assert.equal(writeJson(value, 2), JSON.stringify(value, null, 2));
});

test("a field that is undefined is none", () => {
  assert.equal(writeJson({ a: undefined as unknown as Json, b: 1 }), '{"b":1}');
});

test("the last one of a name counts, also beside a number with many digits", () => {
  assert.equal(writeJson(readJson('{"a":1,"a":2,"b":1.0}')), '{"a":2,"b":1.0}');
});

for (const text of ["", "{", "[1,]", "{'a':1}", "01", "1.50x", "nul"]) {
  test(`no JSON is refused: ${JSON.stringify(text)}`, () => {
    assert.throws(() => readJson(text), SyntaxError);
  });
}

test("sameness is by digits, whatever the order of fields", () => {
  const same = (one: string, other: string): boolean => sameJson(readJson(one), readJson(other));
  assert.ok(same('{"a":1.50,"b":[2]}', '{"b":[2],"a":1.50}'));
  assert.ok(!same("1.50", "1.5"));
  assert.ok(!same("[1,2]", "[2,1]"));
  assert.ok(!same('{"a":1}', '{"b":1}'));
  assert.ok(!same("12345678901234567890", "12345678901234567891"));
  const unlike: Json[] = [null, false, 0, "", [], {}];
  for (const one of unlike) {
    for (const other of unlike) assert.equal(sameJson(one, other), one === other);
  }
});
