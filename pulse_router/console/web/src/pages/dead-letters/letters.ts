/** Dead letters as these pages ask for them: one tenant's, or, for operators without one, all. */

import { addressOf, get, type Schema, send } from "../../api/client.ts";
import { useReading } from "../../api/reading.ts";
import { shownTenant } from "../../app/tenant.ts";
import type { BarField } from "../../parts/filter_bar.tsx";
import { FROM, LAST, type Query, TO } from "../../rules/filters.ts";
import type { PageOf } from "../../rules/paging.ts";
import { deadLetters as words } from "../../words/en/dead_letters.ts";

export type Letter = Schema<"DeadLetterAnswer">;
export type Route = Schema<"ListedRoute">;
export type JobAction = Schema<"JobAction">;
export type Forecast = Schema<"ForecastAnswer">;

export const STATUSES = ["FAILED", "REPLAYED", "DISCARDED"] as const;
const CAUSES = ["client_error", "server_error", "no_answer", "redirect"] as const;
const TYPES = ["webhook", "mqtt_republish", "postgresql"] as const;
const PAGE = 100;
/** How many are replayed in one request. */
const BATCH = 100;

/** Whether dead letters of all tenants are looked at. */
export function isAcross(): boolean {
  return shownTenant.value === undefined;
}

/** Where the paths of dead letters and jobs begin. */
const place = (): "operator" | "customer" => (isAcross() ? "operator" : "customer");

/** What the list can be narrowed down by. */
export function fieldsOf(routes: readonly Route[]): BarField[] {
  const named = new Map(routes.map((route) => [String(route.id), route.name]));
  return [
    { name: "status", label: words.fields.status, kind: "choice", many: true, choices: STATUSES },
    {
      name: "route",
      param: "route_id",
      label: words.fields.route,
      kind: "id",
      many: true,
      values: routes.map((route) => ({ value: String(route.id), label: route.name })),
      say: (value) => named.get(value) ?? words.route(Number(value)),
    },
    { name: "error", label: words.fields.error, kind: "text", bare: true },
    {
      name: "cause",
      label: words.fields.cause,
      kind: "choice",
      excludes: false,
      choices: CAUSES,
      values: CAUSES.map((value) => ({ value, label: words.causes[value] ?? "" })),
    },
    { name: "device", param: "device_id", label: words.fields.device, kind: "text" },
    {
      name: "type",
      param: "destination_type",
      label: words.fields.type,
      kind: "choice",
      excludes: false,
      choices: TYPES,
    },
    { ...LAST, label: words.fields.last },
    { ...FROM, label: words.fields.from },
    { ...TO, label: words.fields.to },
    ...(isAcross()
      ? [{ name: "of", param: "tenant_id", label: words.fields.tenant, kind: "text" as const }]
      : []),
  ];
}

/** A page of the list, without payloads. */
export async function listLetters(
  query: Query,
  after: string | undefined,
  signal: AbortSignal,
): Promise<PageOf<Letter>> {
  const page = await get(`/api/v1/${place()}/dead-letter`, {
    query: { ...query, fields: "summary", limit: PAGE, ...(after ? { after } : {}) } as object,
    signal,
  });
  return {
    rows: page.messages,
    total: page.total,
    isExact: page.total_is_exact,
    next: page.next,
  };
}

/** The request that the list is read by, to be copied. */
export function listAddress(query: Query): string {
  const path = `/api/v1/${place()}/dead-letter`;
  return location.origin + addressOf(path, { query: { ...query, fields: "summary" } });
}

export function addressOfLetter(id: number, action = ""): string {
  return location.origin + addressOf(`/api/v1/${place()}/dead-letter/${id}${action}`);
}

/** How many there are with so few words as a list takes. */
export async function countLetters(query: Query, signal: AbortSignal) {
  const page = await get(`/api/v1/${place()}/dead-letter`, {
    query: { ...query, fields: "summary", limit: 1 } as object,
    signal,
  });
  return { n: page.total, isExact: page.total_is_exact };
}

export function summarize(query: Query, buckets: number, signal: AbortSignal) {
  return get(`/api/v1/${place()}/dead-letter/summary`, {
    query: { ...query, buckets, limit: 100 } as object,
    signal,
  });
}

export function readLetter(id: number, signal: AbortSignal): Promise<Letter> {
  return get(`/api/v1/${place()}/dead-letter/{dead_letter_id}`, {
    path: { dead_letter_id: id },
    signal,
  });
}

/** One attempt, now. Throws Problem, with 502 where it failed. */
export function replayOne(id: number, routeId?: number) {
  return send("post", `/api/v1/${place()}/dead-letter/{dead_letter_id}/replay`, {
    path: { dead_letter_id: id },
    ...(routeId === undefined ? {} : { body: { route_id: routeId } }),
  });
}

export function discardOne(id: number) {
  return send("delete", `/api/v1/${place()}/dead-letter/{dead_letter_id}`, {
    path: { dead_letter_id: id },
  });
}

export function restoreOne(id: number) {
  return send("post", `/api/v1/${place()}/dead-letter/{dead_letter_id}/restore`, {
    path: { dead_letter_id: id },
  });
}

/** Do the same with several, one after the other. */
export async function withEach(ids: readonly number[], act: (id: number) => Promise<unknown>) {
  for (const id of ids) await act(id);
}

/** Replay several by their own routes, or each by another one. */
export async function replaySeveral(ids: readonly number[]) {
  const results: Schema<"BatchEntry">[] = [];
  for (let at = 0; at < ids.length; at += BATCH) {
    const { body } = await send("post", `/api/v1/${place()}/dead-letter/replay-batch`, {
      body: { ids: ids.slice(at, at + BATCH) },
    });
    results.push(...body.results);
  }
  return results;
}

export async function purgeOlder(days: number, tenantId: string | undefined, isDry: boolean) {
  const { body } = await send("delete", `/api/v1/${place()}/dead-letter/purge`, {
    query: (tenantId === undefined ? {} : { tenant_id: tenantId }) as object,
    body: { older_than_days: days, dry_run: isDry },
  });
  return isDry ? (body.would_purge ?? 0) : body.purged;
}

/** What a job is asked with: the list's own filter, and up to which number. */
export interface Plan {
  action: JobAction;
  filter: Query;
  upToId: number;
  routeId?: number | undefined;
  staged?: boolean;
}

export function jobBody(plan: Plan, isDry: boolean) {
  const { status, route_id, tenant_id, ...rest } = plan.filter;
  return {
    action: plan.action,
    filter: {
      ...rest,
      ...(status === undefined ? {} : { status: status.split(",") }),
      ...(route_id === undefined ? {} : { route_id: route_id.split(",").map(Number) }),
    },
    up_to_id: plan.upToId,
    ...(plan.routeId === undefined ? {} : { route_id: plan.routeId }),
    ...(plan.action === "replay" ? { staged: plan.staged ?? true } : {}),
    ...(isAcross() && tenant_id !== undefined ? { tenant_id } : {}),
    dry_run: isDry,
  };
}

export async function forecast(plan: Plan): Promise<Forecast> {
  const { body } = await send("post", `/api/v1/${place()}/jobs`, {
    body: jobBody(plan, true) as never,
  });
  return body as Forecast;
}

export async function startJob(plan: Plan): Promise<Schema<"JobAnswer">> {
  const { body } = await send("post", `/api/v1/${place()}/jobs`, {
    body: jobBody(plan, false) as never,
  });
  return body as Schema<"JobAnswer">;
}

/** The tenant's routes with how they do; none where all tenants are looked at. */
export function useRoutes() {
  const across = isAcross();
  return useReading(
    async (signal) =>
      across
        ? []
        : (
            await get("/api/v1/customer/message-routes", {
              query: { limit: 500, with: "stats" },
              signal,
            })
          ).routes,
    [across],
    { changes: ["routes"] },
  );
}
