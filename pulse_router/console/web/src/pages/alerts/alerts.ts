/** Alerts as this page asks for them, and what is done with them. */

import { get, type Schema, send } from "../../api/client.ts";
import type { BarField } from "../../parts/filter_bar.tsx";
import type { Query } from "../../rules/filters.ts";
import type { PageOf } from "../../rules/paging.ts";
import { alerts as words } from "../../words/en/alerts.ts";

export type Alert = Schema<"AlertAnswer">;
export type Status = Schema<"AlertStatus">;

export const PATH = "/api/v1/customer/alerts";
export const STATUSES = ["OPEN", "ACKNOWLEDGED", "CLOSED"] as const;
export const SEVERITIES = ["CRITICAL", "WARNING", "INFO"] as const;
const PAGE = 100;

export const fieldsOf = (): BarField[] => [
  { name: "status", label: words.fields.status, kind: "choice", many: true, choices: STATUSES },
  {
    name: "severity",
    label: words.fields.severity,
    kind: "choice",
    excludes: false,
    choices: SEVERITIES,
  },
  { name: "device", param: "device_id", label: words.fields.device, kind: "text", bare: true },
];

export async function listAlerts(
  query: Query,
  after: string | undefined,
  signal: AbortSignal,
): Promise<PageOf<Alert>> {
  const page = await get(PATH, {
    query: { ...query, limit: PAGE, ...(after ? { after } : {}) } as object,
    signal,
  });
  return { rows: page.alerts, total: page.total, isExact: page.total_is_exact, next: page.next };
}

/** How many there are of those that somebody must look at. */
export async function countAlerts(signal: AbortSignal): Promise<Partial<Record<Status, number>>> {
  const { states } = await get("/api/v1/customer/overview", { signal });
  return { OPEN: states.alerts_open, ACKNOWLEDGED: states.alerts_acknowledged };
}

/** Put each into a state; gives them as they are then. */
export async function putEach(ids: readonly number[], status: Status): Promise<Alert[]> {
  const changed: Alert[] = [];
  for (const alert_id of ids) {
    const path = { alert_id };
    changed.push((await send("patch", `${PATH}/{alert_id}`, { path, body: { status } })).body);
  }
  return changed;
}
