/** What hinders a route now, and what mends it. */

import type { ComponentChildren } from "preact";
import { link } from "../../app/location.ts";
import { Icon, type IconName } from "../../icons.tsx";
import { May } from "../../parts/may.tsx";
import { Time } from "../../parts/values.tsx";
import { routes as words } from "../../words/en/routes.ts";
import type { Route } from "../routes/routes.ts";
import type { Stats } from "./stats.ts";
import { TryAll } from "./try_all.tsx";

export function Notices({ route, stats }: { route: Route; stats: Stats | undefined }) {
  const isOpen = stats?.breaker === "open" && route.is_enabled;
  const mend = <a href={link(`/routes/${route.id}/edit`)}>{words.mend}</a>;
  return (
    <>
      {route.fault !== null && (
        <Notice icon="warn" tone="bad" action={mend}>
          {words.faultNow(route.fault)}
        </Notice>
      )}
      {route.disabled_reason !== null && (
        <Notice icon="ban" tone="bad" action={mend}>
          {words.goneNow(route.disabled_reason)}
        </Notice>
      )}
      {!route.is_enabled && route.disabled_reason === null && (
        <Notice icon="pause" tone="quiet">
          {words.disabledNow}
        </Notice>
      )}
      {isOpen && (
        <Notice
          icon="bolt"
          tone="bad"
          action={
            <May action="write">
              <TryAll route={route.id} />
            </May>
          }
        >
          {words.breakerNow(stats.last_error ?? "")}
        </Notice>
      )}
      {stats?.held_until && (
        <Notice icon="clock" tone="warn">
          {words.heldNow} <Time at={stats.held_until} />
        </Notice>
      )}
    </>
  );
}

function Notice(props: {
  icon: IconName;
  tone: "bad" | "warn" | "quiet";
  action?: ComponentChildren;
  children: ComponentChildren;
}) {
  return (
    <div class={`notice ${props.tone}`}>
      <Icon name={props.icon} />
      <span>{props.children}</span>
      {props.action}
    </div>
  );
}
