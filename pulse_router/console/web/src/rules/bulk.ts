/** Devices as lines, NDJSON or CSV: read and checked as the router does, before they are sent. */

export interface Draft {
  readonly device_id: string;
  readonly site_id?: string;
  readonly provision_token?: string;
}

const FIELDS = ["device_id", "site_id", "provision_token"] as const;
type Field = (typeof FIELDS)[number];

/** What is wrong with a line; a name or a line's number stands with it where it needs one. */
export type Fault =
  | { readonly kind: Field | "json" | "columns" | "quote" | "tooLong" }
  | { readonly kind: "unknown"; readonly name: string }
  | { readonly kind: "twice"; readonly line: number };

export interface Entry {
  /** Of the text, from 1. */
  readonly line: number;
  readonly text: string;
  /** Undefined where there is a fault. */
  readonly device: Draft | undefined;
  readonly faults: readonly Fault[];
}

/** problem: why the whole cannot be sent. */
export interface Read {
  readonly entries: readonly Entry[];
  readonly problem?: "noHeader" | "tooMany";
}

export const MOST_LINES = 100_000;
const MOST_BYTES = 16 * 1024 * 1024;
const MOST_LINE_BYTES = 8192;
const ID = /^[A-Za-z0-9_.:-]{1,128}$/;

/** Read the text. Blank lines are passed over; what begins with `{` is NDJSON, all else CSV. */
export function readBulk(text: string): Read {
  const lines = text
    .replace(/^\uFEFF/, "")
    .split(/\r\n|\n|\r/)
    .map((line, at) => ({ line: at + 1, text: line }))
    .filter((each) => each.text.trim() !== "");
  const first = lines[0];
  if (first === undefined) return { entries: [] };
  const isCsv = !first.text.trimStart().startsWith("{");
  const read = isCsv ? csvReader(first.text) : readObject;
  if (read === undefined) return { entries: [], problem: "noHeader" };
  const known = new Map<string, number>();
  const entries = lines.slice(isCsv ? 1 : 0).map((each): Entry => {
    const { device, faults } = checked(read(each.text));
    if (device === undefined) return { ...each, device, faults };
    const before = known.get(device.device_id);
    if (before !== undefined) {
      return { ...each, device: undefined, faults: [{ kind: "twice", line: before }] };
    }
    known.set(device.device_id, each.line);
    return { ...each, device, faults };
  });
  const size = new Blob([writeBulk(entries)]).size;
  const isTooMuch = entries.length > MOST_LINES || size > MOST_BYTES;
  return isTooMuch ? { entries, problem: "tooMany" } : { entries };
}

/** The lines that are sent: those without a fault, in order. */
export function writeBulk(entries: readonly Entry[]): string {
  const lines = entries.flatMap(({ device }) => (device === undefined ? [] : [device]));
  return lines.map((device) => `${JSON.stringify(device)}\n`).join("");
}

/** Devices with their tokens as CSV; each value is quoted where it must be. */
export function writeCsv(devices: readonly Draft[]): string {
  const cell = (value: string): string =>
    /[",\r\n]/.test(value) ? `"${value.replaceAll('"', '""')}"` : value;
  const rows = devices.map((device) => FIELDS.map((field) => cell(device[field] ?? "")).join(","));
  return `${[FIELDS.join(","), ...rows].join("\n")}\n`;
}

type Values = Readonly<Record<string, unknown>>;
type Parsed = Values | Fault;

const isFault = (parsed: Parsed): parsed is Fault => typeof parsed.kind === "string";

function readObject(text: string): Parsed {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value !== "object" || value === null || Array.isArray(value)) {
      return { kind: "json" };
    }
    const unknown = Object.keys(value).find((name) => !FIELDS.includes(name as Field));
    return unknown === undefined ? (value as Values) : { kind: "unknown", name: unknown };
  } catch {
    return { kind: "json" };
  }
}

/** Reads lines of CSV by the names in its first; undefined where that does not name `device_id`. */
function csvReader(head: string): ((text: string) => Parsed) | undefined {
  const sign = [",", ";", "\t"].find((each) => head.includes(each)) ?? ",";
  const names = (cells(head, sign) ?? []).map((name) => name.trim());
  if (!names.includes("device_id")) return undefined;
  const unknown = names.find((name) => !FIELDS.includes(name as Field));
  return (text) => {
    if (unknown !== undefined) return { kind: "unknown", name: unknown };
    const values = cells(text, sign);
    if (values === undefined) return { kind: "quote" };
    if (values.length > names.length) return { kind: "columns" };
    const given = names.map((name, at) => [name, values[at]?.trim() || null] as const);
    return Object.fromEntries(given);
  };
}

/** The values of a line of CSV; undefined where a quotation mark is not closed. */
function cells(text: string, sign: string): string[] | undefined {
  const found: string[] = [];
  let at = 0;
  while (at <= text.length) {
    if (text[at] !== '"') {
      const end = text.indexOf(sign, at);
      found.push(text.slice(at, end < 0 ? text.length : end));
      at = end < 0 ? text.length + 1 : end + 1;
      continue;
    }
    const [whole, value = ""] = /^"((?:[^"]|"")*)"/.exec(text.slice(at)) ?? [];
    if (whole === undefined) return undefined;
    found.push(value.replaceAll('""', '"'));
    at += whole.length + 1;
  }
  return found;
}

function checked(parsed: Parsed): Pick<Entry, "device" | "faults"> {
  if (isFault(parsed)) return { device: undefined, faults: [parsed] };
  const fits: Readonly<Record<Field, (value: unknown) => boolean>> = {
    device_id: (value) => typeof value === "string" && ID.test(value),
    site_id: (value) => value == null || isText(value, 1, 128),
    provision_token: (value) => value == null || isText(value, 8, 256),
  };
  const faults: Fault[] = FIELDS.filter((field) => !fits[field](parsed[field])).map((kind) => ({
    kind,
  }));
  if (faults.length > 0) return { device: undefined, faults };
  const given = FIELDS.filter((field) => parsed[field] != null);
  const device = Object.fromEntries(given.map((field) => [field, parsed[field]])) as unknown;
  const size = new Blob([JSON.stringify(device)]).size;
  if (size > MOST_LINE_BYTES) return { device: undefined, faults: [{ kind: "tooLong" }] };
  return { device: device as Draft, faults };
}

/** Lengths count code points, as the router does. */
function isText(value: unknown, least: number, most: number): boolean {
  if (typeof value !== "string") return false;
  const { length } = [...value];
  return length >= least && length <= most;
}
