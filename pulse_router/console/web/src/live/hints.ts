/** Hints of what was changed: whoever shows such things reads them again. It knows no socket. */

/** Kinds that the router names, and those that the books tell of. */
export type Kind =
  | "routes"
  | "devices"
  | "groups"
  | "alerts"
  | "dead_letters"
  | "messages"
  | "rejected"
  | "pending"
  | "jobs";

type Hinted = (kinds: ReadonlySet<Kind>, isOwn: boolean) => void;

const listeners = new Set<Hinted>();

/** Be told of changes until the function that is returned is called. */
export function onHints(hinted: Hinted): () => void {
  listeners.add(hinted);
  return () => listeners.delete(hinted);
}

/** Tell that things of these kinds have changed. isOwn: by what was done here, which is seen at once. */
export function hint(kinds: Iterable<Kind>, isOwn = false): void {
  const named = new Set(kinds);
  if (named.size > 0) for (const listener of listeners) listener(named, isOwn);
}
