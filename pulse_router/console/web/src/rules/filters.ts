/**
 * What a list is narrowed down by: tokens in a bar ⇄ the query of the URL ⇄ the query of the API.
 *
 * A relative time stays relative in bar and URL (`last=24h`), and becomes a moment for the API only.
 */

import { readSpan, readTime, resolvePeriod } from "./times.ts";

export interface FilterField {
  /** As it is typed in the bar. */
  name: string;
  kind: "choice" | "id" | "text" | "span" | "time";
  /** Several values, of which one must fit; joined by commas in a query. */
  many?: boolean;
  choices?: readonly string[];
  /** Whether a value can be excluded. Of a choice always: the other values remain. */
  excludes?: boolean;
  /** Where text goes that names no field. */
  bare?: boolean;
  /** As the URL and the API name it, where that differs. */
  param?: string;
}

export interface Token {
  field: string;
  value: string;
  not?: boolean;
}

export interface TokenFault {
  text: string;
  why: "unknown" | "value" | "exclude" | "comma";
}

export type Query = Record<string, string>;

/** The bar's field of the last hours or days, which every list with times has. */
export const LAST: FilterField = { name: "last", kind: "span" };
export const FROM: FilterField = { name: "from", kind: "time" };
export const TO: FilterField = { name: "to", kind: "time" };

/** Write a token as it is typed: `status:FAILED`, `-status:FAILED`, `error:"HTTP 503"`. */
export function writeToken(token: Token): string {
  const plain = token.value !== "" && !/[\s"]/.test(token.value);
  const value = plain ? token.value : `"${token.value.replace(/["\\]/g, "\\$&")}"`;
  return `${token.not ? "-" : ""}${token.field}:${value}`;
}

/** Read what was typed. What makes no sense is told, and is none of the tokens. */
export function readTokens(
  text: string,
  fields: readonly FilterField[],
): { tokens: Token[]; faults: TokenFault[] } {
  const tokens: Token[] = [];
  const faults: TokenFault[] = [];
  const bare = fields.find((field) => field.bare);
  for (const [whole, minus, name, quoted, plain] of text.matchAll(
    /(-?)(?:([a-z_]+):)?(?:"((?:[^"\\]|\\.)*)"?|([^\s"]+))/g,
  )) {
    const value = quoted === undefined ? (plain as string) : quoted.replace(/\\(.)/g, "$1");
    const field = name === undefined ? bare : fields.find((each) => each.name === name);
    if (field === undefined) {
      faults.push({ text: whole, why: "unknown" });
      continue;
    }
    const token: Token = minus
      ? { field: field.name, value, not: true }
      : { field: field.name, value };
    const why = faultOf(token, field);
    if (why === undefined) tokens.push(token);
    else faults.push({ text: whole, why });
  }
  return { tokens: joined(tokens, fields), faults };
}

/** Why a token cannot be used; undefined when it can. */
export function faultOf(token: Token, field: FilterField): TokenFault["why"] | undefined {
  if (token.value === "") return "value";
  if (token.not && !canExclude(field)) return "exclude";
  if (field.many && token.value.includes(",")) return "comma";
  switch (field.kind) {
    case "choice":
      return field.choices?.includes(token.value) ? undefined : "value";
    case "id":
      return /^[1-9]\d{0,18}$/.test(token.value) ? undefined : "value";
    case "span":
      return readSpan(token.value) === undefined ? "value" : undefined;
    case "time":
      return readTime(token.value) === undefined ? "value" : undefined;
    case "text":
      return undefined;
  }
}

function nameOf(field: FilterField): string {
  return field.param ?? field.name;
}

export function canExclude(field: FilterField): boolean {
  return field.excludes ?? field.kind === "choice";
}

/** Add a token: another value of a list joins it, of anything else it takes the place. */
export function withToken(
  tokens: readonly Token[],
  token: Token,
  fields: readonly FilterField[],
): Token[] {
  return joined([...tokens, token], fields);
}

export function withoutToken(tokens: readonly Token[], token: Token): Token[] {
  return tokens.filter((each) => !sameToken(each, token));
}

export function sameToken(one: Token, other: Token): boolean {
  return (
    one.field === other.field &&
    one.value === other.value &&
    Boolean(one.not) === Boolean(other.not)
  );
}

/** The query of the URL. Excluded values begin with `!`, and `\` stands before one that does so itself. */
export function toQuery(tokens: readonly Token[], fields: readonly FilterField[]): Query {
  const query: Query = {};
  for (const field of fields) {
    const own = tokens.filter((token) => token.field === field.name);
    const values = own.map((token) => {
      if (!canExclude(field)) return token.value;
      return (token.not ? "!" : "") + token.value.replace(/^[!\\]/, "\\$&");
    });
    if (values.length > 0) query[nameOf(field)] = values.join(",");
  }
  return query;
}

/** The tokens of a URL's query; what it has of other things, or what makes no sense, is passed over. */
export function fromQuery(
  query: Readonly<Record<string, string | undefined>>,
  fields: readonly FilterField[],
): Token[] {
  const tokens: Token[] = [];
  for (const field of fields) {
    const text = query[nameOf(field)];
    if (text === undefined) continue;
    for (const part of field.many ? text.split(",") : [text]) {
      const not = canExclude(field) && part.startsWith("!");
      const value = not ? part.slice(1) : part;
      const token: Token = {
        field: field.name,
        value: canExclude(field) ? value.replace(/^\\/, "") : value,
      };
      if (not) token.not = true;
      if (faultOf(token, field) === undefined) tokens.push(token);
    }
  }
  return joined(tokens, fields);
}

/**
 * The query of the API, as of now. A span that is no period becomes seconds. Excluded values of a choice become the others; a list whose
 * values exclude each other finds what none of them has, so it has all of them excluded.
 */
export function toApi(
  tokens: readonly Token[],
  fields: readonly FilterField[],
  now: number,
): Query {
  const query: Query = {};
  const period: Query = {};
  for (const field of fields) {
    const own = tokens.filter((token) => token.field === field.name);
    if (own.length === 0) continue;
    const values =
      field.kind === "choice" ? remaining(own, field) : own.map((token) => token.value);
    if (field.name === "last" || field.name === "from" || field.name === "to") {
      period[field.name] = values[0] as string;
    } else if (field.kind === "span") {
      query[nameOf(field)] = String((readSpan(values[0] as string) as number) / 1000);
    } else {
      query[nameOf(field)] = values.join(",");
    }
  }
  return { ...query, ...resolvePeriod(period, now) };
}

function remaining(own: readonly Token[], field: FilterField): string[] {
  const wanted = own.filter((token) => !token.not).map((token) => token.value);
  const excluded = new Set(own.filter((token) => token.not).map((token) => token.value));
  const from = wanted.length > 0 ? wanted : (field.choices ?? []);
  const left = from.filter((value) => !excluded.has(value));
  return left.length > 0 ? left : wanted;
}

/** Let the last one count where a field has one value, and each value of a list once. */
function joined(tokens: readonly Token[], fields: readonly FilterField[]): Token[] {
  const found: Token[] = [];
  for (const token of tokens) {
    const field = fields.find((each) => each.name === token.field);
    const clashes = (other: Token): boolean =>
      field?.many
        ? other.field === token.field && other.value === token.value
        : other.field === token.field || excludesPeriod(token, other);
    const at = found.findIndex(clashes);
    const kept = found.filter((other) => !clashes(other));
    if (at < 0) kept.push(token);
    else kept.splice(at, 0, token);
    found.splice(0, found.length, ...kept);
  }
  return found;
}

/** A span back from now, and fixed ends, exclude each other. */
function excludesPeriod(one: Token, other: Token): boolean {
  const fixed = (token: Token): boolean => token.field === "from" || token.field === "to";
  return (one.field === "last" && fixed(other)) || (other.field === "last" && fixed(one));
}
