/** What a draft is still without: its name, where it leads, the field of a condition. */

import { entryPaths } from "../../rules/condition_faults.ts";
import type { AllNode } from "../../rules/conditions.ts";
import { isObject, type JsonObject } from "../../rules/digits.ts";

const ADDRESS: Readonly<Record<string, string>> = { webhook: "url", mqtt_republish: "topic" };

/** The paths of what is needed and empty. */
export function missingPaths(body: JsonObject, tree: AllNode | undefined): string[] {
  const address = addressOf(body);
  const nameless = tree === undefined ? [] : [...entryPaths(tree, "payload_filter")];
  return [
    ...(isEmpty(body.name) ? ["name"] : []),
    ...(isEmpty(body.topic_filter) ? ["topic_filter"] : []),
    ...(address !== undefined && isEmpty(configOf(body)[address])
      ? [`destination_config.${address}`]
      : []),
    ...nameless.flatMap(([entry, path]) =>
      entry.kind === "field" && entry.path === "" ? [path] : [],
    ),
  ];
}

/** The same with something in place of what is missing, so that the rest can be tried. */
export function triable(body: JsonObject): JsonObject {
  const address = addressOf(body);
  const leads = address === undefined || !isEmpty(configOf(body)[address]);
  return {
    ...body,
    ...(isEmpty(body.name) ? { name: "-" } : {}),
    ...(leads ? {} : { destination_type: "postgresql", destination_config: {} }),
  };
}

function addressOf(body: JsonObject): string | undefined {
  const type = body.destination_type;
  return typeof type === "string" ? ADDRESS[type] : undefined;
}

function configOf(body: JsonObject): JsonObject {
  return isObject(body.destination_config) ? body.destination_config : {};
}

function isEmpty(value: unknown): boolean {
  return value === undefined || value === null || value === "";
}
