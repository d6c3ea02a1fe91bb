/** How a route does, as it is read and as the live figures go on from there. */

import { get, type Schema } from "../../api/client.ts";
import { type Reading, useReading } from "../../api/reading.ts";

export type Stats = Schema<"RouteStatsAnswer">;

const EVERY_MS = 5_000;

export function useStats(id: number): Reading<Stats> {
  return useReading(
    (signal) =>
      get("/api/v1/customer/message-routes/{route_id}/stats", { path: { route_id: id }, signal }),
    [id],
    { changes: ["routes", "pending", "dead_letters"], every: EVERY_MS },
  );
}
