import assert from "node:assert/strict";
import { test } from "node:test";

import {
  type FilterField,
  FROM,
  fromQuery,
  LAST,
  readTokens,
  TO,
  type Token,
  toApi,
  toQuery,
  withoutToken,
  withToken,
  writeToken,
} from "../src/rules/filters.ts";
import { random } from "./random.ts";

const FIELDS: readonly FilterField[] = [
  { name: "status", kind: "choice", many: true, choices: ["FAILED", "REPLAYED", "DISCARDED"] },
  { name: "route", kind: "id", many: true, param: "route_id" },
  { name: "error", kind: "text", bare: true },
  { name: "device", kind: "text", param: "device_id" },
  { name: "note", kind: "text", many: true, excludes: true },
  LAST,
  FROM,
  TO,
];
const NOW = Date.parse("2026-03-09T10:00:00Z");

const read = (text: string): Token[] => {
  const { tokens, faults } = readTokens(text, FIELDS);
  assert.deepEqual(faults, []);
  return tokens;
};

test("the bar of the design is read", () => {
  assert.deepEqual(read('status:FAILED error:"HTTP 503" device:DEV-1 last:24h'), [
    { field: "status", value: "FAILED" },
    { field: "error", value: "HTTP 503" },
    { field: "device", value: "DEV-1" },
    { field: "last", value: "24h" },
  ]);
});

test("a relative time stays relative in the URL, and is a moment for the API", () => {
  const tokens = read("last:24h");
  assert.deepEqual(toQuery(tokens, FIELDS), { last: "24h" });
  assert.deepEqual(toApi(tokens, FIELDS, NOW), { from: "2026-03-08T10:00:00Z" });
  assert.deepEqual(toApi(tokens, FIELDS, NOW + 1000), { from: "2026-03-08T10:00:01Z" });
});

test("lists are joined by commas, under the names of the API", () => {
  const tokens = read("status:FAILED status:DISCARDED route:1 route:2");
  assert.deepEqual(toQuery(tokens, FIELDS), { status: "FAILED,DISCARDED", route_id: "1,2" });
  assert.deepEqual(toApi(tokens, FIELDS, NOW), { status: "FAILED,DISCARDED", route_id: "1,2" });
});

test("what is excluded of a choice leaves the others", () => {
  const tokens = read("-status:REPLAYED");
  assert.deepEqual(toQuery(tokens, FIELDS), { status: "!REPLAYED" });
  assert.deepEqual(toApi(tokens, FIELDS, NOW), { status: "FAILED,DISCARDED" });
  assert.deepEqual(fromQuery({ status: "!REPLAYED" }, FIELDS), tokens);
});

test("a span and fixed ends take each other's place", () => {
  const ends = read("from:2026-03-01T00:00:00Z to:2026-03-02T00:00:00Z");
  assert.deepEqual(withToken(ends, { field: "last", value: "1h" }, FIELDS), [
    { field: "last", value: "1h" },
  ]);
  const span = read("last:1h");
  assert.deepEqual(withToken(span, ends[0] as Token, FIELDS), [ends[0]]);
  assert.deepEqual(toApi(ends, FIELDS, NOW), {
    from: "2026-03-01T00:00:00Z",
    to: "2026-03-02T00:00:00Z",
  });
});

test("a field with one value takes the newer one, a list takes both, once each", () => {
  assert.deepEqual(read("device:A device:B"), [{ field: "device", value: "B" }]);
  assert.deepEqual(read("route:1 route:2 route:1").length, 2);
  assert.deepEqual(read("status:FAILED -status:FAILED"), [
    { field: "status", value: "FAILED", not: true },
  ]);
});

test("a token that goes leaves the others", () => {
  const tokens = read("route:1 route:2");
  assert.deepEqual(withoutToken(tokens, { field: "route", value: "1" }), [
    { field: "route", value: "2" },
  ]);
});

test("what makes no sense is told, and is no token", () => {
  const faults = (text: string): string[] =>
    readTokens(text, FIELDS).faults.map(({ text: typed, why }) => `${typed} ${why}`);
  assert.deepEqual(faults("colour:red"), ["colour:red unknown"]);
  assert.deepEqual(faults("status:LOST"), ["status:LOST value"]);
  assert.deepEqual(faults("route:0 route:x"), ["route:0 value", "route:x value"]);
  assert.deepEqual(faults("last:never"), ["last:never value"]);
  assert.deepEqual(faults("-device:A"), ["-device:A exclude"]);
  assert.deepEqual(faults('note:"a,b"'), ['note:"a,b" comma']);
  assert.deepEqual(faults("from:yesterday"), ["from:yesterday value"]);
});

test("words without a field go where the list says", () => {
  assert.deepEqual(read('"HTTP 503"'), [{ field: "error", value: "HTTP 503" }]);
});

test("what a URL has that makes no sense is passed over", () => {
  assert.deepEqual(
    fromQuery({ status: "LOST,FAILED", tab: "x", route_id: "", last: "soon" }, FIELDS),
    [{ field: "status", value: "FAILED" }],
  );
});

test("tokens survive the URL, and the bar, whatever is in them", () => {
  const texts = [
    'a"b',
    "a b",
    "!x",
    "!!x",
    "-x",
    ":",
    "\\",
    'end\\"',
    "é, ü",
    "x:y",
    "status:FAILED",
  ];
  for (let seed = 0; seed < 2000; seed += 1) {
    const pick = random(seed);
    let tokens: Token[] = [];
    for (let left = pick.below(6); left > 0; left -= 1)
      tokens = withToken(tokens, anyToken(), FIELDS);
    const query = new URLSearchParams(toQuery(tokens, FIELDS)).toString();
    const sorted = (list: Token[]): string[] => list.map((each) => JSON.stringify(each)).sort();
    const back = fromQuery(Object.fromEntries(new URLSearchParams(query)), FIELDS);
    assert.deepEqual(sorted(back), sorted(tokens), `seed ${seed}`);
    assert.deepEqual(read(tokens.map(writeToken).join(" ")), tokens, `seed ${seed}`);

    function anyToken(): Token {
      const text = pick.of(texts);
      const token = pick.of<Token>([
        { field: "status", value: pick.of(["FAILED", "REPLAYED"]) },
        { field: "route", value: String(1 + pick.below(9)) },
        { field: "error", value: text },
        { field: "device", value: text },
        { field: "note", value: text.replaceAll(",", "") },
        { field: "last", value: "24h" },
        { field: "from", value: "2026-03-01T00:00:00Z" },
      ]);
      const mayNot = token.field === "status" || token.field === "note";
      return mayNot && pick.below(2) ? { ...token, not: true } : token;
    }
  }
});

test("a span that is no period is asked for in seconds", () => {
  const fields: readonly FilterField[] = [{ name: "silent_for", kind: "span" }, LAST];
  const tokens = fromQuery({ silent_for: "1d", last: "1h" }, fields);
  assert.deepEqual(toApi(tokens, fields, NOW), {
    silent_for: "86400",
    from: "2026-03-09T09:00:00Z",
  });
  assert.deepEqual(toQuery(tokens, fields), { silent_for: "1d", last: "1h" });
});
