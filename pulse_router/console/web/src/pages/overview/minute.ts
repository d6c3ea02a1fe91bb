/** The last minute of the figures, as long as somebody looks. */

import { effect, signal } from "@preact/signals";
import { useEffect, useMemo } from "preact/hooks";
import { type Figures, figures } from "../../live/socket.ts";
import { Ring } from "../../rules/ring.ts";

const MOMENTS = 60;

/** What moved in each second, oldest first. */
export function useMinute(): readonly Figures[] {
  const kept = useMemo(() => ({ ring: new Ring<Figures>(MOMENTS), seen: signal(0) }), []);
  useEffect(
    () =>
      effect(() => {
        const newest = figures.value;
        if (newest === undefined) kept.ring.clear();
        else kept.ring.push(newest);
        kept.seen.value = kept.seen.peek() + 1;
      }),
    [],
  );
  kept.seen.value; // Looked at, so that each new moment is drawn.
  return kept.ring.slice();
}
