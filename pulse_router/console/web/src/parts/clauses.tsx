/** A filter's verdict clause by clause: what was asked, what was found, whether it holds. */

import { Icon, type IconName } from "../icons.tsx";
import { type Clause, clauseLines, shownValue, type Verdict } from "../rules/clauses.ts";
import { clauses as words } from "../words/en/traces.ts";

const LOOKS: Readonly<Record<Verdict, readonly [IconName, string, string]>> = {
  true: ["check", "good", words.holds],
  false: ["cross", "bad", words.not],
  unknown: ["info", "faint", words.unknown],
};

/** Whether something holds: an icon, with the word for readers. */
export function VerdictMark({ verdict }: { verdict: Verdict }) {
  const [icon, tone, word] = LOOKS[verdict];
  return (
    <span class={`verdict ${tone}`} title={word}>
      <Icon name={icon} />
      <span class="unseen">{word}</span>
    </span>
  );
}

export function Clauses({ clauses }: { clauses: readonly Clause[] }) {
  if (clauses.length === 0) return <p class="faint">{words.none}</p>;
  return (
    <ul class="clauses" aria-label={words.caption}>
      {clauseLines(clauses).map(({ clause, depth, key }) => (
        <li key={key} style={{ paddingInlineStart: `${depth * 20}px` }}>
          <VerdictMark verdict={clause.verdict} />
          {clause.path === undefined ? (
            <span>{words.group(clause.operator)}</span>
          ) : (
            <Leaf clause={clause} path={clause.path} />
          )}
        </li>
      ))}
    </ul>
  );
}

function Leaf({ clause, path }: { clause: Clause; path: string }) {
  return (
    <span class="clause">
      <code>{path}</code> <Found clause={clause} /> <span>{words.operator(clause.operator)}</span>{" "}
      <code>{shownValue(clause.operand)}</code>
      {clause.options && <code>({clause.options})</code>}
    </span>
  );
}

function Found({ clause }: { clause: Clause }) {
  const { found } = clause;
  switch (found?.presence) {
    case "value":
      return <code class="clause-found">{shownValue(found.value)}</code>;
    case "missing":
      return <span class="clause-found faint">{words.missing}</span>;
    case "other_type":
      return <span class="clause-found faint">{words.otherType(found.type ?? "")}</span>;
    default:
      return null;
  }
}
