/** Versions of a route, put together from what its changes say, and the way back to one of them. */

import { isObject, type Json, sameJson } from "./digits.ts";

/** What of a route a version is: these can be compared and restored. */
export const FIELDS = [
  "name",
  "topic_filter",
  "payload_filter",
  "destination_type",
  "destination_config",
  "is_enabled",
] as const;
export type Field = (typeof FIELDS)[number];
export type Shape = Readonly<Partial<Record<Field, Json>>>;

/** Stands where a value is kept from sight. */
const MASK = "********";
/** Members of a destination that no change ever shows: they stay as they are. */
const HIDDEN: ReadonlySet<string> = new Set(["secret", "secrets", "template_secrets"]);

/** A change as the audit log gives it, newest first. */
export interface Change {
  readonly id: number;
  readonly before: object | null;
  readonly after: object | null;
  readonly omitted_bytes?: number;
}

/** A change, and the route as it was after it; shape is undefined from where nobody knows. */
export interface Version<C extends Change> {
  readonly change: C;
  readonly shape: Shape | undefined;
}

/** The route as it was after each of its changes, from how it is now. */
export function versionsOf<C extends Change>(now: object, changes: readonly C[]): Version<C>[] {
  let shape: Shape | undefined = shapeOf(now);
  return changes.map((change) => {
    const version = { change, shape };
    // What is done without a change, such as trying all now, has nothing before.
    shape =
      shape === undefined || change.omitted_bytes
        ? undefined
        : { ...shape, ...shapeOf(change.before ?? {}) };
    return version;
  });
}

/** A route's fields as changes show them: secrets left out, values of headers masked. */
export function shapeOf(route: object): Shape {
  const given = route as Readonly<Record<string, Json>>;
  const found: Partial<Record<Field, Json>> = {};
  for (const field of FIELDS) if (given[field] !== undefined) found[field] = given[field];
  const config = found.destination_config;
  if (isObject(config)) found.destination_config = masked(config);
  return found;
}

function masked(config: Readonly<Record<string, Json>>): Json {
  const shown = Object.entries(config).filter(([name]) => !HIDDEN.has(name));
  return Object.fromEntries(
    shown.map(([name, value]) => [
      name,
      name === "headers" && isObject(value)
        ? Object.fromEntries(Object.keys(value).map((header) => [header, MASK]))
        : value,
    ]),
  );
}

/** Whether two values say the same, whatever the order of their members. */
export function isSame(one: Json | undefined, other: Json | undefined): boolean {
  return one === undefined || other === undefined ? one === other : sameJson(one, other);
}

/** The fields in which two versions differ. */
export function differing(one: Shape, other: Shape): Field[] {
  return FIELDS.filter((field) => !isSame(one[field], other[field]));
}

/**
 * What a PATCH must say to make a route what it was, and which headers it cannot bring back, for
 * nobody has kept their values. Whether the route is enabled stays, and so do its secrets.
 */
export function wayBack(now: object, then: Shape): { patch: Shape; lost: readonly string[] } {
  const present = shapeOf(now);
  const patch: Partial<Record<Field, Json>> = {};
  for (const field of differing(present, then)) {
    if (field !== "is_enabled" && then[field] !== undefined) patch[field] = then[field];
  }
  const [from, to] = [present.destination_config, then.destination_config];
  if (patch.destination_config === undefined || !isObject(to)) return { patch, lost: [] };
  const isOther = patch.destination_type !== undefined;
  const headersNow = isObject(from) && isObject(from.headers) && !isOther ? from.headers : {};
  const headersThen = isObject(to.headers) ? to.headers : {};
  const lost = Object.keys(headersThen).filter((name) => !(name in headersNow));
  const merged = isOther || !isObject(from) ? { ...to } : mergePatch(from, to);
  delete merged.headers;
  const gone = Object.keys(headersNow).filter((name) => !(name in headersThen));
  if (gone.length > 0) merged.headers = Object.fromEntries(gone.map((name) => [name, null]));
  if (Object.keys(merged).length > 0 || isOther) patch.destination_config = merged;
  else delete patch.destination_config;
  return { patch, lost };
}

/** What a PATCH must say to undo a change of the same kind of destination, by the whole route before. */
export function backTo(now: object, before: object): Shape {
  const [present, then] = [now, before] as readonly Readonly<Record<string, Json>>[];
  const patch: Partial<Record<Field, Json>> = {};
  for (const field of FIELDS) {
    const [is, was] = [present?.[field], then?.[field]];
    if (was === undefined || isSame(is, was)) continue;
    const isMerged = field === "destination_config" && isObject(is) && isObject(was);
    patch[field] = isMerged ? mergePatch(withoutMasks(is), withoutMasks(was)) : was;
  }
  return patch;
}

/** Members whose value nobody is shown stay what they are: they are in no patch. */
function withoutMasks(config: Readonly<Record<string, Json>>): Record<string, Json> {
  const kept = Object.entries(config).filter(
    ([name, value]) => !HIDDEN.has(name) && value !== MASK,
  );
  return Object.fromEntries(
    kept.map(([name, value]) => [name, isObject(value) ? withoutMasks(value) : value]),
  );
}

/** The merge patch (RFC 7396) that makes the one the other. */
function mergePatch(
  one: Readonly<Record<string, Json>>,
  other: Readonly<Record<string, Json>>,
): Record<string, Json> {
  const patch: Record<string, Json> = {};
  for (const name of Object.keys(one)) if (!(name in other)) patch[name] = null;
  for (const [name, value] of Object.entries(other)) {
    const before = one[name];
    if (isSame(before, value)) continue;
    patch[name] = isObject(before) && isObject(value) ? mergePatch(before, value) : value;
  }
  return patch;
}
