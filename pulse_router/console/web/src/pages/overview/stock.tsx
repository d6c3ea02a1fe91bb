/** How many of the tenant's things are in which state; each leads to them. */

import type { Schema } from "../../api/client.ts";
import { link } from "../../app/location.ts";
import { Count } from "../../parts/values.tsx";
import { overview as words } from "../../words/en/overview.ts";

type States = Schema<"StatesAnswer">;

const WHERE: Readonly<Record<keyof States, readonly [string, Record<string, string>?]>> = {
  routes_enabled: ["/routes", { state: "enabled" }],
  routes_disabled: ["/routes", { state: "disabled" }],
  devices_active: ["/devices", { status: "ACTIVE" }],
  devices_revoked: ["/devices", { status: "REVOKED" }],
  groups: ["/groups"],
  alerts_open: ["/alerts", { status: "OPEN" }],
  alerts_acknowledged: ["/alerts", { status: "ACKNOWLEDGED" }],
};

export function Stock({ states }: { states: States }) {
  return (
    <ul class="stock">
      {(Object.keys(WHERE) as (keyof States)[]).map((name) => (
        <li key={name}>
          <a href={link(...WHERE[name])}>
            <span class="stock-count">
              <Count n={states[name]} />
            </span>
            <span>{words.stocks[name]}</span>
          </a>
        </li>
      ))}
    </ul>
  );
}
