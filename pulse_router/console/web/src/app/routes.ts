/** Which page stands at which path: the map of the console. Each page is loaded when it is gone to. */

import type { ComponentType } from "preact";
import lazy from "preact-iso/lazy";
import { Unloaded } from "./unloaded.tsx";

/** What a page is given: the parts of its path by name. */
export interface PageProps<Name extends string = never> {
  readonly params: Readonly<Record<Name, string>>;
}

// biome-ignore lint/suspicious/noExplicitAny: a page says itself which parts its path has.
export type Page = ComponentType<any>;
type Load = () => Promise<{ default: Page }>;

/** isAcross: it can be shown to an operator without a tenant. */
interface Place {
  readonly path: string;
  readonly page: Page;
  readonly isAcross: boolean;
}

/** What stands in for a page that could not be loaded: the router is away, or is of a new version. */
const unloaded = async (fault: unknown): Promise<{ default: Page }> => {
  if (!(fault instanceof TypeError)) throw fault;
  return { default: Unloaded };
};

const at = (path: string, load: Load, isAcross = false): Place => ({
  path,
  page: lazy(() => load().catch(unloaded)) as unknown as Page,
  isAcross,
});
const across = (path: string, load: Load): Place => at(path, load, true);

/** The first that fits is shown: a word stands before a name. */
export const ROUTES: readonly Place[] = [
  at("/", () => import("../pages/overview/index.tsx")),
  at("/start", () => import("../pages/start/index.tsx")),
  at("/messages", () => import("../pages/messages/index.tsx")),
  at("/messages/:event_id", () => import("../pages/trace/index.tsx")),
  at("/deliveries/:delivery_id", () => import("../pages/trace/index.tsx")),
  at("/live", () => import("../pages/live/index.tsx")),
  across("/routes", () => import("../pages/routes/index.tsx")),
  at("/routes/new", () => import("../pages/editor/index.tsx")),
  at("/routes/:route_id", () => import("../pages/route/index.tsx")),
  at("/routes/:route_id/edit", () => import("../pages/editor/index.tsx")),
  across("/dead-letters", () => import("../pages/dead-letters/index.tsx")),
  across("/dead-letters/:dead_letter_id", () => import("../pages/dead-letter/index.tsx")),
  across("/jobs", () => import("../pages/jobs/index.tsx")),
  across("/jobs/:job_id", () => import("../pages/job/index.tsx")),
  across("/rejected", () => import("../pages/rejected/index.tsx")),
  at("/rejected/:message_id", () => import("../pages/refusal/index.tsx")),
  across("/devices", () => import("../pages/devices/index.tsx")),
  at("/devices/new", () => import("../pages/device-new/index.tsx")),
  at("/devices/bulk", () => import("../pages/devices-bulk/index.tsx")),
  at("/devices/:device_id", () => import("../pages/device/index.tsx")),
  at("/groups", () => import("../pages/groups/index.tsx")),
  at("/groups/:group_id", () => import("../pages/group/index.tsx")),
  at("/alerts", () => import("../pages/alerts/index.tsx")),
  across("/operator", () => import("../pages/operator/index.tsx")),
  across("/operator/audit", () => import("../pages/operator-audit/index.tsx")),
  across("/operator/system", () => import("../pages/operator-system/index.tsx")),
  at("/find", () => import("../pages/find/index.tsx")),
  across("/settings", () => import("../pages/settings/index.tsx")),
  across("/about", () => import("../pages/about/index.tsx")),
  across("/sign-in", () => import("../pages/sign-in/index.tsx")),
];

/** The place that a path leads to; undefined where nothing stands. */
export function placeOf(path: string): Place | undefined {
  const parts = path.split("/").filter(Boolean);
  return ROUTES.find((place) => {
    const named = place.path.split("/").filter(Boolean);
    return (
      named.length === parts.length &&
      named.every((part, index) => part.startsWith(":") || part === parts[index])
    );
  });
}

/** What is shown where nothing stands. */
export const NOT_FOUND: Page = at("", () => import("../pages/not-found/index.tsx")).page;
