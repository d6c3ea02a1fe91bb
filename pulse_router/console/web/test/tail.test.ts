import assert from "node:assert/strict";
import { test } from "node:test";

import { Pace } from "../src/rules/pace.ts";
import { TailLog } from "../src/rules/tail.ts";
import type { TailFilters } from "../src/rules/tail_filters.ts";
import { Tallies } from "../src/rules/tallies.ts";

const event = (id: number, metrics = '{"t":1}', device = "D"): string =>
  `{"type":"telemetry","id":"${id}","device_id":"${device}","tenant_id":"T","site_id":null,` +
  `"metrics":${metrics},"timestamp":"2026-03-09T10:03:21Z","topic":"t"}`;

/** Takes events ids[0]..ids[1], one every 100 ms, so that none is left out by sampling. */
function feed(log: TailLog, from: number, to: number): void {
  for (let id = from; id <= to; id += 1) log.take(event(id), id * 100);
}

const ids = (log: TailLog): string[] =>
  log.rows().map((row) => (row.kind === "event" ? row.id : row.missed.why));

test("the newest come first, the oldest go, and all are counted", () => {
  const log = new TailLog(3);
  feed(log, 1, 5);
  assert.deepEqual(ids(log), ["5", "4", "3"]);
  assert.deepEqual([log.counted, log.held.dropped, log.position], [5, 2, "5"]);
});

test("what is frozen stays as it is, and what comes waits until it is thawed", () => {
  const log = new TailLog(4);
  feed(log, 1, 3);
  log.freeze("pause");
  feed(log, 4, 6);
  assert.deepEqual([ids(log), log.waiting, log.isFull], [["3", "2", "1"], 3, false]);
  feed(log, 7, 7);
  assert.ok(log.isFull);
  assert.deepEqual(
    log.all().map((row) => row.n),
    [1, 2, 3, 4, 5, 6, 7],
  );
  log.thaw();
  assert.deepEqual([ids(log), log.waiting, log.behind], [["7", "6", "5", "4"], 0, 0]);
});

test("what was missed stands where it was missed, and a gap moves the position", () => {
  const log = new TailLog(9);
  feed(log, 1, 1);
  log.take('{"type":"dropped","count":12}', 150);
  feed(log, 2, 2);
  log.take('{"type":"gap","from":"2","to":"8"}', 250);
  log.take('{"type":"ping","ts":"2026-03-09T10:03:21Z"}', 260);
  assert.deepEqual(ids(log), ["gap", "2", "dropped", "1"]);
  assert.deepEqual([log.dropped, log.position, log.counted], [12, "8", 2]);
});

test("behind what is frozen, what the router has left out is asked for again", () => {
  const log = new TailLog(9);
  const dropped = '{"type":"dropped","count":3}';
  log.freeze("pause");
  assert.equal(log.take(dropped, 100), "dropped"); // There is nothing to ask after.
  feed(log, 1, 1);
  assert.equal(log.take(dropped, 150), "again");
  assert.deepEqual([log.dropped, log.position, log.behind], [3, "1", 2]);
  log.thaw();
  assert.equal(log.take(dropped, 160), "dropped");
});

test("a text narrows what is in view, frozen or not, and shows what sampling left out", () => {
  const log = new TailLog(1000);
  for (let id = 0; id < 400; id += 1) log.take(event(id, `{"Temp":${id}}`), 50_000 + id);
  assert.ok(log.step > 1);
  assert.ok(log.rows().length < 200, String(log.rows().length));
  log.freeze("scroll");
  log.take(event(400, '{"Temp":399}'), 50_401);
  log.narrow('"temp":399', false);
  assert.deepEqual([ids(log), log.waiting, log.step], [["399"], 1, 1]);
  log.thaw();
  assert.deepEqual(ids(log), ["400", "399"]);
  log.narrow("", true);
  assert.equal(log.rows().length, 401);
});

test("what is cleared is gone from view and hold; the position stays", () => {
  const log = new TailLog(4);
  feed(log, 1, 3);
  log.freeze("pause");
  log.clear();
  feed(log, 4, 4);
  assert.deepEqual([ids(log), log.waiting, log.counted, log.position], [[], 1, 1, "4"]);
  log.thaw();
  assert.deepEqual(ids(log), ["4"]);
});

test("numbers keep their digits", () => {
  const log = new TailLog(4);
  log.take(event(1, '{"n":12345678901234567890,"x":1.50}'), 0);
  const [row] = log.rows();
  assert.equal(row?.kind === "event" && String(row.metrics.n), "12345678901234567890");
  assert.ok(row?.text.includes('"x":1.50'));
});

test("the pace of seconds that are over, and none of those long gone", () => {
  const pace = new Pace(5);
  for (let at = 1000_000; at < 1003_000; at += 100) pace.add(at);
  assert.deepEqual(pace.values(1003_500), [0, 0, 10, 10, 10]);
  assert.equal(pace.perSecond(1003_500), 10);
  assert.deepEqual(pace.values(1006_500), [10, 10, 0, 0, 0]);
  assert.deepEqual(pace.values(2000_000), [0, 0, 0, 0, 0]);
});

test("tallies hold so many names, the others together", () => {
  const tallies = new Tallies(2);
  for (const name of ["b", "a", "c", "b", "c", "d"]) tallies.add(name);
  assert.deepEqual(tallies.top(5), [
    { name: "b", count: 2 },
    { name: "a", count: 1 },
  ]);
  assert.equal(tallies.others, 3);
});

const of = (device: string[], metric: string[] = [], group: string[] = []): TailFilters => ({
  device_id: device,
  group_id: group,
  metric,
});

function refiltered(before: TailFilters, after: TailFilters): [string[], string | undefined] {
  const log = new TailLog(9);
  log.take(event(1, '{"t":1}', "A"), 100);
  log.take(event(2, '{"t":1}', "B"), 200);
  log.refilter(before, after);
  return [ids(log), log.position];
}

test("other filters of the router leave of what is held what they let pass", () => {
  assert.deepEqual(refiltered(of([]), of([])), [["2", "1"], "2"]);
  assert.deepEqual(refiltered(of([]), of(["A"])), [["1"], "2"]);
  assert.deepEqual(refiltered(of(["A", "B"]), of(["B"])), [["2"], "2"]);
  // What a wider filter lets pass since the newest event is not what was missed.
  assert.deepEqual(refiltered(of(["A", "B"]), of([])), [["2", "1"], undefined]);
  assert.deepEqual(refiltered(of(["A", "B"]), of(["A", "B", "C"])), [["2", "1"], undefined]);
  for (const other of [of(["C"]), of(["A", "C"]), of([], ["t"]), of([], [], ["7"])]) {
    assert.deepEqual(refiltered(of(["A", "B"]), other), [[], undefined]);
  }
});

test("what is left is counted anew", () => {
  const log = new TailLog(9);
  log.take(event(1, '{"t":1}', "A"), 100);
  log.take(event(2, '{"t":1}', "B"), 200);
  log.refilter(of([]), of(["A"]));
  assert.deepEqual([log.counted, log.devices.top(9)], [1, [{ name: "A", count: 1 }]]);
});
