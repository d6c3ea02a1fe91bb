/**
 * What the router answers: its own numbers as numbers, and what devices and people wrote, in which
 * no digit may change, as it came.
 */

import { isObject, type Json, readJson } from "./digits.ts";

/** Members of answers that hold what others wrote. */
const OTHERS: ReadonlySet<string> = new Set([
  "payload",
  "metrics",
  "extra",
  "data",
  "payload_filter",
  "template",
  "found",
  "value",
  "operand",
]);
const HAS_OTHERS = new RegExp(`"(?:${[...OTHERS].join("|")})"\\s*:`);

/** Read an answer. Throws a SyntaxError for what is no JSON. */
export function readAnswer(text: string): unknown {
  return HAS_OTHERS.test(text) ? plain(readJson(text), false) : JSON.parse(text);
}

/** Turn digits into numbers, but in what others wrote. */
function plain(value: Json, isOthers: boolean): unknown {
  if (isOthers) return value;
  if (Array.isArray(value)) return value.map((item) => plain(item, false));
  if (isObject(value)) {
    for (const [name, item] of Object.entries(value)) {
      const kept = plain(item, OTHERS.has(name)) as Json;
      if (kept !== item) value[name] = kept;
    }
    return value;
  }
  return typeof value === "object" && value !== null ? Number(value) : value;
}
