/** What a replay would go by: each route as it is now, beside what was tried then. */

import { Badge, Count } from "../../parts/values.tsx";
import { length, sayLength } from "../../rules/times.ts";
import { deadLetters as words } from "../../words/en/dead_letters.ts";
import { nameOf } from "./columns.tsx";
import type { Letter, Route } from "./letters.ts";

const SHOWN = 8;

/** counts: how many by route. tried: dead letters of these routes, for what was tried then. */
export function RoutesNow(props: {
  counts: readonly { route_id: number; count: number }[];
  routes: readonly Route[];
  tried: readonly Letter[];
  areKnown: boolean;
}) {
  return (
    <table class="forecast">
      <thead>
        <tr>
          <th scope="col">{words.columns.route}</th>
          <th scope="col" class="end">
            {words.causeColumns.count}
          </th>
          <th scope="col">{words.before}</th>
          <th scope="col">{words.now}</th>
        </tr>
      </thead>
      <tbody>
        {props.counts.slice(0, SHOWN).map(({ route_id, count }) => {
          const route = props.routes.find((each) => each.id === route_id);
          const then = props.tried.find((letter) => letter.route_id === route_id);
          const wasChanged =
            route !== undefined && then !== undefined && route.updated_at > then.created_at;
          return (
            <tr key={route_id}>
              <th scope="row">{nameOf(props.routes, route_id)}</th>
              <td class="end">
                <Count n={count} />
              </td>
              <td>{then && destination(then.destination_config)}</td>
              <td>
                {route === undefined
                  ? props.areKnown && <Badge state="dead" word={words.goneRoute} />
                  : destination(route.destination_config ?? {})}{" "}
                {wasChanged && <Badge state="" tone="warn" icon="edit" word={words.changed} />}
                {route && !route.is_enabled && <Badge state="disabled" word={words.isDisabled} />}
                {route?.stats?.breaker === "open" && (
                  <Badge state="open" word={words.breakerOpen} />
                )}
              </td>
            </tr>
          );
        })}
      </tbody>
    </table>
  );
}

/** Where a destination leads, in a few words. */
export function destination(config: Readonly<Record<string, unknown>>): string {
  const { method = "POST", url, topic } = config;
  return typeof url === "string" ? `${method} ${url}` : typeof topic === "string" ? topic : "–";
}

/** How long so many take at the pace that the routes have now; undefined where nobody knows. */
export function paceOf(
  counts: readonly { route_id: number; count: number }[],
  routes: readonly Route[],
): string | undefined {
  let longest: number | undefined;
  for (const { route_id, count } of counts) {
    const stats = routes.find((route) => route.id === route_id)?.stats;
    const seconds = stats?.latency?.p50_seconds;
    const perSecond =
      stats?.requests_per_second ?? (seconds ? (stats?.concurrency ?? 1) / seconds : undefined);
    if (!perSecond) return undefined;
    longest = Math.max(longest ?? 0, (1000 * count) / perSecond);
  }
  return longest === undefined ? undefined : sayLength(length(longest));
}
