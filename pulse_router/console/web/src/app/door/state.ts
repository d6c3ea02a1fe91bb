/** How far one has come through the door. It draws nothing, and asks nobody. */

import { computed, signal } from "@preact/signals";
import { session, type Who } from "../session.ts";

/** Why nobody is signed in, where there is a reason to tell. */
export type Reason =
  | "ended"
  | "refused"
  | "issuer_refused"
  | "left"
  | "handed_over"
  | { readonly said: string };

/** A token that a link has brought, and whose it is: it is asked before one is that. */
export interface Candidate {
  readonly token: string;
  readonly who: Who;
}

export const starting = signal(true);
export const reason = signal<Reason | undefined>(undefined);
export const candidate = signal<Candidate | undefined>(undefined);

/** Asked over the page, for the token of the session is refused or has ended. */
export const over = signal<((settled: boolean) => void) | undefined>(undefined);

export type Place = "starting" | "asked" | "closed" | "open";

export const place = computed<Place>(() => {
  if (candidate.value !== undefined) return "asked";
  if (session.value !== undefined) return "open";
  return starting.value ? "starting" : "closed";
});
