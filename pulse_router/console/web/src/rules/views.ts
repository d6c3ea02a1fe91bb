/** Views of lists that got a name: the query of an address, kept by the list's path. */

export interface View {
  readonly name: string;
  /** As it stands in the address, without what is of one look alone. */
  readonly query: string;
}

export type Views = Readonly<Record<string, readonly View[]>>;

/** Whom it is looked at for, and what is selected, are no part of a view. */
const OF_ONE_LOOK = ["tenant", "all_up_to"];

/** What was kept; nothing where it is none of ours. */
export function readViews(text: string | null): Views {
  let found: unknown;
  try {
    found = JSON.parse(text ?? "{}");
  } catch {
    return {};
  }
  if (typeof found !== "object" || found === null) return {};
  return Object.fromEntries(
    Object.entries(found).map(([path, views]) => [
      path,
      Array.isArray(views) ? views.filter(isView) : [],
    ]),
  );
}

function isView(it: unknown): it is View {
  if (typeof it !== "object" || it === null) return false;
  return (
    "name" in it && typeof it.name === "string" && "query" in it && typeof it.query === "string"
  );
}

/** Keep a view; one of the same name gives way. */
export function withView(views: Views, path: string, view: View): Views {
  return { ...withoutView(views, path, view.name, [view]) };
}

/** Forget a view. */
export function withoutView(
  views: Views,
  path: string,
  name: string,
  added: readonly View[] = [],
): Views {
  const others = (views[path] ?? []).filter((view) => view.name !== name);
  const all = [...others, ...added].sort((one, other) => one.name.localeCompare(other.name));
  return { ...views, [path]: all };
}

/** The query of an address as a view has it. */
export function viewQuery(search: string): string {
  const query = new URLSearchParams(search);
  for (const name of OF_ONE_LOOK) query.delete(name);
  query.sort();
  return query.toString();
}

/**
 * The columns that `cols=` names, in their own order. The first of a card stays in any case, for it
 * leads to the row; what names none is no choice.
 */
export function chosenColumns<Column extends { key: string; card?: number }>(
  columns: readonly Column[],
  text: string | undefined,
): readonly Column[] {
  const wanted = new Set(text?.split(",").filter((key) => columns.some((it) => it.key === key)));
  if (wanted.size === 0) return columns;
  const first = columns.find((column) => column.card === 1) ?? columns[0];
  return columns.filter((column) => column === first || wanted.has(column.key));
}

/** What `cols=` is when a column is shown or hidden; null when all are shown. */
export function turnedColumn(
  columns: readonly { key: string; card?: number }[],
  text: string | undefined,
  key: string,
): string[] | null {
  const shown = new Set(chosenColumns(columns, text).map((column) => column.key));
  if (!shown.delete(key)) shown.add(key);
  if (shown.size === columns.length) return null;
  return columns.map((column) => column.key).filter((each) => shown.has(each));
}
