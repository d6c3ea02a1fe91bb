import assert from "node:assert/strict";
import { test } from "node:test";

import { answerOf, answerSeries, byAnswer } from "../src/rules/attempts.ts";
import { readHeaders } from "../src/rules/headers.ts";

const MINUTES = [
  { at: "2026-03-09T10:00:00Z", answers: [{ status: 204, count: 2 }], left_out: 0 },
  {
    at: "2026-03-09T10:02:00Z",
    answers: [
      { status: 204, count: 1 },
      { status: null, count: 4 },
    ],
    left_out: 7,
  },
];

test("attempts are told by what was answered, whatever became of them", () => {
  const rows = byAnswer(
    MINUTES,
    [
      {
        history: [
          { status: 503, error: "HTTP 503 Service Unavailable" },
          { status: null, error: "timeout" },
        ],
      },
    ],
    [
      { error_message: "HTTP 503 Service Unavailable: later", count: 3 },
      { error_message: "cannot connect", count: 2 },
    ],
  );
  assert.deepEqual(rows, [
    { answer: 204, delivered: 3, waiting: 0, dead: 0, example: "" },
    { answer: 503, delivered: 0, waiting: 1, dead: 3, example: "HTTP 503 Service Unavailable" },
    { answer: null, delivered: 4, waiting: 1, dead: 2, example: "timeout" },
  ]);
});

test("an error that begins with a status was answered with it", () => {
  assert.equal(answerOf("HTTP 410 Gone"), 410);
  assert.equal(answerOf("cannot connect: HTTP 410"), null);
});

test("a minute without deliveries is zero, and those without receipt are a series of their own", () => {
  const from = Date.parse("2026-03-09T10:00:00Z");
  const { times, series } = answerSeries(MINUTES, from, from + 120_000);
  assert.equal(times.length, 3);
  assert.deepEqual(series, [
    { answer: 204, values: [2, 0, 1] },
    { answer: null, values: [0, 0, 4] },
    { answer: "left_out", values: [0, 0, 7] },
  ]);
});

test("headers are read as they are pasted", () => {
  const wanted = { "webhook-id": "1", "webhook-signature": "v1,a= v1,b=" };
  for (const text of [
    "webhook-id: 1\r\nwebhook-signature: v1,a= v1,b=",
    "POST /hook HTTP/1.1\n< webhook-id: 1\n< webhook-signature: v1,a= v1,b=\n",
    `curl x \\\n  -H 'webhook-id: 1' \\\n  -H "webhook-signature: v1,a= v1,b=" \\\n`,
    '{"webhook-id": ["1"], "webhook-signature": "v1,a= v1,b="}',
  ]) {
    assert.deepEqual(readHeaders(text), wanted, text);
  }
  assert.equal(readHeaders('{"webhook-id": '), undefined);
  assert.equal(readHeaders("nothing of the kind"), undefined);
});
