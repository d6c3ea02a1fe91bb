import assert from "node:assert/strict";
import { test } from "node:test";

import { type Json, readJson } from "../src/rules/digits.ts";
import { findInTree, PART, shown, type TreeView, toHex, treeLines } from "../src/rules/tree.ts";

const VIEW: TreeView = { turned: new Set(), shown: new Map() };
const paths = (value: Json, view: TreeView = VIEW): string[] =>
  treeLines(value, view).map((line) => line.path);

test("each value is a line, under its path", () => {
  assert.deepEqual(paths({ metrics: { t: 1, list: [2] } }), [
    "",
    "metrics",
    "metrics.t",
    "metrics.list",
    "metrics.list.0",
  ]);
});

test("what is folded is one line", () => {
  const view = { ...VIEW, turned: new Set(["metrics"]) };
  const lines = treeLines({ metrics: { t: 1 }, n: 1 }, view);
  assert.deepEqual(
    lines.map((line) => [line.path, line.isFolded]),
    [
      ["", false],
      ["metrics", true],
      ["n", false],
    ],
  );
});

test("a long list shows its first part, and then more", () => {
  const list = Array.from({ length: 250 }, (_, at) => at);
  assert.equal(treeLines(list, VIEW).length, PART + 1);
  assert.equal(treeLines(list, VIEW)[0]?.hidden, 150);
  assert.equal(treeLines(list, { ...VIEW, shown: new Map([["", 250]]) }).length, 251);
});

test("a large value is folded below its second level, so that it is there at once", () => {
  const large = {
    metrics: Object.fromEntries(
      Array.from({ length: 90 }, (_, at) => [`m${at}`, { a: 1, b: [1, 2] }]),
    ),
  };
  assert.equal(treeLines(large, VIEW).length, 92);
  assert.ok(treeLines(large, VIEW)[2]?.isFolded);
});

test("digits are shown as they came", () => {
  const [, line] = treeLines(readJson('{"a":1.50}'), VIEW);
  assert.deepEqual([line?.kind, shown(line?.value as Json)], ["number", "1.50"]);
});

test("side by side, what differs is marked", () => {
  const view = { ...VIEW, against: readJson('{"a":1.5,"b":{"c":2},"e":null}') };
  const lines = treeLines(readJson('{"a":1.50,"b":{"c":2},"d":[7],"e":null}'), view);
  assert.deepEqual(
    lines.filter((line) => line.differs).map((line) => line.path),
    ["a", "d", "d.0"],
  );
  assert.deepEqual(
    treeLines({ a: 1 }, VIEW).filter((line) => line.differs),
    [],
  );
});

test("names and values are found, in any case", () => {
  assert.deepEqual(findInTree({ Temp: 1, x: ["attempt", 2] }, "TEMP"), ["Temp", "x.0"]);
  assert.deepEqual(findInTree({ a: 1 }, ""), []);
});

test("bytes in hex, sixteen to a line", () => {
  assert.equal(toHex(new Uint8Array([0, 255])), "0000  00 ff");
  assert.equal(toHex(new Uint8Array(17)).split("\n")[1], "0010  00");
});
