import assert from "node:assert/strict";
import { test } from "node:test";

import {
  isLooking,
  mergeFirst,
  mergeNewest,
  type PageOf,
  showWaiting,
  startList,
} from "../src/rules/paging.ts";

interface Row {
  id: number;
  status?: string;
}

const page = (ids: number[], next?: string, status?: string): PageOf<Row> => ({
  rows: ids.map((id) => (status === undefined ? { id } : { id, status })),
  total: 100,
  isExact: true,
  next,
});
const id = (row: Row): number => row.id;
const ids = (rows: readonly Row[]): number[] => rows.map(id);

test("what is new waits, and stands above when it is wanted", () => {
  const merged = mergeNewest(startList(page([3, 2, 1])), page([5, 4, 3], "3"), id);
  assert.deepEqual(
    [ids(merged.rows), ids(merged.newer)],
    [
      [3, 2, 1],
      [5, 4],
    ],
  );
  assert.deepEqual(ids(showWaiting(merged).rows), [5, 4, 3, 2, 1]);
  assert.deepEqual(showWaiting(merged).newer, []);
});

test("rows change in place, go, and come back", () => {
  const before = startList(page([9, 8, 6, 5, 2], "2"));
  const merged = mergeNewest(before, page([9, 7, 6], "6", "DISCARDED"), id);
  assert.deepEqual(ids(merged.rows), [9, 7, 6, 5, 2]); // 8 is gone, 7 is back, 5 and 2 are not asked
  assert.equal(merged.rows[0]?.status, "DISCARDED");
  assert.equal(merged.next, "2");
});

test("the last page tells of all rows", () => {
  const merged = mergeNewest(startList(page([9, 8, 7])), page([8]), id);
  assert.deepEqual([ids(merged.rows), merged.next], [[8], undefined]);
});

test("where more came than a page has, it takes the place of all", () => {
  const merged = mergeNewest(startList(page([3, 2], "2")), page([9, 8, 7], "7"), id);
  assert.deepEqual([ids(merged.rows), merged.newer.length, merged.next], [[3, 2], 3, "2"]);
  const shown = showWaiting(merged);
  assert.deepEqual([ids(shown.rows), shown.next, shown.instead], [[9, 8, 7], "7", undefined]);
});

test("an empty list takes over what comes", () => {
  assert.deepEqual(ids(mergeNewest(startList(page([])), page([1]), id).rows), [1]);
});

test("a list that looks further back goes on from where it is", () => {
  const looked = { ...startList(page([], "9")), next: "4" };
  assert.equal(isLooking(looked), true);
  assert.equal(mergeNewest(looked, page([], "9"), id).next, "4");
  assert.equal(isLooking(mergeNewest({ ...looked, next: null }, page([], "9"), id)), false);
  const found = mergeNewest(looked, page([12], "9"), id);
  assert.deepEqual([ids(found.rows), found.next, isLooking(found)], [[12], "9", false]);
});

test("ids that a double cannot tell apart are told apart", () => {
  const event = (id: string) => ({ id });
  const id = (row: { id: string }) => BigInt(row.id);
  const page = (...ids: string[]) => ({
    rows: ids.map(event),
    total: ids.length,
    isExact: true,
    next: "x",
  });
  const before = startList(page("382461453925352449", "382461453925352448"));
  const merged = mergeNewest(before, page("382461453925352450", "382461453925352449"), id);
  assert.deepEqual(
    merged.newer.map(({ id }) => id),
    ["382461453925352450"],
  );
  assert.deepEqual(
    merged.rows.map(({ id }) => id),
    ["382461453925352449", "382461453925352448"],
  );
});

test("a list that is sorted by something else is replaced as far as its first page goes", () => {
  const loaded = { ...startList(page([1, 3, 5, 7], "after-7")), rows: page([1, 3, 5, 7]).rows };
  const merged = mergeFirst(loaded, page([1, 2, 3], "after-3"), id);
  assert.deepEqual(ids(merged.rows), [1, 2, 3, 5, 7]);
  assert.equal(merged.next, "after-7");
  assert.deepEqual(merged.newer, []);
});

test("a sorted list whose first page ends elsewhere now begins anew", () => {
  const loaded = startList(page([1, 3, 5], "after-5"));
  assert.deepEqual(ids(mergeFirst(loaded, page([8, 9], "after-9"), id).rows), [8, 9]);
  assert.deepEqual(ids(mergeFirst(loaded, page([1, 3]), id).rows), [1, 3]);
});
