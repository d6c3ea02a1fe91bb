import assert from "node:assert/strict";
import { test } from "node:test";

import { charted, isOneLine, linesOf } from "../src/rules/series.ts";

const bucket = (minute: number, min: number, mean: number, max: number) => ({
  at: `2026-03-09T10:0${minute}:00Z`,
  min,
  mean,
  max,
});

test("lines are broken where nothing was measured", () => {
  const lines = linesOf([bucket(0, 1, 2, 3), bucket(1, 2, 2, 2), bucket(4, 5, 6, 7)], 60);
  assert.deepEqual(lines.mean, [2, 2, null, 6]);
  assert.deepEqual(lines.min, [1, 2, null, 5]);
  assert.deepEqual(lines.max, [3, 2, null, 7]);
  assert.deepEqual(
    lines.times.map((at) => new Date(at).toISOString().slice(14, 16)),
    ["00", "01", "02", "04"],
  );
});

test("what has a number in each bucket at the most is one line", () => {
  assert.equal(isOneLine(linesOf([bucket(0, 2, 2, 2), bucket(4, 3, 3, 3)], 60)), true);
  assert.equal(isOneLine(linesOf([bucket(0, 1, 2, 3)], 60)), false);
  assert.deepEqual(linesOf([], 60), { times: [], min: [], mean: [], max: [] });
});

test("the first metrics with numbers are charted, if none are chosen", () => {
  const names = [
    { name: "door", numbers: 0 },
    { name: "rpm", numbers: 7 },
    { name: "temperature", numbers: 9 },
  ];
  assert.deepEqual(charted(names, [], 1), ["rpm"]);
  assert.deepEqual(charted(names, [], 4), ["rpm", "temperature"]);
  assert.deepEqual(charted(names, ["door", "door"], 4), ["door"]);
});
