import assert from "node:assert/strict";
import { test } from "node:test";

import { lineOf, marksOf, momentsOf, nearest, reach } from "../src/rules/axes.ts";

const HOUR = 3_600_000;
const said = (low: number, high: number): string[] =>
  marksOf(low, high, 5).map((mark) => mark.said);

test("marks are round, and told apart", () => {
  assert.deepEqual(said(0, 10), ["0", "2", "4", "6", "8", "10"]);
  assert.deepEqual(said(91.2, 91.9), ["91.2", "91.4", "91.6", "91.8"]);
  assert.deepEqual(said(-0.03, 0.02), ["-0.03", "-0.02", "-0.01", "0.00", "0.01", "0.02"]);
  for (const low of [1e-9, 1e6, 1e12, -1e12]) {
    const marks = said(low, low + 1e-3 * Math.max(1, Math.abs(low)));
    assert.ok(marks.length >= 3 && new Set(marks).size === marks.length, marks.join());
  }
});

test("reach holds all that is there, and is never of no height", () => {
  assert.deepEqual(reach([[null, 1], [21]]), [0, 22]);
  assert.deepEqual(reach([[5, 5]]), [4.5, 5.5]);
  assert.deepEqual(reach([[0]]), [-1, 1]);
  assert.deepEqual(reach([[null]]), [0, 1]);
});

test("moments are round by the clock that is shown, over a change of the clock, too", () => {
  const from = Date.UTC(2026, 2, 29, 0, 10);
  const change = Date.UTC(2026, 2, 29, 1);
  const berlin = (at: number): number => (at < change ? 1 : 2) * HOUR;
  const shown = momentsOf(from, from + 24 * HOUR, 8, berlin).map(
    (at) => new Date(at + berlin(at)).getUTCHours() % 3,
  );
  assert.ok(shown.length >= 7);
  assert.deepEqual(new Set(shown), new Set([0]));
  assert.deepEqual(
    momentsOf(from, from + HOUR, 4, () => 0).map((at) => new Date(at).getUTCMinutes()),
    [15, 30, 45, 0],
  );
});

test("where nothing is there, a line has a gap", () => {
  const one = (value: number): number => value;
  assert.equal(lineOf([1, 2, null, 4], one, one), "M0.0 1.0L1.0 2.0M3.0 4.0h0");
  assert.equal(lineOf([null], one, one), "");
});

test("the nearest moment is found", () => {
  const times = [0, 10, 20, 40];
  assert.deepEqual(
    [-5, 4, 6, 29, 31, 99].map((at) => nearest(times, at)),
    [0, 0, 1, 2, 3, 3],
  );
  assert.equal(nearest([], 1), -1);
});
