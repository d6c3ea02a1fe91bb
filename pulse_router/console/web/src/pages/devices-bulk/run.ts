/**
 * Registering many: what was sent, what became of each line, and the tokens that were given.
 *
 * It is kept beside the page, in this tab's memory alone, so that going to another page and back
 * loses no token; it is whose it was, and nobody else's.
 */

import { signal } from "@preact/signals";
import { lines, type Schema } from "../../api/client.ts";
import { Problem } from "../../api/problem.ts";
import { session } from "../../app/session.ts";
import { type Draft, type Entry, writeBulk } from "../../rules/bulk.ts";

type Line = Schema<"DeviceLine">;

export interface Result {
  readonly entry: Entry;
  readonly result: Line["result"];
  readonly errors: NonNullable<Line["errors"]>;
  readonly hasToken: boolean;
}

interface Summary {
  readonly is_complete: boolean;
  readonly problem: string | null;
}

/** phase: what it is at. results: in order. tokens: of devices that were given one, not yet kept. */
export interface Run {
  readonly phase: "edit" | "sending" | "done";
  readonly sent: number;
  readonly results: readonly Result[];
  readonly tokens: readonly Draft[];
  readonly isKept: boolean;
  /** Why it has ended before its time: what the router says, or that it broke or was stopped. */
  readonly ended?: "stopped" | "broke" | { readonly said: string } | undefined;
  readonly problem?: Problem | undefined;
}

const START: Run = { phase: "edit", sent: 0, results: [], tokens: [], isKept: true };
const SHOWN_MS = 250;

const held = signal<{ owner: string; run: Run }>({ owner: "", run: START });
let stopping: AbortController | undefined;

const owner = (): string => JSON.stringify([session.value?.subject, session.value?.tenant]);

/** The run of whoever is signed in. */
export function run(): Run {
  return held.value.owner === owner() ? held.value.run : START;
}

function set(changed: Partial<Run>): void {
  held.value = { owner: owner(), run: { ...run(), ...changed } };
}

/** The tokens are kept by whoever has downloaded them. */
export const keep = (): void => set({ isKept: true });
/** Begin anew with what was refused; tokens that were given stay until they are kept. */
export const mend = (): void => set({ phase: "edit", results: [], ended: undefined });
/** Forget the tokens, once they are kept elsewhere. */
export const drop = (): void => set({ tokens: [], isKept: true });
export const stop = (): void => stopping?.abort();

/** Send what has no fault. What is committed stays, however it ends. */
export async function register(entries: readonly Entry[]): Promise<void> {
  const sent = entries.filter((entry) => entry.device !== undefined);
  const results: Result[] = [];
  const tokens: Draft[] = [...run().tokens];
  const before = tokens.length;
  stopping = new AbortController();
  set({ phase: "sending", sent: sent.length, results: [], ended: undefined, problem: undefined });
  const show = (more: Partial<Run> = {}): void =>
    set({
      results: [...results],
      tokens: [...tokens],
      isKept: run().isKept && tokens.length === before,
      ...more,
    });
  const clock = setInterval(show, SHOWN_MS);
  try {
    const summary = await take(sent, results, tokens, stopping.signal);
    if (summary === undefined) show({ phase: "done", ended: "broke" });
    else if (!summary.is_complete) show({ phase: "done", ended: { said: summary.problem ?? "" } });
    else show({ phase: "done" });
  } catch (fault) {
    if (stopping.signal.aborted) show({ phase: "done", ended: "stopped" });
    else if (!(fault instanceof Problem)) show({ phase: "done", ended: "broke" });
    else show({ phase: "edit", problem: fault });
  } finally {
    clearInterval(clock);
  }
}

/** Take the answer's lines; gives the last one, undefined where it never came. */
async function take(
  sent: readonly Entry[],
  results: Result[],
  tokens: Draft[],
  signal: AbortSignal,
): Promise<Summary | undefined> {
  const path = "/api/v1/customer/devices/bulk";
  const answer = lines<Line | Summary>("post", path, { text: writeBulk(sent), signal });
  for await (const line of answer) {
    if (!("result" in line)) return line;
    const entry = sent[line.line - 1];
    if (entry === undefined) continue;
    const { provision_token } = line;
    results.push({
      entry,
      result: line.result,
      errors: line.errors ?? [],
      hasToken: provision_token !== undefined,
    });
    if (provision_token !== undefined && entry.device !== undefined) {
      tokens.push({ ...entry.device, provision_token });
    }
  }
  return undefined;
}
