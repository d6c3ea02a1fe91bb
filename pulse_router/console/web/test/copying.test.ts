import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { createHmac } from "node:crypto";
import { test } from "node:test";

import { command, curl, quote, record, signedWebhook, table } from "../src/rules/copying.ts";
import { Digits } from "../src/rules/digits.ts";

const NASTY = [`it's`, "a b", "$HOME `id` $(id)", '"', "\\", "", "*", "é\n~", "--x", "!1"];

function shell(script: string, env: Record<string, string> = {}): string {
  return execFileSync("sh", ["-c", script], {
    env: { PATH: process.env.PATH ?? "", ...env },
    encoding: "utf8",
  });
}

for (const word of NASTY) {
  test(`a word reaches the command as it is: ${JSON.stringify(word)}`, () => {
    assert.equal(shell(`printf %s ${quote(word)}`), word);
  });
}

test("a request is copied with the reader's token, never with ours", () => {
  const said = curl({
    method: "POST",
    url: "http://router:8080/api/v1/customer/jobs?a=1&b=2",
    headers: { Authorization: "Bearer secret", "If-Match": '"3"' },
    body: { n: new Digits("1.50"), text: "it's" },
  });
  assert.ok(!said.includes("secret"));
  const seen = shell(`curl() { for each; do printf '%s\\n' "$each"; done; }\n${said}`, {
    PULSE_TOKEN: "T",
  });
  assert.deepEqual(seen.trim().split("\n"), [
    "-sS",
    "-X",
    "POST",
    "http://router:8080/api/v1/customer/jobs?a=1&b=2",
    "-H",
    "Authorization: Bearer T",
    "-H",
    'If-Match: "3"',
    "-H",
    "Content-Type: application/json",
    "-d",
    `{"n":1.50,"text":"it's"}`,
  ]);
});

test("a GET has neither method nor body", () => {
  assert.equal(
    curl({ method: "GET", url: "http://h/x" }),
    `curl -sS http://h/x \\\n  -H "Authorization: Bearer $PULSE_TOKEN"`,
  );
});

test("commands are quoted", () => {
  assert.equal(
    command("jobs", "start", "--error", "HTTP 503"),
    "pulse-router jobs start --error 'HTTP 503'",
  );
});

for (const [kind, secret, key] of [
  ["plain", "s3cret 'x'", Buffer.from("s3cret 'x'")],
  [
    "whsec_",
    `whsec_${Buffer.from([0, 1, 10, 13, 255, 39]).toString("base64")}`,
    Buffer.from([0, 1, 10, 13, 255, 39]),
  ],
] as const) {
  test(`the line of openssl signs as the router does, with a ${kind} secret`, () => {
    const body = `{"t":1.50,"s":"it's $HOME"}`;
    const said = signedWebhook({
      method: "POST",
      url: "https://app.example/hook",
      headers: {
        "Content-Type": "application/json",
        "webhook-signature": "v1,old",
        "X-Signature-256": "old",
      },
      body,
      id: "382461453925352448",
    });
    const seen = shell(`curl() { for each; do printf '%s\\n' "$each"; done; }\n${said}`, {
      SECRET: secret,
    });
    const value = (name: string): string =>
      seen
        .split("\n")
        .find((line) => line.startsWith(`${name}: `))
        ?.slice(name.length + 2) ?? "";
    const hmac = (text: string) => createHmac("sha256", key).update(text);
    const signed = `${value("webhook-id")}.${value("webhook-timestamp")}.${body}`;
    assert.equal(value("webhook-id"), "382461453925352448");
    assert.equal(value("webhook-signature"), `v1,${hmac(signed).digest("base64")}`);
    assert.equal(value("X-Signature-256"), `sha256=${hmac(body).digest("hex")}`);
    assert.ok(seen.includes(`\n${body}\n`) && !seen.includes("old"));
  });
}

test("a table for a ticket keeps its cells apart", () => {
  assert.equal(
    table(["id", "error"], [["1", "a|b\n*c*"]]),
    "| id | error |\n| --- | --- |\n| 1 | a\\|b \\*c\\* |",
  );
});

test("a record's text stays inside its fence", () => {
  const said = record("Dead letter 7", [["error", "HTTP `503`"]], {
    language: "json",
    body: "```\nx",
  });
  assert.equal(said, "**Dead letter 7**\n\n- error: `` HTTP `503` ``\n\n````json\n```\nx\n````");
});
