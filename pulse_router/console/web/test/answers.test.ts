import assert from "node:assert/strict";
import { test } from "node:test";

import { readAnswer } from "../src/rules/answers.ts";
import { type Json, writeJson } from "../src/rules/digits.ts";

test("the router's numbers are numbers, those of others keep their digits", () => {
  const answer = readAnswer(
    '{"seconds":60.0,"messages":[{"id":7,"took":1.50,"payload":{"t":1.50,"n":12345678901234567890}}]}',
  ) as { seconds: number; messages: { id: number; took: number; payload: Json }[] };
  const [letter] = answer.messages;
  assert.equal(answer.seconds + 1, 61);
  assert.equal(letter?.took, 1.5);
  assert.equal(writeJson(letter?.payload as Json), '{"t":1.50,"n":12345678901234567890}');
});

test("filters and what a clause found keep theirs, too", () => {
  const text = '{"payload_filter":{"a":{"$gt":80.0}},"clauses":[{"found":1e3,"operand":[80.0]}]}';
  assert.equal(writeJson(readAnswer(text) as Json), text);
});

test("an answer without any is read by the browser's own reader", () => {
  assert.deepEqual(readAnswer('{"seconds":60.0,"routes":[1.0]}'), { seconds: 60, routes: [1] });
  assert.throws(() => readAnswer("{"), SyntaxError);
});
