/** What a page reads, and reads again: the old stays while newer comes. */

import { signal } from "@preact/signals";
import { useEffect, useMemo, useRef } from "preact/hooks";
import { type Kind, onHints } from "../live/hints.ts";
import { foreignTenant, lostSince } from "./credentials.ts";
import { Problem } from "./problem.ts";

const AT_ONCE = 2;
const SOONEST_AGAIN_MS = 5_000;
const USUAL_WAIT_SECONDS = 5;

/**
 * value: what was read last. problem: why the newest could not be. loading: one is under way.
 * at: when the value came, milliseconds. againAt: when it is read again by itself after a problem.
 */
export interface Reading<T> {
  readonly value: T | undefined;
  readonly problem: Problem | undefined;
  readonly loading: boolean;
  readonly at: number | undefined;
  readonly againAt: number | undefined;
  again(): void;
}

type Read<T> = (signal: AbortSignal) => Promise<T>;
type State<T> = Omit<Reading<T>, "again">;

/** changes: kinds of things whose change makes it be read again; every: milliseconds, at least 5,000. */
export interface Again {
  readonly changes?: readonly Kind[];
  readonly every?: number;
}

/** Read when the page comes, when what it depends on changes, and when the router hints at it. */
export function useReading<T>(
  read: Read<T>,
  deps: readonly unknown[],
  again: Again = {},
): Reading<T> {
  const latest = useRef(read);
  latest.current = read;
  const reader = useMemo(() => new Reader<T>((stop) => latest.current(stop)), []);
  useEffect(() => {
    reader.start();
  }, [...deps, foreignTenant.value]);
  useEffect(() => reader.follow(again), [again.changes?.join(), again.every]);
  useEffect(() => () => reader.stop(), []);
  const state = reader.state.value;
  return useMemo(() => ({ ...state, again: () => reader.start() }), [state]);
}

class Reader<T> {
  readonly state = signal<State<T>>({
    value: undefined,
    problem: undefined,
    loading: true,
    at: undefined,
    againAt: undefined,
  });
  readonly #read: Read<T>;
  #under: AbortController | undefined;
  #timer: number | undefined;
  #startedAt = Number.NEGATIVE_INFINITY;

  constructor(read: Read<T>) {
    this.#read = read;
  }

  start(): void {
    this.stop();
    const under = new AbortController();
    this.#under = under;
    this.#startedAt = performance.now();
    this.#set({ loading: true, againAt: undefined });
    inTurn(under.signal, () => this.#read(under.signal)).then(
      (value) => {
        if (under.signal.aborted) return;
        this.#set({ value, problem: undefined, loading: false, at: Date.now() });
      },
      (fault: unknown) => {
        if (under.signal.aborted) return;
        if (!(fault instanceof Problem)) {
          this.#set({ loading: false });
          throw fault;
        }
        this.#fail(fault);
      },
    );
  }

  stop(): void {
    this.#under?.abort();
    window.clearTimeout(this.#timer);
  }

  /** Read again at hints and after times, never twice within five seconds but for what was done here. */
  follow(again: Again): () => void {
    const wanted = new Set(again.changes);
    const leave = onHints((kinds, isOwn) => {
      if (![...kinds].some((kind) => wanted.has(kind))) return;
      if (isOwn) this.start();
      else this.#soon();
    });
    const every = again.every && Math.max(again.every, SOONEST_AGAIN_MS);
    const clock = every && window.setInterval(() => this.#soon(), every);
    return () => {
      leave();
      if (clock) window.clearInterval(clock);
    };
  }

  #soon(): void {
    if (document.hidden || this.state.peek().againAt !== undefined) return;
    const wait = this.#startedAt + SOONEST_AGAIN_MS - performance.now();
    window.clearTimeout(this.#timer);
    this.#timer = window.setTimeout(() => this.start(), Math.max(0, wait));
  }

  #fail(problem: Problem): void {
    const wait = problem.passes ? (problem.retryAfter ?? USUAL_WAIT_SECONDS) * 1000 : undefined;
    const againAt = wait === undefined ? undefined : Date.now() + wait;
    this.#set({ problem, loading: false, againAt });
    if (wait !== undefined) this.#timer = window.setTimeout(() => this.start(), wait);
  }

  #set(changed: Partial<State<T>>): void {
    this.state.value = { ...this.state.peek(), ...changed };
  }
}

let under = 0;
const waiting: (() => void)[] = [];

/** Wait until fewer than two others read. */
async function inTurn<T>(stop: AbortSignal, read: () => Promise<T>): Promise<T> {
  while (under >= AT_ONCE) await new Promise<void>((go) => waiting.push(go));
  if (stop.aborted) waiting.shift()?.(); // Its turn is the next one's.
  stop.throwIfAborted();
  under += 1;
  try {
    return await read();
  } finally {
    under -= 1;
    waiting.shift()?.();
  }
}

/** Whether the router cannot be reached. */
export const isAway = (): boolean => lostSince.value !== undefined;
