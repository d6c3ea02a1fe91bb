/** What the console does, as text for elsewhere: a shell, a ticket. No token is ever in it. */

import { type Json, writeJson } from "./digits.ts";

export interface CopiedRequest {
  method: string;
  url: string;
  headers?: Readonly<Record<string, string>>;
  body?: Json;
}

/** Quote a word for a POSIX shell. */
export function quote(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}

/** A request to the router; the token is the reader's own `$PULSE_TOKEN`. */
export function curl(request: CopiedRequest): string {
  const parts = ["curl -sS"];
  if (request.method !== "GET") parts[0] += ` -X ${request.method}`;
  parts[0] += ` ${quote(request.url)}`;
  parts.push(`-H "Authorization: Bearer $PULSE_TOKEN"`);
  for (const [name, value] of Object.entries(request.headers ?? {})) {
    if (name.toLowerCase() !== "authorization") parts.push(`-H ${quote(`${name}: ${value}`)}`);
  }
  if (request.body !== undefined) {
    parts.push("-H 'Content-Type: application/json'", `-d ${quote(writeJson(request.body))}`);
  }
  return parts.join(" \\\n  ");
}

/** A command of `pulse-router`, its words quoted. */
export function command(...words: string[]): string {
  return ["pulse-router", ...words].map(quote).join(" ");
}

/** A table for a ticket. */
export function table(columns: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.map(cell).join(" | ")} |`;
  return [line(columns), line(columns.map(() => "---")), ...rows.map(line)].join("\n");
}

/** A record for a ticket: what it is called, its facts, and a text in full. */
export function record(
  title: string,
  facts: readonly (readonly [string, string])[],
  text?: { language: string; body: string },
): string {
  const lines = [
    `**${inline(title)}**`,
    "",
    ...facts.map(([name, value]) => `- ${inline(name)}: ${code(value)}`),
  ];
  if (text !== undefined) {
    const fence = longestRun(text.body, "`", 2);
    lines.push("", `${fence}${text.language}`, text.body, fence);
  }
  return lines.join("\n");
}

export interface SentWebhook {
  method: string;
  url: string;
  headers: Readonly<Record<string, string>>;
  body: string;
  id: string;
}

/**
 * A delivery as its endpoint gets it. What it is signed by is computed when it is run, by openssl,
 * from `$SECRET`; one that begins with `whsec_` is base64.
 */
export function signedWebhook(sent: SentWebhook): string {
  const signed = new Set([
    "x-signature-256",
    "webhook-id",
    "webhook-timestamp",
    "webhook-signature",
  ]);
  const others = Object.entries(sent.headers).filter(([name]) => !signed.has(name.toLowerCase()));
  const key = `$(case "$SECRET" in whsec_*) printf %s "\${SECRET#whsec_}" | base64 -d;; *) printf %s "$SECRET";; esac | od -An -tx1 -v | tr -d ' \\n')`;
  return [
    `BODY=${quote(sent.body)}`,
    `ID=${quote(sent.id)} TIMESTAMP=$(date +%s)`,
    `KEY=${key}`,
    `SIGNATURE=$(printf %s "$ID.$TIMESTAMP.$BODY" | openssl dgst -sha256 -mac HMAC -macopt "hexkey:$KEY" -binary | base64)`,
    `X_SIGNATURE=$(printf %s "$BODY" | openssl dgst -sha256 -mac HMAC -macopt "hexkey:$KEY" -r | cut -d' ' -f1)`,
    [
      `curl -sS -X ${quote(sent.method)} ${quote(sent.url)}`,
      ...others.map(([name, value]) => `-H ${quote(`${name}: ${value}`)}`),
      `-H "webhook-id: $ID"`,
      `-H "webhook-timestamp: $TIMESTAMP"`,
      `-H "webhook-signature: v1,$SIGNATURE"`,
      `-H "X-Signature-256: sha256=$X_SIGNATURE"`,
      `--data-binary "$BODY"`,
    ].join(" \\\n  "),
  ].join("\n");
}

function cell(text: string): string {
  return inline(text).replaceAll("|", "\\|");
}

function inline(text: string): string {
  return text.replace(/[\\`*_[\]<>]/g, "\\$&").replace(/\s*\n\s*/g, " ");
}

function code(text: string): string {
  const fence = longestRun(text, "`", 0);
  const pad = /^`|`$/.test(text) ? " " : "";
  return fence + pad + text.replace(/\s*\n\s*/g, " ") + pad + fence;
}

/** One more of a sign than a text has in a row, and more than `least`. */
function longestRun(text: string, sign: string, least: number): string {
  const runs = text.match(new RegExp(`${sign}+`, "g")) ?? [];
  return sign.repeat(Math.max(least, ...runs.map((run) => run.length)) + 1);
}
