/** What streams in is looked at four times a second, however fast it comes. */

import { useEffect, useReducer } from "preact/hooks";
import type { Tail } from "../../live/tail.ts";

const TICK_MS = 250;
const SECOND_MS = 1_000;

/**
 * Render when the tail has changed since, and at once with what one does.
 *
 * everySecond: once a second instead, also when nothing has come: for what is of seconds.
 */
export function useTick(tail: Tail, everySecond = false): void {
  tail.turned.value; // Looked at, so that what one does is seen at once.
  const [, render] = useReducer((times: number) => times + 1, 0);
  useEffect(() => {
    let version = tail.log.version;
    const look = (): void => {
      if (!everySecond && tail.log.version === version) return;
      version = tail.log.version;
      render(0);
    };
    const clock = setInterval(look, everySecond ? SECOND_MS : TICK_MS);
    return () => clearInterval(clock);
  }, [tail, everySecond]);
}
