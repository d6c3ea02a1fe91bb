/** Where a trace has looked, and for how long things are kept there. */

import type { Schema } from "../../api/client.ts";
import type { Problem } from "../../api/problem.ts";
import { NoneYet } from "../../parts/states.tsx";
import { traces as words } from "../../words/en/traces.ts";

type Places = readonly Schema<"SearchedAnswer">[];

export function Searched({ searched }: { searched: Places }) {
  return (
    <details class="searched">
      <summary>{words.searched}</summary>
      <PlaceTable searched={searched} />
    </details>
  );
}

function PlaceTable({ searched }: { searched: Places }) {
  return (
    <table class="plain-table">
      <thead>
        <tr>
          <th scope="col">{words.place}</th>
          <th scope="col">{words.found}</th>
          <th scope="col">{words.kept}</th>
        </tr>
      </thead>
      <tbody>
        {searched.map((each) => (
          <tr key={each.place}>
            <th scope="row">{each.place}</th>
            <td class="number">{each.found}</td>
            <td>{each.kept}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

/** Nothing is kept: what was searched, and what would have removed it. */
export function NotFound({ problem }: { problem: Problem }) {
  const searched = (problem.body.searched ?? []) as Places;
  return (
    <>
      <NoneYet icon="find" title={words.notFound}>
        {problem.detail}
      </NoneYet>
      {searched.length > 0 && <PlaceTable searched={searched} />}
    </>
  );
}
