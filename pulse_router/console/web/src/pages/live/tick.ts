/** What streams in is looked at four times a second, however fast it comes. */

import { useEffect, useReducer } from "preact/hooks";
import type { Tail } from "../../live/tail.ts";

const TICK_MS = 250;

/** Render when the tail has changed since; also once in `every` milliseconds where that is given. */
export function useTick(tail: Tail, every = Number.POSITIVE_INFINITY): void {
  tail.turned.value; // Looked at, so that what one does is seen at once.
  const [, render] = useReducer((times: number) => times + 1, 0);
  useEffect(() => {
    let version = tail.log.version;
    let at = performance.now();
    const clock = setInterval(() => {
      const now = performance.now();
      if (tail.log.version === version && now - at < every) return;
      version = tail.log.version;
      at = now;
      render(0);
    }, TICK_MS);
    return () => clearInterval(clock);
  }, [tail, every]);
}
