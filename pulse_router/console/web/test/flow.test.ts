import assert from "node:assert/strict";
import { test } from "node:test";
import { equations, rateOf, ratesOf } from "../src/rules/flow.ts";

const moved = (seconds: number, books: Record<string, number>) => ({ seconds, books });

test("a rate is of the newest moments alone", () => {
  const minute = [moved(1, { received: 900 }), ...Array(5).fill(moved(1, { received: 10 }))];
  assert.equal(rateOf(minute, "received"), 10);
  assert.deepEqual(ratesOf(minute, "received").slice(0, 2), [900, 10]);
});

test("what is written at once counts among the delivered", () => {
  assert.equal(rateOf([moved(2, { delivered: 6, written: 2 })], "delivered"), 4);
});

test("a replay takes a dead letter away and buries none", () => {
  assert.equal(rateOf([moved(1, { dead_lettered: -3, replayed: 3 })], "buried"), 0);
});

test("no time is no rate", () => {
  assert.equal(rateOf([], "stored"), 0);
  assert.equal(rateOf([moved(0, { stored: 4 })], "stored"), 0);
});

test("each equation says by how much it is off", () => {
  const books = { received: 10, stored: 7, rejected: 1, duplicate: 1 };
  const [received, matched] = equations(books, { matched: 0, buried: 2 });
  assert.equal(received.off, 1);
  assert.equal(matched.off, 2);
});

test("what was not counted to its end is not called balanced", () => {
  assert.equal(equations({}, { matched: null, buried: null })[1].off, null);
  assert.equal(equations({}, { matched: null, buried: 0 })[1].off, null);
  assert.equal(equations({}, { matched: 0, buried: 0 })[1].off, 0);
});
