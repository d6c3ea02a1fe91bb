/** Both equations as sums: each term leads to what it counts, and nothing may be unexplained. */

import { link } from "../../app/location.ts";
import { Badge, Count } from "../../parts/values.tsx";
import { type Equation, equations } from "../../rules/flow.ts";
import { exact } from "../../rules/numbers.ts";
import { overview as words } from "../../words/en/overview.ts";
import type { Overview } from "./index.tsx";

/** Where the rows behind a term are; a message that was sent again leaves none. */
const WHERE: Readonly<Record<string, readonly [string, Record<string, string>?]>> = {
  received: ["/messages"],
  stored: ["/messages"],
  rejected: ["/rejected"],
  matched: ["/routes"],
  written: ["/routes"],
  delivered: ["/routes"],
  pending: ["/routes", { sort: "-pending" }],
  dead_lettered: ["/dead-letters", { status: "FAILED" }],
  replayed: ["/dead-letters", { status: "REPLAYED" }],
  discarded: ["/dead-letters", { status: "DISCARDED" }],
};

type Books = Readonly<Record<string, number>>;

export function BookList({ overview, books }: { overview: Overview; books: Books }) {
  return (
    <>
      <p class="faint">{words.booksText}</p>
      {equations(books, overview.mismatch).map((equation) => (
        <Sum key={equation.whole} equation={equation} books={books} overview={overview} />
      ))}
    </>
  );
}

function Sum(props: { equation: Equation; books: Books; overview: Overview }) {
  const { equation, books, overview } = props;
  const inexact = new Set([
    ...(overview.pending_is_exact ? [] : ["pending"]),
    ...(overview.dead_lettered_is_exact ? [] : ["dead_lettered"]),
  ]);
  const term = (name: string) => (
    <Term name={name} n={books[name] ?? 0} isExact={!inexact.has(name)} />
  );
  return (
    <p class="equation">
      {term(equation.whole)}
      {equation.ends.map((name, at) => (
        <span key={name} class="equation-part">
          <span class="equation-sign">{at === 0 ? "=" : "+"}</span>
          {term(name)}
        </span>
      ))}
      <Off off={equation.off} />
    </p>
  );
}

function Term({ name, n, isExact }: { name: string; n: number; isExact: boolean }) {
  const where = WHERE[name];
  const said = (
    <>
      <Count n={n} exact={isExact} />
      <span class="term-name">{words.term(name)}</span>
    </>
  );
  if (where === undefined) return <span class="term">{said}</span>;
  return (
    <a class="term" href={link(...where)}>
      {said}
    </a>
  );
}

function Off({ off }: { off: number | null }) {
  if (off === null) return <Badge state="" tone="quiet" icon="minus" word={words.notCounted} />;
  const said = words.unexplained(exact(off));
  return off === 0 ? (
    <Badge state="ok" word={said} />
  ) : (
    <Badge state="unavailable" icon="warn" word={said} />
  );
}
