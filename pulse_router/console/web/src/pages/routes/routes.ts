/** Routes as these pages ask for them: one tenant's with how they do, or, for operators, all. */

import { addressOf, get, type Schema } from "../../api/client.ts";
import { shownTenant } from "../../app/tenant.ts";
import type { BarField } from "../../parts/filter_bar.tsx";
import { type Pages, usePages } from "../../parts/pages.ts";
import type { Query } from "../../rules/filters.ts";
import { STATES, routes as words } from "../../words/en/routes.ts";

export type ListedRoute = Schema<"ListedRoute">;
export type Route = Schema<"RouteAnswer">;

const TYPES = ["webhook", "mqtt_republish", "postgresql"] as const;
/** In which order the router lists them; each has one direction alone. */
export const SORTS: readonly string[] = ["name", "pending", "failed", "dead_lettered"];
const PAGE = 500;
const EVERY_MS = 10_000;

/** Whether routes of all tenants are looked at. */
export const isAcross = (): boolean => shownTenant.value === undefined;

export function fieldsOf(across: boolean): BarField[] {
  if (across) {
    return [
      { name: "of", param: "tenant_id", label: words.fields.tenant, kind: "text", bare: true },
    ];
  }
  return [
    { name: "name", param: "q", label: words.fields.name, kind: "text", bare: true },
    {
      name: "type",
      param: "destination_type",
      label: words.fields.type,
      kind: "choice",
      excludes: false,
      choices: TYPES,
      values: TYPES.map((value) => ({ value, label: words.types[value] ?? "" })),
    },
    {
      name: "state",
      label: words.fields.state,
      kind: "choice",
      excludes: false,
      choices: STATES,
      values: STATES.map((value) => ({ value, label: words.stateText[value] ?? "" })),
    },
  ];
}

const PATHS = {
  own: "/api/v1/customer/message-routes",
  all: "/api/v1/operator/message-routes",
} as const;

const queryOf = (query: Query, sort: string | undefined): object =>
  isAcross() ? query : { ...query, with: "stats", ...(sort ? { sort } : {}) };

/** The request that the list is read by, to be copied. */
export function listAddress(query: Query, sort: string | undefined): string {
  const path = isAcross() ? PATHS.all : PATHS.own;
  return location.origin + addressOf(path, { query: queryOf(query, sort) });
}

/** The routes as far as they were scrolled to, in the order that the router gives. */
export function useRouteList(query: Query, sort: string | undefined): Pages<ListedRoute> {
  const path = isAcross() ? PATHS.all : PATHS.own;
  return usePages<ListedRoute>({
    key: JSON.stringify([query, sort, isAcross()]),
    read: async (after, signal) => {
      const asked = { ...queryOf(query, sort), limit: PAGE, ...(after ? { after } : {}) };
      const page = await get(path, { query: asked as object, signal });
      return {
        rows: page.routes as readonly ListedRoute[],
        total: page.total,
        isExact: page.total_is_exact,
        next: page.next,
      };
    },
    rowKey: (route) => route.id,
    again: { changes: ["routes"], every: EVERY_MS },
  });
}

/** How a route stands, in one word: what hinders it most. */
export function stateOf(route: ListedRoute | (Route & { stats?: ListedRoute["stats"] })): string {
  if (route.disabled_reason !== null) return "gone";
  if (!route.is_enabled) return "disabled";
  if (route.fault !== null) return "fault";
  return route.stats?.breaker === "open" ? "broken" : "enabled";
}
