/** Which rows are meant: some by their ids, or all that match, as they were when looked at. */

export type Id = number | string;

export interface Rows {
  kind: "rows";
  ids: ReadonlySet<Id>;
  /** From where `Shift` takes a range. */
  anchor?: Id;
}

/** A filter and the highest id at the time of looking: what arrives later is none of it. */
export interface AllThatMatch {
  kind: "all";
  filter: Readonly<Record<string, string>>;
  upToId: number;
}

export type Selection = Rows | AllThatMatch;

export const NOTHING: Rows = { kind: "rows", ids: new Set() };

export function isEmpty(selection: Selection): boolean {
  return selection.kind === "rows" && selection.ids.size === 0;
}

/** Whether a row is meant; of all that match, those that were there at the time of looking. */
export function has(selection: Selection, id: Id): boolean {
  if (selection.kind === "rows") return selection.ids.has(id);
  return Number(id) <= selection.upToId;
}

/** Select a row, or do so no more. From all that match it begins anew with this one. */
export function toggle(selection: Selection, id: Id): Rows {
  const ids = new Set(selection.kind === "rows" ? selection.ids : []);
  if (!ids.delete(id)) ids.add(id);
  return { kind: "rows", ids, anchor: id };
}

/** Select from the row that was touched last to this one, as they stand in the list. */
export function extend(selection: Selection, id: Id, order: readonly Id[]): Rows {
  const before = selection.kind === "rows" ? selection : NOTHING;
  const [from, to] = [order.indexOf(before.anchor ?? id), order.indexOf(id)];
  if (from < 0 || to < 0) return toggle(before, id);
  const range = order.slice(Math.min(from, to), Math.max(from, to) + 1);
  return { kind: "rows", ids: new Set([...before.ids, ...range]), anchor: before.anchor ?? id };
}

/** Select the rows that are shown, or none when all of them are. */
export function toggleShown(selection: Selection, shown: readonly Id[]): Rows {
  const all = shown.length > 0 && shown.every((id) => has(selection, id));
  return { kind: "rows", ids: new Set(all ? [] : shown) };
}

/** All that match a filter now. `newestId` is the highest id of the list when it was looked at. */
export function allThatMatch(
  filter: Readonly<Record<string, string>>,
  newestId: number,
): AllThatMatch {
  return { kind: "all", filter: { ...filter }, upToId: newestId };
}

/** Keep of the selected rows those that are still there. */
export function keep(selection: Selection, there: (id: Id) => boolean): Selection {
  if (selection.kind === "all") return selection;
  return { ...selection, ids: new Set([...selection.ids].filter(there)) };
}
