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

/**
 * A page of a room: those that one goes between come at once, for apart they are half as large again.
 */
const of =
  <Name extends string>(room: () => Promise<Readonly<Record<Name, Page>>>) =>
  (name: Name): Load =>
  async () => ({ default: (await room())[name] });

const records = of(() => import("../pages/records.ts"));
const fleet = of(() => import("../pages/fleet.ts"));
const routing = of(() => import("../pages/routing.ts"));
const operators = of(() => import("../pages/operators.ts"));
const browser = of(() => import("../pages/browser.ts"));

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
  at("/messages", records("Messages")),
  at("/messages/:event_id", records("Trace")),
  at("/deliveries/:delivery_id", records("Trace")),
  at("/live", () => import("../pages/live/index.tsx")),
  across("/routes", routing("Routes")),
  at("/routes/new", routing("Editor")),
  at("/routes/:route_id", routing("Route")),
  at("/routes/:route_id/edit", routing("Editor")),
  across("/dead-letters", records("DeadLetters")),
  across("/dead-letters/:dead_letter_id", records("DeadLetter")),
  across("/jobs", records("Jobs")),
  across("/jobs/:job_id", records("Job")),
  across("/rejected", records("Rejected")),
  at("/rejected/:message_id", records("Refusal")),
  across("/devices", fleet("Devices")),
  at("/devices/new", fleet("DeviceNew")),
  at("/devices/bulk", fleet("DevicesBulk")),
  at("/devices/:device_id", fleet("Device")),
  at("/groups", fleet("Groups")),
  at("/groups/:group_id", fleet("Group")),
  at("/alerts", fleet("Alerts")),
  across("/operator", operators("Operator")),
  across("/operator/audit", operators("OperatorAudit")),
  across("/operator/system", operators("OperatorSystem")),
  at("/find", records("Find")),
  across("/settings", browser("Settings")),
  across("/about", browser("About")),
  across("/sign-in", browser("SignIn")),
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
export const NOT_FOUND: Page = at("", browser("NotFound")).page;
