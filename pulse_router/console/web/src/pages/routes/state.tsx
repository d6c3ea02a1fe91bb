/** A route's state as a badge, and where it leads in a few words. */

import type { IconName } from "../../icons.tsx";
import { Badge, type Tone } from "../../parts/values.tsx";
import { routes as words } from "../../words/en/routes.ts";

const LOOKS: Readonly<Record<string, readonly [Tone, IconName]>> = {
  enabled: ["good", "check"],
  disabled: ["quiet", "pause"],
  gone: ["bad", "ban"],
  fault: ["bad", "warn"],
  broken: ["bad", "bolt"],
};

export function RouteState({ state }: { state: string }) {
  const [tone, icon] = LOOKS[state] ?? (["plain", "info"] as const);
  return <Badge state={state} tone={tone} icon={icon} word={words.states[state] ?? state} />;
}

/** Where a route leads: a URL, a topic, a table. */
export function placeOf(type: string, config: object | null): string {
  const { url, method, topic, table } = (config ?? {}) as Readonly<Record<string, unknown>>;
  if (typeof url === "string") return method && method !== "POST" ? `${method} ${url}` : url;
  if (typeof topic === "string") return topic;
  return typeof table === "string" ? table : (words.types[type] ?? type);
}
