/** The way of a message through the router: how fast it flows on each stretch, a minute long. */

type Books = Readonly<Record<string, number>>;

/** What was added to the books within some seconds. */
export interface Moved {
  readonly seconds: number;
  readonly books: Books;
}

/** Which entries of the books go over each stretch. */
const STRETCHES = {
  received: ["received"],
  rejected: ["rejected"],
  stored: ["stored"],
  matched: ["matched"],
  delivered: ["delivered", "written"],
  buried: ["dead_lettered", "replayed", "discarded"],
} as const satisfies Readonly<Record<string, readonly string[]>>;

export type Stretch = keyof typeof STRETCHES;
export const STRETCH_NAMES = Object.keys(STRETCHES) as Stretch[];

const amount = (books: Books, stretch: Stretch): number =>
  STRETCHES[stretch].reduce((sum, name) => sum + (books[name] ?? 0), 0);

/** How many went over a stretch a second, of the newest of what moved. */
export function rateOf(moved: readonly Moved[], stretch: Stretch, newest = 5): number {
  const last = moved.slice(-newest);
  const seconds = last.reduce((sum, each) => sum + each.seconds, 0);
  const all = last.reduce((sum, each) => sum + amount(each.books, stretch), 0);
  return seconds > 0 ? Math.max(0, all / seconds) : 0;
}

/** The rate of each moment, oldest first. */
export function ratesOf(moved: readonly Moved[], stretch: Stretch): number[] {
  return moved.map((each) => rateOf([each], stretch));
}

/** One equation of the books: a whole, its ends, and by how much they differ. */
export interface Equation {
  readonly whole: string;
  readonly ends: readonly string[];
  /** null where it cannot be told, for not everything was counted to its end. */
  readonly off: number | null;
}

const RECEIVED_ENDS = ["stored", "rejected", "duplicate"];
const MATCHED_ENDS = ["written", "delivered", "pending", "dead_lettered", "replayed", "discarded"];

/** Both equations. mismatch: what the router says that is off; the first is off by its own sum. */
export function equations(
  books: Books,
  mismatch: Readonly<Record<string, number | null>>,
): readonly [Equation, Equation] {
  const ends = RECEIVED_ENDS.reduce((sum, name) => sum + (books[name] ?? 0), 0);
  const matched = mismatch.matched ?? null;
  const buried = mismatch.buried ?? 0;
  return [
    { whole: "received", ends: RECEIVED_ENDS, off: (books.received ?? 0) - ends },
    {
      whole: "matched",
      ends: MATCHED_ENDS,
      off: matched || buried ? (matched ?? 0) + buried : matched,
    },
  ];
}
