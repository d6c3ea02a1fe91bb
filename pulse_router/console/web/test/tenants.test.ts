import assert from "node:assert/strict";
import { test } from "node:test";
import { difference, hintsOf } from "../src/rules/books.ts";
import { lacking } from "../src/rules/browser.ts";
import { Query } from "../src/rules/query.ts";
import { inOrder } from "../src/rules/tenants.ts";

const tenant = (tenant_id: string, pending: number, dead_letters: number, rejected = 0) => ({
  tenant_id,
  pending,
  dead_letters,
  rejected,
  limits: [],
});

test("the stuck and the noisy stand first, equals by name", () => {
  const tenants = [tenant("b", 0, 0), tenant("c", 10, 0), tenant("d", 0, 6), tenant("a", 0, 0)];
  const names = inOrder(tenants, "weight", true).map((it) => it.tenant_id);
  assert.deepEqual(names, ["d", "c", "a", "b"]);
});

test("tenants are sorted by a column, either way", () => {
  const tenants = [tenant("b", 2, 0), tenant("a", 1, 0), tenant("c", 10, 0)];
  const names = (isDown: boolean) => inOrder(tenants, "pending", isDown).map((it) => it.tenant_id);
  assert.deepEqual(names(false), ["a", "b", "c"]);
  assert.deepEqual(names(true), ["c", "b", "a"]);
});

test("a browser says what it lacks", () => {
  const able = {
    isSecureContext: true,
    WebSocket: class {},
    HTMLElement: { prototype: { showPopover: () => undefined } },
    localStorage: {},
  };
  assert.deepEqual(lacking(able), []);
  assert.deepEqual(lacking({ ...able, isSecureContext: false, WebSocket: undefined }), [
    "secure",
    "sockets",
  ]);
});

test("books that move hint at the lists behind them, and books that stand do not", () => {
  const before = { stored: 5, dead_lettered: 1, pending: 3 };
  assert.deepEqual(hintsOf(difference(before, before)), []);
  assert.deepEqual(hintsOf(difference(before, { ...before, stored: 6 })), ["messages"]);
  assert.deepEqual(hintsOf(difference(before, { ...before, pending: 2, replayed: 1 })), [
    "dead_letters",
    "pending",
  ]);
});

test("a query keeps lists, commas within them, and nothing that is empty", () => {
  const query = new Query("status=FAILED&route_id=1,2");
  assert.deepEqual(query.list("route_id"), ["1", "2"]);
  const changed = query.with({ status: null, error: ["a,b", "c"], last: "24h", none: "" });
  assert.deepEqual(changed.list("error"), ["a,b", "c"]);
  assert.deepEqual(new Query(changed.toString()).list("error"), ["a,b", "c"]);
  assert.equal(changed.has("status"), false);
  assert.equal(changed.has("none"), false);
});
