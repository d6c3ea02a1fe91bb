import assert from "node:assert/strict";
import { test } from "node:test";

import { evenPlaces, rowsBetween, scrollFor, unevenPlaces } from "../src/rules/rows.ts";
import { random } from "./random.ts";

const RULE = { around: 6, most: 60, kept: -1 };

test("rows of one height are found as those of their own are", () => {
  const draw = random(3);
  const [even, uneven] = [evenPlaces(1000, 36), unevenPlaces(1000, () => 36)];
  assert.equal(even.height, uneven.height);
  for (let turn = 0; turn < 500; turn += 1) {
    const pixels = draw.below(40_000) - 1_000;
    assert.equal(even.at(pixels), uneven.at(pixels));
  }
});

test("each row is found from its first pixel to its last", () => {
  const sizes = [92, 64, 120, 80];
  const places = unevenPlaces(4, (index) => sizes[index] as number);
  for (const [index, size] of sizes.entries()) {
    assert.equal(places.at(places.startOf(index)), index);
    assert.equal(places.at(places.startOf(index) + size - 1), index);
  }
  assert.equal(places.height, 356);
});

test("never more than sixty rows are in the page, and all in sight with a few around", () => {
  const places = evenPlaces(100_000, 36);
  assert.deepEqual(rowsBetween(places, 3600, 4320, RULE)[0], 94);
  assert.deepEqual(rowsBetween(places, 3600, 4320, RULE).at(-1), 126);
  for (const kept of [-1, 0, 5_000, 99_999, 100_000]) {
    const rows = rowsBetween(places, 180_000, 200_000, { ...RULE, kept });
    assert.ok(rows.length <= 60);
    assert.equal(rows.includes(kept), kept >= 0 && kept < 100_000);
    assert.deepEqual(
      rows,
      [...new Set(rows)].sort((one, other) => one - other),
    );
  }
  assert.deepEqual(rowsBetween(evenPlaces(0, 36), 0, 800, RULE), []);
});

test("one scrolls only as far as a row is out of sight", () => {
  const sight = { top: 100, bottom: 500 };
  assert.equal(scrollFor({ start: 200, end: 236 }, sight), undefined);
  assert.equal(scrollFor({ start: 64, end: 100 }, sight), -36);
  assert.equal(scrollFor({ start: 490, end: 526 }, sight), 26);
  assert.equal(scrollFor({ start: 300, end: 900 }, sight), 200);
});
