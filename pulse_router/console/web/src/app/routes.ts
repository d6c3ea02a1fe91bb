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

const ROOM = (): Promise<typeof import("../pages/room.ts")> => import("../pages/room.ts");

/**
 * A page that comes with all others but the first one's: the first view waits for none of them, what
 * one goes to next is there already, and apart they weigh a quarter more.
 */
const room =
  (name: keyof typeof import("../pages/room.ts")): Load =>
  async () => ({ default: (await ROOM())[name] });

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
  at("/start", room("Start")),
  at("/messages", room("Messages")),
  at("/messages/:event_id", room("Trace")),
  at("/deliveries/:delivery_id", room("Trace")),
  at("/live", room("Live")),
  across("/routes", room("Routes")),
  at("/routes/new", room("Editor")),
  at("/routes/:route_id", room("Route")),
  at("/routes/:route_id/edit", room("Editor")),
  across("/dead-letters", room("DeadLetters")),
  across("/dead-letters/:dead_letter_id", room("DeadLetter")),
  across("/jobs", room("Jobs")),
  across("/jobs/:job_id", room("Job")),
  across("/rejected", room("Rejected")),
  at("/rejected/:message_id", room("Refusal")),
  across("/devices", room("Devices")),
  at("/devices/new", room("DeviceNew")),
  at("/devices/bulk", room("DevicesBulk")),
  at("/devices/:device_id", room("Device")),
  at("/groups", room("Groups")),
  at("/groups/:group_id", room("Group")),
  at("/alerts", room("Alerts")),
  across("/operator", room("Operator")),
  across("/operator/audit", room("OperatorAudit")),
  across("/operator/system", room("OperatorSystem")),
  at("/find", room("Find")),
  across("/settings", room("Settings")),
  across("/about", room("About")),
  across("/sign-in", room("SignIn")),
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
export const NOT_FOUND: Page = at("", room("NotFound")).page;
