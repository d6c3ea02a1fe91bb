/** What dead letters came of: each route and error with its count; a click narrows the list. */

import { useState } from "preact/hooks";
import { useReading } from "../../api/reading.ts";
import { Button } from "../../parts/button.tsx";
import { Section } from "../../parts/page.tsx";
import { Spark } from "../../parts/spark.tsx";
import { States } from "../../parts/states.tsx";
import { Age, Count } from "../../parts/values.tsx";
import type { Query, Token } from "../../rules/filters.ts";
import { deadLetters as words } from "../../words/en/dead_letters.ts";
import { failure } from "../../words/en/errors.ts";
import { errorToken, nameOf } from "./columns.tsx";
import { type Route, summarize } from "./letters.ts";

const BUCKETS = 24;
const SHOWN = 5;

export function Causes(props: {
  query: Query;
  routes: readonly Route[];
  onChoose: (tokens: readonly Token[]) => void;
}) {
  const { query, routes, onChoose } = props;
  const [isWhole, setWhole] = useState(false);
  const { before: _, ...asked } = query;
  const reading = useReading(
    (signal) => summarize(asked, BUCKETS, signal),
    [JSON.stringify(asked)],
    { changes: ["dead_letters"], every: 30_000 },
  );
  return (
    <States reading={reading} lines={3}>
      {(summary) => {
        const causes = summary.routes
          .flatMap((route) => route.errors.map((error) => ({ route: route.route_id, ...error })))
          .sort((one, other) => other.count - one.count);
        if (causes.length === 0) return null;
        const shown = isWhole ? causes : causes.slice(0, SHOWN);
        const sum = (name: "failed" | "replayed" | "discarded"): number =>
          summary.routes.reduce((all, route) => all + route[name], 0);
        return (
          <Section
            heading={words.causesHeading}
            actions={
              <span class="faint">
                {words.counted(sum("failed"), sum("replayed"), sum("discarded"))}{" "}
                {!summary.is_exact && words.causesInexact}
              </span>
            }
          >
            <table class="causes">
              <caption class="unseen">{words.causesCaption}</caption>
              <thead>
                <tr>
                  <th scope="col">{words.causeColumns.error}</th>
                  <th scope="col">{words.causeColumns.route}</th>
                  <th scope="col" class="end">
                    {words.causeColumns.count}
                  </th>
                  <th scope="col">{words.causeColumns.when}</th>
                  <th scope="col" class="end">
                    {words.causeColumns.newest}
                  </th>
                </tr>
              </thead>
              <tbody>
                {shown.map((cause) => (
                  <tr key={`${cause.route} ${cause.error_message}`}>
                    <th scope="row">
                      <button
                        type="button"
                        class="as-link"
                        title={words.showCause(cause.error_message)}
                        onClick={() =>
                          onChoose([
                            { field: "status", value: "FAILED" },
                            { field: "route", value: String(cause.route) },
                            errorToken(cause.error_message),
                          ])
                        }
                      >
                        {cause.error_message}
                      </button>
                      <span class="faint">{failure(cause.error_message).means}</span>
                    </th>
                    <td>{nameOf(routes, cause.route)}</td>
                    <td class="end">
                      <Count n={cause.count} />
                    </td>
                    <td>
                      <Spark label={cause.error_message} values={cause.buckets} tone="bad" />
                    </td>
                    <td class="end">
                      <Age at={cause.newest_at} />
                    </td>
                  </tr>
                ))}
              </tbody>
            </table>
            {causes.length > SHOWN && !isWhole && (
              <Button class="small" onClick={() => setWhole(true)}>
                {words.moreCauses(causes.length - SHOWN)}
              </Button>
            )}
          </Section>
        );
      }}
    </States>
  );
}
