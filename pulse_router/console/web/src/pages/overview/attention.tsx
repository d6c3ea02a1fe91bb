/** What needs somebody, the weightiest first, each with its one action. */

import type { Schema } from "../../api/client.ts";
import { link } from "../../app/location.ts";
import { Icon } from "../../icons.tsx";
import { Age, Count } from "../../parts/values.tsx";
import { overview as words } from "../../words/en/overview.ts";

type Attention = Schema<"AttentionAnswer">;

const WEIGHTY: ReadonlySet<string> = new Set([
  "part_missing",
  "books_off",
  "lost_upstream",
  "route_without_key",
  "route_gone",
]);

export function AttentionList({ found }: { found: readonly Attention[] }) {
  if (found.length === 0) {
    return (
      <p class="calm">
        <Icon name="check" /> {words.calm}
      </p>
    );
  }
  return (
    <ul class="attention">
      {found.map((each) => (
        <li key={`${each.need}:${each.route_id}`} class={WEIGHTY.has(each.need) ? "bad" : "warn"}>
          <Icon name={WEIGHTY.has(each.need) ? "cross" : "warn"} />
          <div>
            <p class="attention-said">
              {words.need(each.need)}
              {each.route_id !== null && (
                <>
                  {": "}
                  <a href={link(`/routes/${each.route_id}`)}>{each.route_name}</a>
                </>
              )}
              {each.count ? (
                <span class="attention-count">
                  <Count n={each.count} exact={each.count_is_exact} />
                </span>
              ) : null}
            </p>
            <p class="faint">
              {each.said}
              {each.since !== null && (
                <>
                  {each.said !== null && " · "}
                  <Age at={each.since} />
                </>
              )}
            </p>
          </div>
          <a class="button" href={where(each)}>
            {words.action(each.need)}
          </a>
        </li>
      ))}
    </ul>
  );
}

/** The page where it is seen and mended. */
function where(each: Attention): string {
  const route = `/routes/${each.route_id}`;
  switch (each.need) {
    case "route_without_key":
    case "route_gone":
      return link(`${route}/edit`);
    case "breaker_open":
      return link(route);
    case "dead_letters_growing":
      return link("/dead-letters", {
        status: "FAILED",
        route_id: each.route_id?.toString() ?? null,
      });
    case "devices_silent":
      return link("/devices", { silent_for: "1d" });
    case "devices_refused":
      return link("/rejected", { last: "1h" });
    case "alerts_open":
      return link("/alerts", { status: "OPEN" });
    default:
      return link("/about");
  }
}
