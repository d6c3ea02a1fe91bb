/** How often each clause of a filter held and failed, and the values that came closest. */

import { link } from "../../app/location.ts";
import { Count } from "../../parts/values.tsx";
import { shownValue } from "../../rules/clauses.ts";
import { missed as words } from "../../words/en/route_parts.ts";
import { clauses } from "../../words/en/traces.ts";

/** A clause or a group over many messages, as a preview gives it. */
export interface Tally {
  readonly operator: string;
  readonly holds: number;
  readonly fails: number;
  readonly fails_alone: number;
  readonly path?: string;
  readonly operand?: unknown;
  readonly options?: string;
  readonly closest?: readonly {
    readonly value: unknown;
    readonly short_by: unknown;
    readonly event_id: string;
    readonly device_id: string;
  }[];
  readonly clauses?: readonly Tally[];
}

const CLOSEST = 3;

export function Tallies({ tallies }: { tallies: readonly Tally[] }) {
  const { columns } = words;
  return (
    <table class="plain-table">
      <caption class="unseen">{words.caption}</caption>
      <thead>
        <tr>
          <th scope="col">{columns.clause}</th>
          <th scope="col" class="end">
            {columns.holds}
          </th>
          <th scope="col" class="end">
            {columns.fails}
          </th>
          <th scope="col" class="end" title={words.aloneHint}>
            {columns.alone}
          </th>
          <th scope="col">{columns.closest}</th>
        </tr>
      </thead>
      <tbody>
        {linesOf(tallies).map(({ tally, depth, key }) => (
          <tr key={key}>
            <th scope="row" style={{ paddingInlineStart: `${8 + depth * 20}px` }}>
              <Said tally={tally} />
            </th>
            <td class="end" data-head={columns.holds}>
              <Count n={tally.holds} />
            </td>
            <td class="end" data-head={columns.fails}>
              <Count n={tally.fails} />
            </td>
            <td class="end" data-head={columns.alone}>
              <Count n={tally.fails_alone} />
            </td>
            <td>
              <ul class="closest">
                {(tally.closest ?? []).slice(0, CLOSEST).map((each) => (
                  <li key={each.event_id}>
                    <a href={link(`/messages/${each.event_id}`)}>
                      <code>{shownValue(each.value)}</code>
                    </a>{" "}
                    <span class="faint">
                      {words.by(amount(each.short_by))} · {each.device_id}
                    </span>
                  </li>
                ))}
              </ul>
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function Said({ tally }: { tally: Tally }) {
  if (tally.path === undefined) return <>{clauses.group(tally.operator)}</>;
  return (
    <>
      <code>{tally.path}</code> {clauses.operator(tally.operator)}{" "}
      <code>{shownValue(tally.operand)}</code>
      {tally.options && <code>({tally.options})</code>}
    </>
  );
}

/** A distance is computed in doubles, so its last digits say nothing. */
function amount(shortBy: unknown): string {
  return Number(String(shortBy))
    .toPrecision(6)
    .replace(/\.?0+$/, "");
}

function linesOf(
  tallies: readonly Tally[],
  depth = 0,
  above = "",
): { tally: Tally; depth: number; key: string }[] {
  return tallies.flatMap((tally, at) => {
    const key = `${above}${at}`;
    return [{ tally, depth, key }, ...linesOf(tally.clauses ?? [], depth + 1, `${key}.`)];
  });
}
