import assert from "node:assert/strict";
import { test } from "node:test";

import {
  allThatMatch,
  extend,
  has,
  isEmpty,
  keep,
  NOTHING,
  toggle,
  toggleShown,
} from "../src/rules/selection.ts";

const ORDER = [9, 8, 7, 6, 5];
const ids = (selection: { ids: ReadonlySet<unknown> }): unknown[] => [...selection.ids].sort();

test("a row is selected, and no more", () => {
  const one = toggle(NOTHING, 7);
  assert.deepEqual(ids(one), [7]);
  assert.ok(isEmpty(toggle(one, 7)));
});

test("a range goes from the row that was touched last, both ways", () => {
  assert.deepEqual(ids(extend(toggle(NOTHING, 8), 6, ORDER)), [6, 7, 8]);
  assert.deepEqual(ids(extend(toggle(NOTHING, 6), 8, ORDER)), [6, 7, 8]);
  assert.deepEqual(ids(extend(NOTHING, 7, ORDER)), [7]);
  assert.deepEqual(ids(extend(toggle(NOTHING, 1), 8, ORDER)), [1, 8]);
});

test("all that match leaves later arrivals alone", () => {
  const filter = { status: "FAILED" };
  const all = allThatMatch(filter, 9);
  filter.status = "changed";
  assert.deepEqual(all, { kind: "all", filter: { status: "FAILED" }, upToId: 9 });
  assert.ok(has(all, 9) && !has(all, 10) && !isEmpty(all));
});

test("a row touched after all that match begins anew", () => {
  assert.deepEqual(ids(toggle(allThatMatch({}, 9), 7)), [7]);
});

test("the box at the top selects what is shown, and then nothing", () => {
  const shown = toggleShown(NOTHING, ORDER);
  assert.deepEqual(ids(shown), [5, 6, 7, 8, 9]);
  assert.ok(isEmpty(toggleShown(shown, ORDER)));
  assert.ok(isEmpty(toggleShown(NOTHING, [])));
});

test("rows that are gone are selected no more", () => {
  const kept = keep(extend(toggle(NOTHING, 8), 6, ORDER), (id) => id !== 7);
  assert.ok(!has(kept, 7) && has(kept, 8));
});
