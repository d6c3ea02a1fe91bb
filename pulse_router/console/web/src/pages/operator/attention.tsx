/** What needs attention, of everybody, in the order of its weight. */

import type { Schema } from "../../api/client.ts";
import { link } from "../../app/location.ts";
import { Section } from "../../parts/page.tsx";
import { Age, Badge, Count } from "../../parts/values.tsx";
import { operator as words } from "../../words/en/operator.ts";

type Need = Schema<"AttentionAnswer">;

export function Attention({ needs }: { needs: readonly Need[] }) {
  return (
    <Section heading={words.attention}>
      {needs.length === 0 ? (
        <p class="faint">{words.calm}</p>
      ) : (
        <ul class="needs">
          {needs.map((need) => (
            <li key={need.need + need.tenant_id + need.route_id}>
              <One need={need} />
            </li>
          ))}
        </ul>
      )}
    </Section>
  );
}

function One({ need }: { need: Need }) {
  const place = placeOf(need);
  return (
    <>
      <Badge state="degraded" word={words.needs[need.need] ?? need.need} />
      <span class="mono">{need.tenant_id ?? words.everybody}</span>
      {need.route_name && <span>{need.route_name}</span>}
      {need.count !== null && <Count n={need.count} exact={need.count_is_exact} />}
      {need.since !== null && (
        <span class="faint">
          <Age at={need.since} />
        </span>
      )}
      {need.said && <span class="faint">{need.said}</span>}
      <span class="need-action">
        {place === undefined ? need.action.say : <a href={place}>{need.action.say}</a>}
      </span>
    </>
  );
}

/** Where one sees what it is about, as the tenant whom it concerns. */
function placeOf(need: Need): string | undefined {
  const tenant = need.tenant_id ?? undefined;
  switch (need.need) {
    case "dead_letters_growing":
      return link("/dead-letters", { tenant, status: "FAILED", route_id: need.route_id });
    case "devices_silent":
      return link("/devices", { tenant, silent_for: "1d" });
    case "devices_refused":
      return link("/rejected", { tenant });
    case "alerts_open":
      return link("/alerts", { tenant });
    case "route_without_key":
    case "route_gone":
    case "breaker_open":
      return need.route_id === null
        ? link("/routes", { tenant })
        : link(`/routes/${need.route_id}`, { tenant });
    case "part_missing":
    case "books_off":
    case "lost_upstream":
      return link("/operator/system", { tenant: undefined });
  }
}
