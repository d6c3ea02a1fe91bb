/** Times: moments in UTC or local, ages, lengths, and relative spans that stay relative. */

export type Zone = "utc" | "local";

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
/** From how far apart a device's own time and the time received are marked. */
export const SKEW_MS = 60 * SECOND;

export interface Length {
  value: number;
  unit: "millisecond" | "second" | "minute" | "hour" | "day";
}

/** The moment that RFC 3339 text means, in milliseconds; undefined where it is none. */
export function readTime(text: string | null | undefined): number | undefined {
  if (!text || !/^\d{4}-\d\d-\d\d[T ]\d\d:\d\d/.test(text)) return undefined;
  const at = Date.parse(text.replace(" ", "T"));
  return Number.isNaN(at) ? undefined : at;
}

/** As the API takes it: UTC with `Z`, without a fraction when it is zero. */
export function writeTime(at: number): string {
  return new Date(at).toISOString().replace(".000Z", "Z");
}

interface Fields {
  year: string;
  month: string;
  day: string;
  hour: string;
  minute: string;
  second: string;
  ms: string;
}

function fieldsOf(at: number, zone: Zone): Fields {
  const shifted = zone === "utc" ? at : at - new Date(at).getTimezoneOffset() * MINUTE;
  const text = new Date(shifted).toISOString();
  const [date = "", time = ""] = text.split("T");
  const [day, month, ...year] = date.split("-").reverse();
  return {
    year: year.reverse().join("-"),
    month: month as string,
    day: day as string,
    hour: time.slice(0, 2),
    minute: time.slice(3, 5),
    second: time.slice(6, 8),
    ms: time.slice(9, 12),
  };
}

/** The zone's name at a moment: `UTC`, or the distance to it, `+02:00`. */
export function zoneName(at: number, zone: Zone): string {
  if (zone === "utc") return "UTC";
  const minutes = -new Date(at).getTimezoneOffset();
  const [sign, all] = minutes < 0 ? ["−", -minutes] : ["+", minutes];
  const two = (part: number): string => String(Math.floor(part)).padStart(2, "0");
  return `${sign}${two(all / 60)}:${two(all % 60)}`;
}

/** Date and time, 24 hours; without the zone. `2026-03-09 10:03:21.120` */
export function stamp(at: number, zone: Zone, withMs = false): string {
  const it = fieldsOf(at, zone);
  const time = `${it.year}-${it.month}-${it.day} ${it.hour}:${it.minute}:${it.second}`;
  return withMs ? `${time}.${it.ms}` : time;
}

/** The time alone, for what is of one day. */
export function clock(at: number, zone: Zone, withMs = false): string {
  return stamp(at, zone, withMs).split(" ")[1] as string;
}

/** The moment that was typed as `stamp` shows it, to the minute at the least; undefined where it is none. */
export function fromInput(text: string, zone: Zone): number | undefined {
  if (!/^\d{4,}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d(\.\d{1,3})?)?$/.test(text)) return undefined;
  const at = Date.parse(text.replace(" ", "T") + (zone === "utc" ? "Z" : ""));
  return Number.isNaN(at) ? undefined : at;
}

/** How long something took, or is ago, in one unit that reads well. */
export function length(ms: number): Length {
  const all = Math.abs(ms);
  if (all < SECOND) return { value: Math.round(all), unit: "millisecond" };
  if (all < 9.95 * SECOND) return { value: Math.round(all / 100) / 10, unit: "second" };
  if (all < MINUTE) return { value: Math.floor(all / SECOND), unit: "second" };
  if (all < HOUR) return { value: Math.floor(all / MINUTE), unit: "minute" };
  if (all < 2 * DAY) return { value: Math.floor(all / HOUR), unit: "hour" };
  return { value: Math.floor(all / DAY), unit: "day" };
}

/** An age: whole seconds at the least, for nothing shows it more often. */
export function age(at: number, now: number): Length {
  const ms = Math.max(0, now - at);
  return ms < MINUTE ? { value: Math.floor(ms / SECOND), unit: "second" } : length(ms);
}

/** In how many milliseconds an age has another text. */
export function ageChangesIn(at: number, now: number): number {
  const ms = Math.max(0, now - at);
  const step = ms < MINUTE ? SECOND : ms < HOUR ? MINUTE : ms < 2 * DAY ? HOUR : DAY;
  return step - (ms % step);
}

/** A length as people read it: `340 ms`, `14.2 s`, `3 min`. */
export function sayLength(it: Length, locale = "en"): string {
  return new Intl.NumberFormat(locale, {
    style: "unit",
    unit: it.unit,
    unitDisplay: it.unit === "day" ? "long" : "short",
    maximumFractionDigits: 1,
  }).format(it.value);
}

/** By how much a device's clock is off, where that is worth a word: positive when it is ahead. */
export function skew(deviceAt: number, receivedAt: number): number | undefined {
  const off = deviceAt - receivedAt;
  return Math.abs(off) > SKEW_MS ? off : undefined;
}

const UNITS: Record<string, number> = { s: SECOND, m: MINUTE, h: HOUR, d: DAY, w: 7 * DAY };

/** How many milliseconds `15m`, `24h`, `7d` are; undefined for what is no such text. */
export function readSpan(text: string): number | undefined {
  const [, amount, unit] = /^([1-9]\d{0,4})([smhdw])$/.exec(text) ?? [];
  return amount && unit ? Number(amount) * (UNITS[unit] as number) : undefined;
}

/** What a page's query says of time: both ends, or a span back from whenever it is looked at. */
export interface Period {
  last?: string;
  from?: string;
  to?: string;
}

/** The ends of a period as the API takes them, as of now. */
export function resolvePeriod(period: Period, now: number): { from?: string; to?: string } {
  const span = period.last === undefined ? undefined : readSpan(period.last);
  if (span !== undefined) return { from: writeTime(now - span) };
  const ends: { from?: string; to?: string } = {};
  if (period.from !== undefined) ends.from = period.from;
  if (period.to !== undefined) ends.to = period.to;
  return ends;
}
