/** What a draft is still without: its name, where it leads, the field of a condition. */

import { entryPaths } from "./condition_faults.ts";
import type { AllNode, Entry } from "./conditions.ts";
import { isObject, type JsonObject } from "./digits.ts";

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
  return {
    ...body,
    ...(isEmpty(body.name) ? { name: "-" } : {}),
    ...(leads(body) ? {} : { destination_type: "postgresql", destination_config: {} }),
  };
}

/** A filter without the rows that name no field yet, and without groups that hold nothing else. */
export function named(tree: AllNode): AllNode {
  return { kind: "all", entries: tree.entries.flatMap(namedEntry) };
}

function namedEntry(entry: Entry): Entry[] {
  switch (entry.kind) {
    case "field":
      return entry.path === "" ? [] : [entry];
    case "raw":
      return [entry];
    case "not": {
      const member = named(entry.member);
      return isLost(entry.member, member) ? [] : [{ ...entry, member }];
    }
    case "group": {
      const members = entry.members.flatMap((member): AllNode[] => {
        const kept = named(member);
        return isLost(member, kept) ? [] : [kept];
      });
      return members.length === 0 && entry.members.length > 0 ? [] : [{ ...entry, members }];
    }
  }
}

const isLost = (before: AllNode, after: AllNode): boolean =>
  after.entries.length === 0 && before.entries.length > 0;

/** Whether it has an address, where it needs one. */
export function leads(body: JsonObject): boolean {
  const address = addressOf(body);
  return address === undefined || !isEmpty(configOf(body)[address]);
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
