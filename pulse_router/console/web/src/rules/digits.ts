/** Numbers as they came: JSON is read and written again without a digit more or less. */

import { Digits, isPlain, type Json, parseJson } from "./json_text.ts";

export { Digits, isPlain, type Json };
export type JsonObject = { [key: string]: Json };

const NUMBER = /[:,[\s](-?\d[\d.eE+-]*)(?=[\s,}\]]|$)/g;

/**
 * Read JSON. Numbers that a double holds as they are written become numbers, all others `Digits`.
 *
 * Throws a SyntaxError for what is no JSON, as JSON.parse does.
 */
export function readJson(text: string): Json {
  // Most texts hold no such number: then the browser's own reader, many times as fast, will do.
  for (const [, digits] of ` ${text}`.matchAll(NUMBER)) {
    if (!isPlain(digits as string)) {
      return parseJson(text).value;
    }
  }
  return JSON.parse(text) as Json;
}

/** Write JSON, in one line or indented by so many spaces; fields that are undefined are left out. */
export function writeJson(value: Json, indent = 0): string {
  return write(value, indent, "\n");
}

export function isObject(value: unknown): value is JsonObject {
  return (
    typeof value === "object" &&
    value !== null &&
    !Array.isArray(value) &&
    !(value instanceof Digits)
  );
}

/** What kind of value it is, in the words of JSON. */
export function kindOf(value: Json): "null" | "boolean" | "number" | "string" | "array" | "object" {
  if (value === null) return "null";
  if (Array.isArray(value)) return "array";
  if (value instanceof Digits) return "number";
  return typeof value as "boolean" | "number" | "string" | "object";
}

/** Whether two values are the same, digit by digit; the order of an object's fields is none. */
export function sameJson(one: Json, other: Json): boolean {
  if (one === other) return true;
  const kind = kindOf(one);
  if (kind !== kindOf(other)) return false;
  if (kind === "number") return String(one) === String(other);
  if (kind === "array") {
    const [ones, others] = [one as Json[], other as Json[]];
    return (
      ones.length === others.length && ones.every((item, at) => sameJson(item, others[at] as Json))
    );
  }
  if (kind !== "object") return false;
  const [ones, others] = [one as JsonObject, other as JsonObject];
  const keys = Object.keys(ones);
  return (
    keys.length === Object.keys(others).length &&
    keys.every(
      (key) => Object.hasOwn(others, key) && sameJson(ones[key] as Json, others[key] as Json),
    )
  );
}

function write(value: Json, indent: number, end: string): string {
  if (value instanceof Digits) return value.text;
  if (Array.isArray(value)) {
    return enclosed(
      "[",
      value.map((item) => [item, ""] as const),
      "]",
      indent,
      end,
    );
  }
  if (isObject(value)) {
    const colon = indent ? ": " : ":";
    const present = Object.entries(value).filter(([, item]) => item !== undefined);
    const fields = present.map(([key, item]) => [item, JSON.stringify(key) + colon] as const);
    return enclosed("{", fields, "}", indent, end);
  }
  return Object.is(value, -0) ? "-0" : JSON.stringify(value);
}

function enclosed(
  open: string,
  items: (readonly [Json, string])[],
  close: string,
  indent: number,
  end: string,
): string {
  if (items.length === 0) return open + close;
  const next = indent ? end + " ".repeat(indent) : "";
  const written = items.map(
    ([item, name]) => next + name + write(item, indent, end + " ".repeat(indent)),
  );
  return open + written.join(",") + (indent ? end : "") + close;
}
