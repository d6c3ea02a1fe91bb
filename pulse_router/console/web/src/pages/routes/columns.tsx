/** The columns of the routes: how each does, or, across tenants, whose it is. */

import { Spark } from "../../parts/spark.tsx";
import type { Column } from "../../parts/table/columns.ts";
import { Age, Count, Length } from "../../parts/values.tsx";
import { rate } from "../../rules/numbers.ts";
import { failure } from "../../words/en/errors.ts";
import { routes as words } from "../../words/en/routes.ts";
import type { Moving } from "./moving.ts";
import { type ListedRoute, stateOf } from "./routes.ts";
import { placeOf, RouteState } from "./state.tsx";

const MINUTE_SECONDS = 60;

const name: Column<ListedRoute> = {
  key: "name",
  head: words.columns.name,
  width: "minmax(120px, 2fr)",
  card: 1,
  sorts: true,
  cell: (route) => <span title={route.topic_filter}>{route.name}</span>,
};
const state: Column<ListedRoute> = {
  key: "state",
  head: words.columns.state,
  width: "140px",
  card: 2,
  cell: (route) => <RouteState state={stateOf(route)} />,
};
const destination: Column<ListedRoute> = {
  key: "destination",
  head: words.columns.destination,
  width: "minmax(120px, 2fr)",
  cell: (route) => {
    const place = placeOf(route.destination_type, route.destination_config);
    return <code title={place}>{place}</code>;
  },
};

/** moving: live figures. at: when the list was read, milliseconds. */
export function columnsOf(moving: Moving, at: number | undefined): Column<ListedRoute>[] {
  return [
    name,
    {
      ...state,
      token: (route) => {
        const found = stateOf(route);
        return found === "disabled" || found === "gone"
          ? { field: "state", value: found }
          : undefined;
      },
    },
    { ...destination, token: (route) => ({ field: "type", value: route.destination_type }) },
    {
      key: "rate",
      head: words.columns.rate,
      width: "92px",
      align: "end",
      cell: (route) => {
        const stored = (route.stats?.delivered_last_minute ?? 0) / MINUTE_SECONDS;
        return <span class="number">{rate(moving.rate(route.id) ?? stored).text}</span>;
      },
    },
    {
      key: "p95",
      head: words.columns.p95,
      width: "72px",
      align: "end",
      cell: (route) =>
        route.stats?.latency && <Length ms={route.stats.latency.p95_seconds * 1000} />,
    },
    {
      key: "pending",
      head: words.columns.pending,
      width: "84px",
      align: "end",
      sorts: true,
      cell: (route) =>
        route.stats && <Count n={route.stats.pending} exact={route.stats.pending_is_exact} />,
    },
    counted("failed", moving, at),
    counted("dead_lettered", moving, at),
    {
      key: "lastError",
      head: words.columns.lastError,
      width: "minmax(120px, 2fr)",
      card: 3,
      cell: (route) => <LastError route={route} />,
    },
    {
      key: "minute",
      head: words.columns.minute,
      width: "108px",
      cell: (route) => (
        <Spark label={words.spark(route.name)} values={moving.values(route.id)} width={88} />
      ),
    },
  ];
}

function counted(
  key: "failed" | "dead_lettered",
  moving: Moving,
  at: number | undefined,
): Column<ListedRoute> {
  return {
    key,
    head: words.columns[key],
    width: "76px",
    align: "end",
    sorts: true,
    cell: (route) =>
      route.stats && <Count n={route.stats[key] + moving.since(route.id, at)[key]} />,
  };
}

function LastError({ route }: { route: ListedRoute }) {
  const error = route.fault ?? route.disabled_reason ?? route.stats?.last_error;
  if (!error) return null;
  return <span title={`${error}\n${failure(error).means}`}>{error}</span>;
}

const across: readonly Column<ListedRoute>[] = [
  name,
  {
    key: "tenant",
    head: words.columns.tenant,
    width: "minmax(100px, 1fr)",
    card: 3,
    cell: (route) => <span class="mono">{route.tenant_id}</span>,
    token: (route) => ({ field: "of", value: route.tenant_id }),
  },
  state,
  destination,
  {
    key: "topic",
    head: words.columns.topic,
    width: "minmax(120px, 2fr)",
    cell: (route) => <code>{route.topic_filter}</code>,
  },
  {
    key: "changed",
    head: words.columns.changed,
    width: "108px",
    align: "end",
    cell: (route) => <Age at={route.updated_at} />,
  },
];

/** Those of an operator, for whom the router sorts nothing. */
export const ACROSS = across.map((column) => ({ ...column, sorts: false }));
