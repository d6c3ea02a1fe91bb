import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { test } from "node:test";
import { fileURLToPath } from "node:url";

import {
  CAUSES,
  CLOSE_CODES,
  FAILURES,
  failure,
  problemSaid,
  REASONS,
  type Said,
} from "../src/words/en/errors.ts";

const ROUTER = fileURLToPath(new URL("../../../", import.meta.url));
const source = (path: string): string => readFileSync(ROUTER + path, "utf8");

function members(path: string, name: string): string[] {
  const [, body = ""] =
    new RegExp(`class ${name}\\(enum\\.StrEnum\\):([\\s\\S]*?)\\n\\n\\n`).exec(source(path)) ?? [];
  return [...body.matchAll(/^ {4}[A-Z_]+ = "(\w+)"/gm)].map((found) => found[1] as string);
}

test("each reason of refusal has its words, and no other", () => {
  assert.deepEqual(Object.keys(REASONS).sort(), members("domain/messages.py", "Reason").sort());
  assert.equal(Object.keys(REASONS).length, 16);
});

test("each cause of a dead letter has its words, and no other", () => {
  assert.deepEqual(
    Object.keys(CAUSES).sort(),
    members("domain/dead_letters/selection.py", "Cause").sort(),
  );
});

test("each close code that the router sends has its words", () => {
  const sent = readdirSync(`${ROUTER}api/streams`)
    .filter((name) => name.endsWith(".py"))
    .flatMap((name) => [
      ...source(`api/streams/${name}`).matchAll(/\b(1\d\d\d|4\d\d\d)\b(?=: "|, )/g),
    ])
    .map((found) => Number(found[1]))
    .filter((code) => (code >= 1001 && code <= 1015) || (code >= 4001 && code <= 4099));
  assert.ok(sent.length > 8);
  for (const code of sent) assert.ok(code in CLOSE_CODES, String(code));
});

const ERRORS: readonly (readonly [string, string])[] = [
  ["HTTP 401 Unauthorized: who?", "unauthorized"],
  ["HTTP 410 Gone", "gone"],
  ["HTTP 413 Request Entity Too Large", "tooLarge"],
  ["HTTP 422 Unprocessable Entity", "unreadable"],
  ["HTTP 429 Too Many Requests", "pushedBack"],
  [
    "HTTP 308 Permanent Redirect (redirects are not followed): it has moved to https://x",
    "redirect",
  ],
  ["HTTP 418 I'm a Teapot", "clientError"],
  ["HTTP 503 Service Unavailable: no answer within reach, the name is wrong", "serverError"],
  ["no answer within 10 s", "timeout"],
  ["cannot connect: the TLS handshake failed: the certificate is not valid: expired", "tls"],
  [
    "cannot connect: port 22 is that of another protocol; the operator can open it by delivery.allow_ports",
    "notAllowed",
  ],
  [
    "cannot connect: 10.0.0.1 is a private address; the operator can open it by delivery.allow_networks",
    "notAllowed",
  ],
  ["cannot connect: the host has no address", "name"],
  ["cannot connect: the proxy cannot be reached: refused", "proxy"],
  ["cannot connect: [Errno 111] Connection refused", "unreachable"],
  ["http://localhost:9: cannot connect: 127.0.0.1 port 9: Connection refused", "unreachable"],
  ["the connection broke: reset", "broken"],
  ["no valid HTTP answer: it is empty", "broken"],
  ["the route's destination is not valid: url", "destination"],
];
for (const [error, name] of ERRORS) {
  test(`an error is told in words: ${error}`, () => {
    assert.equal(failure(error), FAILURES.find(([each]) => each === name)?.[2]);
  });
}

test("what nobody has foreseen has words, too", () => {
  assert.ok(failure("a sentence of tomorrow").means);
  assert.ok(problemSaid(599, false).remedy);
  assert.equal(problemSaid(0, true).means, "The router cannot be reached.");
});

test("all words are sentences", () => {
  const all: Said[] = [
    ...Object.values(REASONS),
    ...Object.values(CAUSES),
    ...Object.values(CLOSE_CODES),
  ];
  for (const { means, remedy } of all) {
    assert.match(means, /^[A-Z].*\.$/);
    assert.match(remedy, /^[A-Z].*[.}]$/);
  }
});
