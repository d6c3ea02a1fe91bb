/** Where in a JSON text a fault is: of its syntax, or at a path that the router names. */

import { JsonFault, type JsonFaultCode, type JsonNode, parseJson } from "./json_text.ts";

export interface Place {
  offset: number;
  length: number;
  /** From 1. */
  line: number;
  column: number;
}

export interface SyntaxFault extends Place {
  /** `words` has a sentence for it. */
  code: JsonFaultCode;
}

/** The first fault of a text's syntax; undefined when it is JSON. */
export function syntaxFault(text: string): SyntaxFault | undefined {
  const read = readPlaces(text);
  if (!(read instanceof JsonFault)) return undefined;
  return { code: read.code, ...placeOf(text, read.offset, read.length) };
}

/**
 * The place of a path such as `$or.0.temperature.$gt`. Names may have dots themselves: the longest
 * that fits goes first. Where the text does not have all of the path, the last part it has;
 * undefined for a text that is no JSON.
 */
export function placeAt(text: string, path: string): Place | undefined {
  const root = readPlaces(text);
  if (root instanceof JsonFault) return undefined;
  const { found } = walk({ ...root, node: root }, path === "" ? [] : path.split("."));
  return placeOf(text, found.from, found.to - found.from);
}

/** Where something stands, a field by its name, and the value that it has. */
interface Found {
  readonly from: number;
  readonly to: number;
  readonly node: JsonNode;
}

function walk(found: Found, parts: string[]): { found: Found; walked: number } {
  let best = { found, walked: 0 };
  for (let taken = parts.length; taken >= 1; taken -= 1) {
    const child = childAt(found.node, parts.slice(0, taken).join("."));
    if (child === undefined) continue;
    const below = walk(child, parts.slice(taken));
    const walked = taken + below.walked;
    if (walked === parts.length) return { found: below.found, walked };
    if (walked > best.walked) best = { found: below.found, walked };
  }
  return best;
}

function childAt({ items, fields }: JsonNode, name: string): Found | undefined {
  const item = /^\d+$/.test(name) ? items?.[Number(name)] : undefined;
  if (item !== undefined) return { from: item.from, to: item.to, node: item };
  // The last one of a name counts.
  return fields?.findLast((field) => field.name === name);
}

function readPlaces(text: string): JsonNode | JsonFault {
  try {
    return parseJson(text);
  } catch (fault) {
    if (fault instanceof JsonFault) return fault;
    throw fault;
  }
}

export function placeOf(text: string, offset: number, length: number): Place {
  const before = text.slice(0, offset);
  const line = before.split("\n").length;
  return { offset, length, line, column: offset - before.lastIndexOf("\n") };
}
