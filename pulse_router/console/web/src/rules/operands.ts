/** Values as they are typed: which kind one is, and what a text of a kind means. */

import { Digits, isObject, type Json, kindOf, readJson, writeJson } from "./digits.ts";

export const KINDS = ["number", "string", "boolean", "null", "json"] as const;
export type Kind = (typeof KINDS)[number];

/** Operators whose operand is a list, a yes or no, a whole number, a text, or JSON of any shape. */
const FIXED: Readonly<Record<string, Kind>> = {
  $in: "json",
  $nin: "json",
  $all: "json",
  $elemMatch: "json",
  $exists: "boolean",
  $size: "number",
  $regex: "string",
  $options: "string",
  $startsWith: "string",
  $endsWith: "string",
};

/** The only kind that an operator takes; undefined where it takes several. */
export function kindFor(operator: string): Kind | undefined {
  return FIXED[operator];
}

/** How a value is typed: lists and objects are JSON. */
export function kindOfValue(value: Json): Kind {
  const kind = kindOf(value);
  return kind === "array" || kind === "object" ? "json" : kind;
}

/** A value as it stands in its field. */
export function asTyped(value: Json): string {
  return typeof value === "string"
    ? value
    : value instanceof Digits
      ? value.text
      : writeJson(value);
}

/**
 * What a text means as a value of a kind. A number that is none yet is kept as it is typed, as
 * digits: JSON that holds them is refused at their place, and nothing is taken for what it is not.
 */
export function fromTyped(text: string, kind: Kind): Json {
  switch (kind) {
    case "string":
      return text;
    case "null":
      return null;
    case "boolean":
      return text.trim() === "true";
    case "number":
    case "json": {
      try {
        const value = readJson(text);
        return kind === "number" && kindOf(value) !== "number" ? new Digits(text.trim()) : value;
      } catch {
        return new Digits(text.trim());
      }
    }
  }
}

/** Make a value one of another kind, as far as its text can be one. */
export function turned(value: Json, kind: Kind, operator: string): Json {
  if (kindOfValue(value) === kind) return value;
  const text = asTyped(value);
  switch (kind) {
    case "json":
      return operator === "$elemMatch" ? {} : text === "" ? [] : [value];
    case "number": {
      const only = Array.isArray(value) && value.length === 1 ? asTyped(value[0] as Json) : text;
      return isNumber(only) ? fromTyped(only, "number") : 0;
    }
    case "boolean":
      return text !== "false";
    case "string": {
      const only = Array.isArray(value) ? value[0] : value;
      return only === undefined || only === null || isObject(only) ? "" : asTyped(only);
    }
    default:
      return null;
  }
}

/** Whether digits are what JSON takes for a number. */
export function isNumber(text: string): boolean {
  return /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?$/.test(text);
}

/** Whether a value can be written as JSON: whether all that was typed as a number is one. */
export function isWritable(value: Json): boolean {
  if (value instanceof Digits) return isNumber(value.text);
  if (Array.isArray(value)) return value.every(isWritable);
  return isObject(value) ? Object.values(value).every(isWritable) : true;
}
