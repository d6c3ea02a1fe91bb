/** A JSON text read strictly, with every digit, and with where each value stands in it. */

/** A number that a double would change: `12345678901234567890`, `1.50`, `1e3`. */
export class Digits {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }

  toString(): string {
    return this.text;
  }
}

export type Json = null | boolean | number | string | Digits | Json[] | { [key: string]: Json };

/** A value, and from where to where it stands. An array has items, an object has fields. */
export interface JsonNode {
  readonly value: Json;
  readonly from: number;
  readonly to: number;
  readonly items?: readonly JsonNode[];
  readonly fields?: readonly JsonField[];
}

/** A field: what it is called, where its name stands, and its value. */
export interface JsonField {
  readonly name: string;
  readonly from: number;
  readonly to: number;
  readonly node: JsonNode;
}

export type JsonFaultCode =
  | "CloseBraceExpected"
  | "CloseBracketExpected"
  | "ColonExpected"
  | "CommaExpected"
  | "EndOfFileExpected"
  | "InvalidCharacter"
  | "InvalidCommentToken"
  | "InvalidEscapeCharacter"
  | "InvalidNumberFormat"
  | "InvalidSymbol"
  | "InvalidUnicode"
  | "PropertyNameExpected"
  | "TooDeep"
  | "UnexpectedEndOfString"
  | "ValueExpected";

/** Why a text is no JSON; `words` has a sentence for each code. */
export class JsonFault extends SyntaxError {
  readonly code: JsonFaultCode;
  readonly offset: number;
  readonly length: number;

  constructor(code: JsonFaultCode, offset: number, length: number) {
    super(code);
    this.code = code;
    this.offset = offset;
    this.length = length;
  }
}

/** Deeper than any text that the router takes, and far from where a stack ends. */
const DEEPEST = 500;
const SPACE = /[ \t\n\r]*/y;
// biome-ignore lint/suspicious/noControlCharactersInRegex: in JSON's strings they are escaped.
const STRING = /"[^"\\\u0000-\u001f]*(?:\\(?:["\\/bfnrt]|u[\da-fA-F]{4})[^"\\\u0000-\u001f]*)*"/y;
const NUMBER = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?(?![\w.+-])/y;
const WORD = /[\w.+-]+/y;
const WORDS = new Map<string, Json>([
  ["true", true],
  ["false", false],
  ["null", null],
]);

/** Whether a number's text is what a double would be written as. */
export function isPlain(text: string): boolean {
  return String(Number(text)) === text;
}

/** Read a text. Throws JsonFault for what is no JSON. */
export function parseJson(text: string): JsonNode {
  const reader = new Reader(text);
  const node = reader.value(0);
  reader.end();
  return node;
}

class Reader {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  value(depth: number): JsonNode {
    this.#space();
    const from = this.#at;
    if (depth > DEEPEST) this.#fail("TooDeep");
    switch (this.#text[from]) {
      case "{":
        return this.#object(from, depth);
      case "[":
        return this.#array(from, depth);
      case '"':
        return { value: this.#string(), from, to: this.#at };
      default:
        return { value: this.#plain(), from, to: this.#at };
    }
  }

  end(): void {
    this.#space();
    if (this.#at < this.#text.length) this.#fail("EndOfFileExpected");
  }

  #array(from: number, depth: number): JsonNode {
    const items: JsonNode[] = [];
    this.#at += 1;
    while (!this.#closes("]", items.length, "CloseBracketExpected")) {
      items.push(this.value(depth + 1));
    }
    return { value: items.map((item) => item.value), from, to: this.#at, items };
  }

  #object(from: number, depth: number): JsonNode {
    const fields: JsonField[] = [];
    this.#at += 1;
    while (!this.#closes("}", fields.length, "CloseBraceExpected")) {
      this.#space();
      const start = this.#at;
      if (this.#text[start] !== '"') this.#fail("PropertyNameExpected");
      const name = this.#string();
      const to = this.#at;
      this.#space();
      if (this.#text[this.#at] !== ":") this.#fail("ColonExpected");
      this.#at += 1;
      fields.push({ name, from: start, to, node: this.value(depth + 1) });
    }
    // Of a name that comes twice the last one counts, as everywhere else.
    const value = Object.fromEntries(fields.map((field) => [field.name, field.node.value]));
    return { value, from, to: this.#at, fields };
  }

  /** Whether the closing sign comes; where not, a comma stands between what is there. */
  #closes(sign: string, count: number, code: JsonFaultCode): boolean {
    this.#space();
    const next = this.#text[this.#at];
    if (next === sign) {
      this.#at += 1;
      return true;
    }
    if (next === undefined) this.#fail(code);
    if (count > 0) {
      if (next !== ",") this.#fail("CommaExpected");
      this.#at += 1;
    }
    return false;
  }

  #string(): string {
    const written = this.#take(STRING);
    if (written === undefined) return this.#failString();
    return JSON.parse(written) as string;
  }

  #plain(): Json {
    const written = this.#take(NUMBER);
    if (written !== undefined) return isPlain(written) ? Number(written) : new Digits(written);
    const start = this.#at;
    const word = this.#take(WORD) ?? "";
    const known = WORDS.get(word);
    if (known !== undefined) return known;
    this.#at = start;
    if (/^-?\d/.test(word)) return this.#fail("InvalidNumberFormat", word.length);
    if (/^\w/.test(word)) return this.#fail("InvalidSymbol", word.length);
    return this.#fail("ValueExpected");
  }

  #space(): void {
    this.#take(SPACE);
    if (this.#text[this.#at] === "/") this.#fail("InvalidCommentToken");
  }

  #take(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.#at;
    const found = pattern.exec(this.#text)?.[0];
    if (found !== undefined) this.#at += found.length;
    return found;
  }

  #fail(code: JsonFaultCode, length = 1): never {
    throw new JsonFault(code, this.#at, Math.min(length, this.#text.length - this.#at));
  }

  /** Say what is wrong with a string that begins here. */
  #failString(): never {
    const start = this.#at;
    for (this.#at += 1; this.#at < this.#text.length; this.#at += 1) {
      const sign = this.#text[this.#at] as string;
      if (sign === "\n" || sign === "\r") break;
      if (sign < " ") this.#fail("InvalidCharacter");
      if (sign !== "\\") continue;
      const next = this.#text.slice(this.#at + 1, this.#at + 6);
      if (/^u(?![\da-fA-F]{4})/.test(next)) this.#fail("InvalidUnicode", 6);
      if (!/^["\\/bfnrtu]/.test(next)) this.#fail("InvalidEscapeCharacter", 2);
      this.#at += 1;
    }
    const length = this.#at - start;
    this.#at = start;
    this.#fail("UnexpectedEndOfString", length);
  }
}
