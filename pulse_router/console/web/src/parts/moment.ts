/** The clock of the page, and which zone times are shown in. */

import { effect, signal } from "@preact/signals";
import type { Zone } from "../rules/times.ts";

const KEPT = "pulse.zone";
const TICK_MS = 1000;

/** UTC or local, everywhere and in every input; kept in this browser. */
export const zone = signal<Zone>(stored());

/** Now, in milliseconds: a second apart, and not at all while nobody looks. */
export const now = signal(Date.now());

export function switchZone(): void {
  zone.value = zone.peek() === "utc" ? "local" : "utc";
}

function stored(): Zone {
  try {
    return localStorage.getItem(KEPT) === "local" ? "local" : "utc";
  } catch {
    return "utc"; // A browser that keeps nothing
  }
}

effect(() => {
  const chosen = zone.value;
  try {
    if (chosen === "utc") localStorage.removeItem(KEPT);
    else localStorage.setItem(KEPT, chosen);
  } catch {
    // A browser that keeps nothing
  }
});

const tick = (): void => {
  if (!document.hidden) now.value = Date.now();
};
setInterval(tick, TICK_MS);
document.addEventListener("visibilitychange", tick);
