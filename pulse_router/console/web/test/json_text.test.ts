import assert from "node:assert/strict";
import { test } from "node:test";

import { Digits, JsonFault, parseJson } from "../src/rules/json_text.ts";
import { SYNTAX } from "../src/words/en/errors.ts";
import { random } from "./random.ts";

const SIGNS = [
  "{",
  "}",
  "[",
  "]",
  ":",
  ",",
  '"',
  "\\",
  "/",
  " ",
  "\n",
  "0",
  "1.5",
  "-",
  "e",
  "E+2",
];
const WORDS = ['"a"', '"__proto__"', '"\\u00e9"', "null", "true", "fals", "\u2028", "\u0001"];

/** As JSON.parse gives it, or undefined where it refuses. */
function byBrowser(text: string): { value: unknown } | undefined {
  try {
    return { value: JSON.parse(text) };
  } catch {
    return undefined;
  }
}

function byUs(text: string): { value: unknown } | undefined {
  try {
    return { value: plain(parseJson(text).value) };
  } catch (fault) {
    assert.ok(fault instanceof JsonFault, String(fault));
    assert.ok(SYNTAX[fault.code]);
    assert.ok(fault.offset >= 0 && fault.offset + fault.length <= text.length, text);
    return undefined;
  }
}

/** The same with numbers in place of digits. */
function plain(value: unknown): unknown {
  if (value instanceof Digits) return Number(value.text);
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, plain(item)]));
}

test("whatever the browser reads is read, and nothing else", () => {
  const draw = random(7);
  const parts = [...SIGNS, ...WORDS];
  const sound = '{"a":[1.50,{"b":null}],"c":"x\\n\\u00e9","d":-0,"e":[],"f":{}}';
  for (let turn = 0; turn < 20_000; turn += 1) {
    const at = draw.below(sound.length);
    const text =
      turn % 2
        ? Array.from({ length: 1 + draw.below(8) }, () => draw.of(parts)).join("")
        : sound.slice(0, at) + draw.of(parts) + sound.slice(at + (turn % 3));
    assert.deepEqual(byUs(text), byBrowser(text), text);
  }
});

test("a text nested without end is refused, and ends nothing", () => {
  for (const text of ["[".repeat(200_000), '{"a":'.repeat(200_000)]) {
    assert.throws(() => parseJson(text), JsonFault);
  }
});

test("each value has its place", () => {
  const text = '{"a": [1, "x"], "b": {}}';
  const root = parseJson(text);
  const [a, b] = root.fields ?? [];
  const cut = (at: { from: number; to: number } | undefined) => at && text.slice(at.from, at.to);
  assert.deepEqual([cut(a), cut(a?.node), cut(b?.node)], ['"a"', '[1, "x"]', "{}"]);
  assert.deepEqual(a?.node.items?.map(cut), ["1", '"x"']);
});

test("a fault is told by what is wrong", () => {
  const codes: Readonly<Record<string, string>> = {
    "": "ValueExpected",
    "{": "CloseBraceExpected",
    "[1": "CloseBracketExpected",
    '{"a" 1}': "ColonExpected",
    "[1 2]": "CommaExpected",
    "1 2": "EndOfFileExpected",
    "// no\n1": "InvalidCommentToken",
    '"\\x"': "InvalidEscapeCharacter",
    '"\\u12"': "InvalidUnicode",
    '"a\tb"': "InvalidCharacter",
    "01": "InvalidNumberFormat",
    "{a:1}": "PropertyNameExpected",
    '"a\n"': "UnexpectedEndOfString",
    "[nul]": "InvalidSymbol",
    "[1,]": "ValueExpected",
  };
  for (const [text, code] of Object.entries(codes)) {
    assert.throws(
      () => parseJson(text),
      (fault) => fault instanceof JsonFault && fault.code === code,
      text,
    );
  }
});
