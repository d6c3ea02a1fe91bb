/** What each route has moved in the last minute, by the live figures. */

import { useMemo } from "preact/hooks";
import type { Figures } from "../../live/socket.ts";
import { useMinute } from "../overview/minute.ts";

/** Sums of what a route has done, and what it delivered in each second. */
export interface Moved {
  readonly delivered: number;
  readonly failed: number;
  readonly dead_lettered: number;
}
const NOTHING: Moved = { delivered: 0, failed: 0, dead_lettered: 0 };
/** From so many seconds on the figures tell a rate. */
const ENOUGH_SECONDS = 10;

export interface Moving {
  /** What was delivered in each second, oldest first; zeros where it has rested. */
  readonly values: (routeId: number) => readonly number[];
  /** What came since a moment, in milliseconds: to be added to what was read then. */
  readonly since: (routeId: number, at: number | undefined) => Moved;
  /** Deliveries a second; undefined while too little was seen. */
  readonly rate: (routeId: number) => number | undefined;
}

export function useMoving(): Moving {
  const moments = useMinute();
  const newest = moments.at(-1);
  return useMemo(() => movingOf(moments), [newest]);
}

function movingOf(moments: readonly Figures[]): Moving {
  const seconds = moments.reduce((sum, moment) => sum + moment.seconds, 0);
  const at = new Map<number, Map<number, Moved>>();
  for (const [place, moment] of moments.entries()) {
    for (const route of moment.routes) {
      const of = at.get(route.route_id) ?? new Map<number, Moved>();
      at.set(route.route_id, of.set(place, route));
    }
  }
  const values = (id: number): number[] =>
    moments.map((_, place) => at.get(id)?.get(place)?.delivered ?? 0);
  return {
    values,
    since: (id, from) => {
      let sum = NOTHING;
      for (const [place, moved] of at.get(id) ?? []) {
        if (from === undefined || Date.parse(moments[place]?.at ?? "") <= from) continue;
        sum = {
          delivered: sum.delivered + moved.delivered,
          failed: sum.failed + moved.failed,
          dead_lettered: sum.dead_lettered + moved.dead_lettered,
        };
      }
      return sum;
    },
    rate: (id) =>
      seconds < ENOUGH_SECONDS
        ? undefined
        : values(id).reduce((sum, value) => sum + value, 0) / seconds,
  };
}
