/** What attempts were answered: those that delivered, those of what waits, those given up after. */

import { get, type Schema } from "../../api/client.ts";
import { useReading } from "../../api/reading.ts";
import { Section } from "../../parts/page.tsx";
import { States } from "../../parts/states.tsx";
import { Count } from "../../parts/values.tsx";
import { byAnswer } from "../../rules/attempts.ts";
import { failure } from "../../words/en/errors.ts";
import { routes as words } from "../../words/en/routes.ts";
import { summarize } from "../dead-letters/letters.ts";

/** Receipts by minute, and between which moments. */
export interface Counts {
  readonly minutes: readonly Schema<"MinuteAnswer">[];
  readonly from: number;
  readonly to: number;
}

const LOOKED_AT = 100;
/** As far as a list is passed over. */
const DEEPEST = 10_000;
const EVERY_MS = 30_000;

/** pending: how many wait. Those that were attempted are due last, so the end is looked at. */
export function Answers(props: { id: number; counts: Counts | undefined; pending: number }) {
  const { id, counts } = props;
  const reading = useReading(
    async (signal) => {
      const pending = await get("/api/v1/customer/message-routes/{route_id}/deliveries", {
        path: { route_id: id },
        query: {
          limit: LOOKED_AT,
          offset: Math.min(Math.max(0, props.pending - LOOKED_AT), DEEPEST),
        },
        signal,
      });
      const dead = await summarize({ route_id: String(id), status: "FAILED" }, 1, signal);
      return { pending: pending.deliveries, dead: dead.routes.flatMap((route) => route.errors) };
    },
    [id, props.pending > 0],
    { changes: ["dead_letters"], every: EVERY_MS },
  );
  const { columns } = words.answered;
  return (
    <Section heading={words.answered.heading}>
      <States reading={reading} lines={3}>
        {({ pending, dead }) => {
          const rows = byAnswer(counts?.minutes ?? [], pending, dead);
          if (rows.length === 0) return <p class="faint">{words.answered.none}</p>;
          return (
            <table class="plain-table folds">
              <caption class="unseen">{words.answered.caption}</caption>
              <thead>
                <tr>
                  <th scope="col">{columns.answer}</th>
                  <th scope="col" class="end">
                    {columns.delivered}
                  </th>
                  <th scope="col" class="end">
                    {columns.waiting}
                  </th>
                  <th scope="col" class="end">
                    {columns.dead}
                  </th>
                  <th scope="col">{columns.example}</th>
                </tr>
              </thead>
              <tbody>
                {rows.map((row) => (
                  <tr key={row.answer}>
                    <th scope="row" class="number">
                      {row.answer ?? words.noAnswer}
                    </th>
                    <td class="end" data-head={columns.delivered}>
                      <Count n={row.delivered} />
                    </td>
                    <td class="end" data-head={columns.waiting}>
                      <Count n={row.waiting} />
                    </td>
                    <td class="end" data-head={columns.dead}>
                      <Count n={row.dead} />
                    </td>
                    <td>
                      {row.example && (
                        <>
                          {row.example} <span class="faint">{failure(row.example).means}</span>
                        </>
                      )}
                    </td>
                  </tr>
                ))}
              </tbody>
            </table>
          );
        }}
      </States>
    </Section>
  );
}
