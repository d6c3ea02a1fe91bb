/** Where in a JSON text a fault is: of its syntax, or at a path that the router names. */

import { type Node, type ParseError, parseTree, printParseErrorCode } from "jsonc-parser";

export interface Place {
  offset: number;
  length: number;
  /** From 1. */
  line: number;
  column: number;
}

export interface SyntaxFault extends Place {
  /** jsonc-parser's name of it, which `words` has a sentence for. */
  code: string;
}

const STRICT = { disallowComments: true, allowTrailingComma: false, allowEmptyContent: false };

/** The first fault of a text's syntax; undefined when it is JSON. */
export function syntaxFault(text: string): SyntaxFault | undefined {
  const faults: ParseError[] = [];
  parseTree(text, faults, STRICT);
  const first = faults[0];
  if (first === undefined) return undefined;
  return {
    code: printParseErrorCode(first.error),
    ...placeOf(text, first.offset, first.length),
  };
}

/**
 * The place of a path such as `$or.0.temperature.$gt`. Names may have dots themselves: the longest
 * that fits goes first. Where the text does not have all of the path, the last part it has.
 */
export function placeAt(text: string, path: string): Place | undefined {
  const root = parseTree(text, [], STRICT);
  if (root === undefined) return undefined;
  const { node } = walk(root, path === "" ? [] : path.split("."));
  const shown = node.parent?.type === "property" ? (node.parent.children?.[0] ?? node) : node;
  return placeOf(text, shown.offset, shown.length);
}

function walk(node: Node, parts: string[]): { node: Node; walked: number } {
  let best = { node, walked: 0 };
  for (let taken = parts.length; taken >= 1; taken -= 1) {
    const child = childAt(node, parts.slice(0, taken).join("."));
    if (child === undefined) continue;
    const below = walk(child, parts.slice(taken));
    const walked = taken + below.walked;
    if (walked === parts.length) return { node: below.node, walked };
    if (walked > best.walked) best = { node: below.node, walked };
  }
  return best;
}

function childAt(node: Node, name: string): Node | undefined {
  if (node.type === "array") return /^\d+$/.test(name) ? node.children?.[Number(name)] : undefined;
  // The last one of a name counts.
  return node.children?.findLast((each) => each.children?.[0]?.value === name)?.children?.[1];
}

export function placeOf(text: string, offset: number, length: number): Place {
  const before = text.slice(0, offset);
  const line = before.split("\n").length;
  return { offset, length, line, column: offset - before.lastIndexOf("\n") };
}
