/** The clock of the page. */

import { signal } from "@preact/signals";

const TICK_MS = 1000;

/** Now, in milliseconds: a second apart, and not at all while nobody looks. */
export const now = signal(Date.now());

const tick = (): void => {
  if (!document.hidden) now.value = Date.now();
};
setInterval(tick, TICK_MS);
document.addEventListener("visibilitychange", tick);
