/** The books between two readings, and what their moving says of lists that people look at. */

type Books = Readonly<Record<string, number>>;
type Kind = "dead_letters" | "messages" | "rejected" | "pending";

/** Which entries of the books tell that a list has changed. */
const MOVES: Readonly<Record<Kind, readonly string[]>> = {
  dead_letters: ["dead_lettered", "replayed", "discarded"],
  messages: ["stored"],
  rejected: ["rejected"],
  pending: ["pending", "delivered"],
};

/** What was added to each entry. */
export function difference(before: Books, now: Books): Record<string, number> {
  return Object.fromEntries(
    Object.entries(now).map(([name, count]) => [name, count - (before[name] ?? 0)]),
  );
}

/** The lists that have changed when the books have moved so. */
export function hintsOf(moved: Books): Kind[] {
  return (Object.keys(MOVES) as Kind[]).filter((kind) =>
    MOVES[kind].some((name) => (moved[name] ?? 0) !== 0),
  );
}
