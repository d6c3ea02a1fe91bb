import assert from "node:assert/strict";
import { test } from "node:test";

import { Ring } from "../src/rules/ring.ts";
import { oneOf, Sampler } from "../src/rules/sampling.ts";

test("a ring holds the newest, oldest first, and counts what it lost", () => {
  for (const pushed of [0, 1, 3, 4, 5, 9, 100]) {
    const ring = new Ring<number>(4);
    for (let item = 0; item < pushed; item += 1) ring.push(item);
    const all = Array.from({ length: pushed }, (_, item) => item).slice(-4);
    assert.deepEqual([...ring], all);
    assert.deepEqual(ring.slice(1, 3), all.slice(1, 3));
    assert.equal(ring.at(-1), all.at(-1));
    assert.equal(ring.at(0), all[0]);
    assert.equal(ring.at(4), undefined);
    assert.equal(ring.at(-5), undefined);
    assert.equal(ring.dropped, Math.max(0, pushed - 4));
  }
});

test("a ring that is cleared begins anew", () => {
  const ring = new Ring<number>(2);
  for (const item of [1, 2, 3]) ring.push(item);
  ring.clear();
  ring.push(4);
  assert.deepEqual([[...ring], ring.dropped], [[4], 0]);
  assert.throws(() => new Ring(0), RangeError);
});

test("up to fifty a second all are shown, above that one of so many", () => {
  assert.deepEqual(
    [0, 50, 51, 100, 101, 1000].map((rate) => oneOf(rate)),
    [1, 1, 2, 2, 4, 32],
  );
});

test("a flood is sampled from its first second on, and all of it is counted", () => {
  const sampler = new Sampler();
  let shown = 0;
  for (let event = 0; event < 3000; event += 1) shown += Number(sampler.shows(event)); // 1,000/s
  assert.equal(sampler.counted, 3000);
  assert.equal(sampler.step, 32);
  assert.ok(shown > 60 && shown < 300, String(shown));
});

test("when it is quiet again, all are shown", () => {
  const sampler = new Sampler();
  for (let event = 0; event < 1000; event += 1) sampler.shows(event);
  assert.ok(sampler.shows(10_000));
  assert.equal(sampler.step, 1);
});
