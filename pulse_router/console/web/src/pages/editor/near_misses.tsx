/** Which clause keeps most messages out, alone or with others, and which values came closest. */

import type { Schema } from "../../api/client.ts";
import { link } from "../../app/location.ts";
import { Scrolls } from "../../parts/groups.tsx";
import { Count } from "../../parts/values.tsx";
import { shownValue } from "../../rules/clauses.ts";
import { trying as words } from "../../words/en/editor.ts";
import { clauses as clauseWords } from "../../words/en/traces.ts";

type Tally = Schema<"ClauseTally">;
type Result = Schema<"PreviewResult">;

export function NearMisses({ result }: { result: Result }) {
  const worst = leaves(result.clauses)
    .filter((tally) => tally.fails > 0)
    .sort((one, other) => other.fails_alone - one.fails_alone || other.fails - one.fails);
  const fields = Object.entries(result.coverage);
  const notes = fields.flatMap(([path, { missing, wrong_type }]) => [
    ...(missing > 0 ? [words.missing(path, missing)] : []),
    ...(wrong_type > 0 ? [words.wrongType(path, wrong_type)] : []),
  ]);
  if (worst.length === 0) return <p class="faint">{words.noNear}</p>;
  return (
    <>
      <p class="faint">{words.nearText}</p>
      <Scrolls label={words.near}>
        <table class="plain-table">
          <thead>
            <tr>
              <th scope="col">{words.clause}</th>
              <th scope="col">{words.fails}</th>
              <th scope="col">{words.alone}</th>
              <th scope="col">{words.closest}</th>
            </tr>
          </thead>
          <tbody>
            {worst.map((tally, at) => (
              <tr key={at}>
                <th scope="row">
                  <code>{clauseOf(tally)}</code>
                </th>
                <td>
                  <Count n={tally.fails} />
                </td>
                <td>
                  <Count n={tally.fails_alone} />
                </td>
                <td class="closest">
                  {(tally.closest ?? []).map((close) => (
                    <a
                      key={close.event_id}
                      href={link(`/messages/${close.event_id}`)}
                      title={close.device_id}
                    >
                      {shownValue(close.value)}
                    </a>
                  ))}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </Scrolls>
      {notes.map((note) => (
        <p class="faint" key={note}>
          {note}
        </p>
      ))}
    </>
  );
}

/** The single clauses; of `$nor` and `$not` the whole, for what is in them should not hold. */
function leaves(tallies: readonly Tally[]): Tally[] {
  return tallies.flatMap((tally) =>
    tally.clauses === undefined || tally.operator === "$nor" || tally.operator === "$not"
      ? [tally]
      : leaves(tally.clauses),
  );
}

function clauseOf(tally: Tally): string {
  const operand = tally.operand === undefined ? "" : ` ${shownValue(tally.operand)}`;
  if (tally.path === undefined) return clauseWords.group(tally.operator);
  return `${tally.path} ${clauseWords.operator(tally.operator)}${operand}`;
}
