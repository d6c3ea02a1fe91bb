import assert from "node:assert/strict";
import { test } from "node:test";

import * as views from "../src/rules/views.ts";

const COLUMNS = [{ key: "id", card: 1 }, { key: "status", card: 2 }, { key: "route" }];
const keys = (text: string | undefined): string[] =>
  views.chosenColumns(COLUMNS, text).map((column) => column.key);

test("columns come as the address names them, the way to the row among them", () => {
  assert.deepEqual(keys(undefined), ["id", "status", "route"]);
  assert.deepEqual(keys("route"), ["id", "route"]);
  assert.deepEqual(keys("route,id,nothing"), ["id", "route"]);
  assert.deepEqual(keys("nothing"), ["id", "status", "route"]);
});

test("a column that is turned twice is as it was", () => {
  const without = views.turnedColumn(COLUMNS, undefined, "status");
  assert.deepEqual(without, ["id", "route"]);
  assert.equal(views.turnedColumn(COLUMNS, without?.join(), "status"), null);
});

test("a view is kept by its name, and forgotten", () => {
  const one = views.withView({}, "/jobs", { name: "b", query: "status=FAILED" });
  const two = views.withView(one, "/jobs", { name: "a", query: "" });
  const again = views.withView(two, "/jobs", { name: "b", query: "status=DONE" });
  assert.deepEqual(
    again["/jobs"]?.map((view) => `${view.name}?${view.query}`),
    ["a?", "b?status=DONE"],
  );
  assert.deepEqual(views.readViews(JSON.stringify(again)), again);
  assert.deepEqual(views.withoutView(again, "/jobs", "b")["/jobs"]?.length, 1);
});

test("what somebody else has written is no view", () => {
  for (const text of [null, "", "{", "null", "3", '{"/jobs":3}', '{"/jobs":[{"name":1}]}']) {
    assert.deepEqual(Object.values(views.readViews(text)).flat(), [], String(text));
  }
});

test("a view is nobody's, and has nothing selected", () => {
  assert.equal(
    views.viewQuery("?tenant=a&status=FAILED&all_up_to=7&cols=id"),
    "cols=id&status=FAILED",
  );
});
