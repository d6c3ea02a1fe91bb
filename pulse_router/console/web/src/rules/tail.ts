/**
 * What a live tail holds: the newest events in order, what was missed where it was missed, and
 * which of them are in view. Everything that comes is counted; memory does not grow with it.
 */

import { type JsonObject, readJson } from "./digits.ts";
import { Pace } from "./pace.ts";
import { Ring } from "./ring.ts";
import { Sampler } from "./sampling.ts";
import { type Fit, fitting, type TailFilters } from "./tail_filters.ts";
import { Tallies } from "./tallies.ts";

export const HELD = 10_000;

/** n: its place among all that came. text: as it came. isPicked: whether sampling shows it. */
export interface TailEvent {
  readonly kind: "event";
  readonly n: number;
  readonly text: string;
  readonly id: string;
  readonly device: string;
  readonly site: string | null;
  readonly at: string;
  readonly metrics: JsonObject;
  readonly isPicked: boolean;
}

/** What was missed: left out by the router, not to be had any more, or while the line was cut. */
export type Missed =
  | { readonly why: "dropped"; readonly count: number }
  | { readonly why: "gap"; readonly from: string; readonly to: string }
  | { readonly why: "cut"; readonly since: number };

/** Stands where it happened. text: as it came; empty where it did not come, but was found out. */
export interface TailNotice {
  readonly kind: "missed";
  readonly n: number;
  readonly text: string;
  readonly at: number;
  readonly missed: Missed;
}

export type TailRow = TailEvent | TailNotice;

/** scroll: as long as one has scrolled away from the newest. pause: until one goes on. */
export type Freeze = "pause" | "scroll";

export class TailLog {
  readonly held: Ring<TailRow>;
  readonly pace = new Pace();
  readonly devices = new Tallies();
  /** How many events came, and how many the router says it left out. */
  counted = 0;
  dropped = 0;
  /** Of the newest event: what comes after it is asked for by it. */
  position: string | undefined;
  frozen: Freeze | undefined;
  /** Changes whenever a view of it must be made anew. */
  version = 0;
  /** One of how many is shown. */
  get step(): number {
    return this.#isNarrow ? 1 : this.#sampler.step;
  }

  #sampler = new Sampler();
  #n = 0;
  #find = "";
  #isNarrow = false;
  #shown: Ring<TailRow>;
  #before: { rows: TailRow[]; shown: readonly TailRow[]; n: number } | undefined;
  #waiting = 0;

  constructor(capacity = HELD) {
    this.held = new Ring(capacity);
    this.#shown = new Ring(capacity);
  }

  /**
   * Take a message as it came, and tell its type. Only events and what was missed are held.
   *
   * `again`: the router has left out what came after the position, and behind what is frozen nothing
   * may be lost: it must be asked for again, and nothing was taken.
   */
  take(text: string, now: number): string {
    const message = readJson(text) as JsonObject;
    if (message.type === "telemetry") this.#takeEvent(text, message, now);
    else if (message.type === "dropped") {
      if (this.frozen !== undefined && this.position !== undefined) return "again";
      const count = Number(message.count);
      this.dropped += count;
      this.miss({ why: "dropped", count }, now, text);
    } else if (message.type === "gap") {
      const [from, to] = [String(message.from), String(message.to)];
      this.position = to;
      this.miss({ why: "gap", from, to }, now, text);
    }
    return String(message.type);
  }

  /** Note that something was missed here. */
  miss(missed: Missed, now: number, text = ""): void {
    this.#n += 1;
    this.#hold({ kind: "missed", n: this.#n, text, at: now, missed });
  }

  /** Show what has a text in it, letters of either size; isNarrow: the router filters, too. */
  narrow(find: string, isNarrow: boolean): void {
    const wanted = find.toLowerCase();
    if (wanted === this.#find && (isNarrow || wanted !== "") === this.#isNarrow) return;
    this.#find = wanted;
    this.#isNarrow = isNarrow || wanted !== "";
    this.#shown = new Ring(this.held.capacity);
    this.#waiting = 0;
    const before = this.#before;
    for (const row of this.held) {
      if (!this.#isShown(row)) continue;
      this.#shown.push(row);
      if (before !== undefined && row.n > before.n) this.#waiting += 1;
    }
    if (before !== undefined) before.shown = before.rows.filter((row) => this.#isShown(row));
    this.version += 1;
  }

  /** Keep what is in view as it is; what comes is held behind it. */
  freeze(why: Freeze): void {
    if (this.#before === undefined) {
      this.#before = { rows: this.held.slice(), shown: this.#shown.slice(), n: this.#n };
      this.#waiting = 0;
    }
    this.frozen = why;
    this.version += 1;
  }

  /** Show the newest again. */
  thaw(): void {
    this.#before = undefined;
    this.frozen = undefined;
    this.#waiting = 0;
    this.version += 1;
  }

  /** How many of those that would be shown wait behind what is frozen. */
  get waiting(): number {
    return this.#waiting;
  }

  /** How many wait behind what is frozen in all. */
  get behind(): number {
    return this.#before === undefined ? 0 : this.#n - this.#before.n;
  }

  /** Whether one more would push out what nobody has seen. */
  get isFull(): boolean {
    return this.behind >= this.held.capacity;
  }

  /** What is in view, the newest first. */
  rows(): readonly TailRow[] {
    return (this.#before?.shown ?? this.#shown.slice()).toReversed();
  }

  /** All that is held, the oldest first: also what is in view and was pushed out behind it. */
  all(): TailRow[] {
    const first = this.held.at(0)?.n ?? 0;
    return [...(this.#before?.rows.filter((row) => row.n < first) ?? []), ...this.held];
  }

  /** The id of the oldest event that is held. */
  oldest(): string | undefined {
    for (const row of this.held) if (row.kind === "event") return row.id;
    return undefined;
  }

  /** Forget what came; the position stays. */
  clear(): void {
    this.held.clear();
    this.#shown.clear();
    this.devices.clear();
    this.pace.clear();
    this.#sampler = new Sampler();
    this.counted = 0;
    this.dropped = 0;
    if (this.#before !== undefined) this.#before = { rows: [], shown: [], n: this.#n };
    this.#waiting = 0;
    this.version += 1;
  }

  /** Go on under other filters of the router, with what is held and passes them. */
  refilter(before: TailFilters, after: TailFilters): Fit {
    const fit = fitting(before, after);
    if (fit === "wider" || fit === "other") this.position = undefined;
    if (fit === "narrower" || fit === "other") this.#keep(fit === "other" ? [] : after.device_id);
    return fit;
  }

  /** Keep the events of these devices only, and count them anew. */
  #keep(devices: readonly string[]): void {
    const left = devices.length === 0 ? [] : this.all();
    this.clear();
    if (this.#before !== undefined) this.thaw();
    for (const row of left) {
      if (row.kind === "event") {
        if (!devices.includes(row.device)) continue;
        this.counted += 1;
        this.devices.add(row.device);
      }
      this.#hold(row);
    }
  }

  #takeEvent(text: string, message: JsonObject, now: number): void {
    const id = String(message.id);
    const device = String(message.device_id);
    this.position = id;
    this.counted += 1;
    this.devices.add(device);
    this.pace.add(now);
    this.#n += 1;
    this.#hold({
      kind: "event",
      n: this.#n,
      text,
      id,
      device,
      site: (message.site_id ?? null) as string | null,
      at: String(message.timestamp),
      metrics: message.metrics as JsonObject,
      isPicked: this.#sampler.shows(now),
    });
  }

  #hold(row: TailRow): void {
    this.held.push(row);
    this.version += 1;
    if (!this.#isShown(row)) return;
    this.#shown.push(row);
    if (this.#before !== undefined) this.#waiting += 1;
  }

  #isShown(row: TailRow): boolean {
    if (row.kind === "missed") return true;
    if (this.#find !== "") return row.text.toLowerCase().includes(this.#find);
    return this.#isNarrow || row.isPicked;
  }
}
