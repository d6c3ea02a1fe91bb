import assert from "node:assert/strict";
import { test } from "node:test";

process.env.TZ = "Asia/Kolkata"; // half an hour beside the full one, the whole year

const times = await import("../src/rules/times.ts");
const AT = Date.parse("2026-03-09T22:03:21.120Z");

test("a moment in UTC and local, 24 hours", () => {
  assert.equal(times.stamp(AT, "utc"), "2026-03-09 22:03:21");
  assert.equal(times.stamp(AT, "utc", true), "2026-03-09 22:03:21.120");
  assert.equal(times.stamp(AT, "local"), "2026-03-10 03:33:21");
  assert.equal(times.clock(AT, "local", true), "03:33:21.120");
  assert.equal(times.zoneName(AT, "utc"), "UTC");
  assert.equal(times.zoneName(AT, "local"), "+05:30");
});

test("what an input holds is the moment again, in either zone", () => {
  for (const zone of ["utc", "local"] as const) {
    assert.equal(times.fromInput(times.stamp(AT, zone, true), zone), AT);
  }
  assert.equal(times.fromInput("2026-03-09T10:00", "utc"), Date.parse("2026-03-09T10:00:00Z"));
  for (const text of ["", "2026-03-09", "x", "2026-13-09T10:00"])
    assert.equal(times.fromInput(text, "utc"), undefined);
});

test("times of the API go both ways", () => {
  assert.equal(times.readTime("2026-03-09T22:03:21.120Z"), AT);
  assert.equal(times.writeTime(AT), "2026-03-09T22:03:21.120Z");
  assert.equal(times.writeTime(AT - 120), "2026-03-09T22:03:21Z");
  for (const text of [null, undefined, "", "24h", "2026", "2026-99-99T00:00:00Z"]) {
    assert.equal(times.readTime(text), undefined);
  }
});

test("spans stay as they are until they are asked", () => {
  assert.equal(times.readSpan("90s"), 90_000);
  assert.equal(times.readSpan("24h"), 86_400_000);
  assert.equal(times.readSpan("2w"), 14 * 86_400_000);
  for (const text of ["", "h", "0h", "1y", "-1h", "1.5h", "999999h"])
    assert.equal(times.readSpan(text), undefined);
  assert.deepEqual(times.resolvePeriod({ last: "1h" }, AT), { from: "2026-03-09T21:03:21.120Z" });
  assert.deepEqual(times.resolvePeriod({ from: "a", to: "b" }, AT), { from: "a", to: "b" });
  assert.deepEqual(times.resolvePeriod({}, AT), {});
});

test("ages and lengths are one unit that reads well", () => {
  const age = (ms: number): string => times.sayLength(times.age(AT - ms, AT));
  assert.deepEqual([0, 999, 59_999, 60_000, 3_599_999, 47 * 3_600_000, 49 * 3_600_000].map(age), [
    "0 sec",
    "0 sec",
    "59 sec",
    "1 min",
    "59 min",
    "47 hr",
    "2 days",
  ]);
  assert.equal(age(-5000), "0 sec"); // what is of the future by a clock beside ours is of now
  const length = (ms: number): string => times.sayLength(times.length(ms));
  assert.deepEqual([34, 1_240, 14_200, 312_000].map(length), [
    "34 ms",
    "1.2 sec",
    "14 sec",
    "5 min",
  ]);
});

test("an age says itself when it changes", () => {
  for (let ms = 0; ms < 200_000; ms += 777) {
    const wait = times.ageChangesIn(AT - ms, AT);
    assert.ok(wait > 0);
    assert.deepEqual(times.age(AT - ms, AT), times.age(AT - ms, AT + wait - 1));
    assert.notDeepEqual(times.age(AT - ms, AT), times.age(AT - ms, AT + wait));
  }
});

test("a device's clock is worth a word from a minute on", () => {
  assert.equal(times.skew(AT, AT + 60_000), undefined);
  assert.equal(times.skew(AT, AT + 60_001), -60_001);
  assert.equal(times.skew(AT + 90_000, AT), 90_000);
});
