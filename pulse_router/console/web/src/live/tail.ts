/**
 * The live tail: one v1 stream, open only while its page runs, and what it has brought.
 *
 * It goes on after the newest event wherever the line ended: lost, hidden, full behind a pause, or
 * left for another page and back.
 */

import { signal } from "@preact/signals";
import { askAgain, token } from "../api/credentials.ts";
import { type Freeze, TailLog } from "../rules/tail.ts";
import type { TailFilters } from "../rules/tail_filters.ts";
import { dial, Patience } from "./dial.ts";

/**
 * full: closed by us, for as many are held as may be. hidden: the tab is. lost: it comes again by
 * itself. refused: it does not, until somebody wants it to.
 */
export interface Line {
  readonly kind: "opening" | "live" | "full" | "hidden" | "lost" | "refused" | "left";
  readonly since: number;
  readonly code?: number;
  readonly reason?: string;
}

const PATH = "api/v1/customer/telemetry/stream";
const HIDDEN_MS = 60_000;
/** How long what came is kept for whoever comes back to the page. */
const KEPT_MS = 10 * 60_000;
const TOKEN_REFUSED = 4001;
/** Closed for a reason that does not pass by itself: filters, rights, places. */
const FINAL = new Set([1008, 4003, 4029]);
const ALL: TailFilters = { device_id: [], group_id: [], metric: [] };

export class Tail {
  readonly log = new TailLog();
  readonly line = signal<Line>({ kind: "left", since: 0 });
  /** Changes with what one does to the view, which is then seen at once. */
  readonly turned = signal(0);
  #filters = ALL;
  #socket: WebSocket | undefined;
  #retry: number | undefined;
  #hiding: number | undefined;
  #cutSince: number | undefined;
  #patience = new Patience();

  /** Open the stream under filters, until `leave`. */
  follow(filters: TailFilters): void {
    // By other filters it is another stream: nothing of it was missed before.
    if (this.log.refilter(this.#filters, filters) !== "same") this.#cutSince = undefined;
    this.#filters = filters;
    document.addEventListener("visibilitychange", this.#watch);
    this.#open();
  }

  /** Close it; what came is kept. */
  leave(): void {
    document.removeEventListener("visibilitychange", this.#watch);
    this.#shut("left");
  }

  /** Keep what is in view; what comes waits behind it. */
  freeze(why: Freeze): void {
    this.log.freeze(why);
    this.turned.value += 1;
  }

  /** Show the newest again, and go on with what came after it where the line was closed. */
  resume(): void {
    this.log.thaw();
    this.turned.value += 1;
    if (this.line.peek().kind === "full") this.#open();
  }

  /** Forget what came. */
  clear(): void {
    this.log.clear();
    this.turned.value += 1;
    if (this.line.peek().kind === "full") this.#open();
  }

  /** Try again what was refused, or lost. */
  again(): void {
    this.#open();
  }

  #open = (): void => {
    const used = token.peek();
    if (used === undefined) return;
    window.clearTimeout(this.#retry);
    if (this.log.isFull) {
      this.#say({ kind: "full" });
      return;
    }
    this.#say({ kind: "opening" });
    const socket = dial(PATH, used, { ...this.#filters, after: this.log.position });
    this.#socket = socket;
    socket.onmessage = ({ data }: MessageEvent<string>) => {
      if (this.#socket === socket) this.#take(data);
    };
    socket.onclose = ({ code, reason }) => {
      if (this.#socket === socket) void this.#closed(code, reason, used);
    };
  };

  #take(text: string): void {
    const now = Date.now();
    const type = this.log.take(text, now);
    if (type === "connected") this.#stands(now);
    if (type === "again") {
      this.#shut("opening");
      this.#open();
    }
    if (this.log.isFull) this.#shut("full");
  }

  /** The router has answered: the line stands. */
  #stands(now: number): void {
    this.#patience.reset();
    this.#say({ kind: "live" });
    if (this.#cutSince !== undefined && this.log.position === undefined) {
      // There is no event after which it could have gone on.
      this.log.miss({ why: "cut", since: this.#cutSince }, now);
    }
    this.#cutSince = undefined;
  }

  async #closed(code: number, reason: string, used: string): Promise<void> {
    if (this.line.peek().kind === "live") this.#cutSince = Date.now();
    this.#socket = undefined;
    const why = { code, reason };
    if (code === TOKEN_REFUSED) {
      this.#say({ kind: "refused", ...why });
      if ((await askAgain(used)) && this.line.peek().kind === "refused") this.#open();
    } else if (FINAL.has(code)) {
      this.#say({ kind: "refused", ...why });
    } else {
      this.#say({ kind: "lost", ...why });
      this.#retry = window.setTimeout(this.#open, this.#patience.next());
    }
  }

  #shut(kind: Line["kind"]): void {
    window.clearTimeout(this.#retry);
    window.clearTimeout(this.#hiding);
    if (this.line.peek().kind === "live") this.#cutSince = Date.now();
    const old = this.#socket;
    this.#socket = undefined;
    old?.close();
    this.#say({ kind });
  }

  #watch = (): void => {
    window.clearTimeout(this.#hiding);
    const { kind } = this.line.peek();
    if (!document.hidden) {
      if (kind === "hidden") this.#open();
    } else if (kind !== "full" && kind !== "refused") {
      this.#hiding = window.setTimeout(() => this.#shut("hidden"), HIDDEN_MS);
    }
  };

  #say(line: Omit<Line, "since">): void {
    this.line.value = { ...line, since: Date.now() };
  }
}

let kept: { tenant: string; tail: Tail } | undefined;

/** The tail of a tenant: the one of before, where one comes back to it soon. */
export function tailOf(tenant: string): Tail {
  const line = kept?.tail.line.peek();
  const isOld = line?.kind === "left" && Date.now() - line.since > KEPT_MS;
  if (kept?.tenant !== tenant || isOld) kept = { tenant, tail: new Tail() };
  return kept.tail;
}
