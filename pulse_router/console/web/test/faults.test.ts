import assert from "node:assert/strict";
import { test } from "node:test";

import { placeAt, syntaxFault } from "../src/rules/faults.ts";

const TEXT = `{
  "payload_filter": {
    "$or": [
      {"a": 1},
      {"metrics.t": {"$gt": "x", "$le": 5}}
    ],
    "a.b": {"c": 1},
    "a": {"b": {"d": 2}}
  }
}`;

function marked(path: string): string | undefined {
  const place = placeAt(TEXT, path);
  return place && `${place.line}:${TEXT.slice(place.offset, place.offset + place.length)}`;
}

test("a fault of a filter stands at its line", () => {
  assert.equal(marked("payload_filter.$or.1.metrics.t.$le"), '5:"$le"');
  assert.equal(marked("payload_filter.$or.1.metrics.t"), '5:"metrics.t"');
  assert.equal(marked("payload_filter.$or.0"), '4:{"a": 1}');
});

test("names with dots are found, whichever way they are cut", () => {
  assert.equal(marked("payload_filter.a.b.c"), '7:"c"');
  assert.equal(marked("payload_filter.a.b.d"), '8:"d"');
});

test("where the end of a path is missing, what there is of it is marked", () => {
  assert.equal(marked("payload_filter.a.b.nothing"), '7:"a.b"');
  assert.equal(marked(""), `1:${TEXT}`);
  assert.equal(placeAt("", "a"), undefined);
});

test("the last one of a name counts", () => {
  assert.equal(placeAt('{"a": 1, "a": 2}', "a")?.offset, 9);
});

test("a fault of the syntax has its line and column", () => {
  assert.equal(syntaxFault(TEXT), undefined);
  const fault = syntaxFault('{\n  "a": 1,\n}');
  assert.deepEqual([fault?.code, fault?.line, fault?.column], ["PropertyNameExpected", 3, 1]);
  for (const text of ["", "{", "[1,]", "// no\n1", "{a:1}", "1 2"])
    assert.ok(syntaxFault(text), text);
});
