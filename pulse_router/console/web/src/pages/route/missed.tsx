/** Messages of the last hour that a route missed: which clause fails most, and how closely. */

import { signal } from "@preact/signals";
import { useMemo } from "preact/hooks";
import { lines, type Schema } from "../../api/client.ts";
import { foreignTenant } from "../../api/credentials.ts";
import { useReading } from "../../api/reading.ts";
import { link } from "../../app/location.ts";
import { Button } from "../../parts/button.tsx";
import { Clauses } from "../../parts/clauses.tsx";
import { Section } from "../../parts/page.tsx";
import { NoneYet, States } from "../../parts/states.tsx";
import { Time } from "../../parts/values.tsx";
import type { Clause } from "../../rules/clauses.ts";
import { writeTime } from "../../rules/times.ts";
import { connect, missed as words } from "../../words/en/route_parts.ts";
import { NearMisses } from "../editor/near_misses.tsx";
import type { Route } from "../routes/routes.ts";

type Progress = Schema<"PreviewProgress">;
type Result = Schema<"PreviewResult">;

const HOUR_MS = 3_600_000;
const EXAMPLES = 5;

export function Missed({ route }: { route: Route }) {
  if (route.payload_filter === null) {
    return (
      <NoneYet icon="filter" title={words.noFilter}>
        {words.noFilterText}
      </NoneYet>
    );
  }
  if (foreignTenant.value !== undefined) return <p class="faint">{connect.needsOwn}</p>;
  return <Misses route={route} />;
}

function Misses({ route }: { route: Route }) {
  const progress = useMemo(() => signal<Progress | undefined>(undefined), []);
  const reading = useReading(
    (stop) =>
      preview(route, stop, (told) => {
        progress.value = told;
      }),
    [route.id, route.version],
  );
  const told = progress.value;
  return (
    <Section
      heading={words.heading}
      actions={
        <Button icon="replay" busy={reading.loading} onClick={() => reading.again()}>
          {words.again}
        </Button>
      }
    >
      <p class="faint">{words.text}</p>
      {reading.loading && told && (
        <p role="status">{told.is_waiting ? words.waits : words.looking(told.looked_at)}</p>
      )}
      <States reading={reading} lines={6} empty={(result) => noneOf(result, route)}>
        {(result) => <Shown result={result} />}
      </States>
    </Section>
  );
}

function noneOf(result: Result, route: Route) {
  if (result.looked_at === 0) {
    return (
      <NoneYet icon="message" title={words.none}>
        {words.noneText}
      </NoneYet>
    );
  }
  if (result.topic_matched === 0) {
    return (
      <NoneYet icon="filter" title={words.noneFits}>
        {words.noneFitsText(route.topic_filter)}
      </NoneYet>
    );
  }
  if (result.filter_passed === result.topic_matched) {
    return (
      <NoneYet icon="check" title={words.allPass}>
        {words.allPassText}
      </NoneYet>
    );
  }
  return undefined;
}

function Shown({ result }: { result: Result }) {
  const { looked_at, topic_matched, filter_passed } = result;
  const failed = result.examples.failed.slice(0, EXAMPLES);
  return (
    <>
      <p>
        {words.counts(looked_at, topic_matched, filter_passed)}{" "}
        {result.stopped_by !== null && words.cut[result.stopped_by]}
      </p>
      <NearMisses result={result} />
      {failed.length > 0 && (
        <Section heading={words.examples}>
          <ul class="misses">
            {failed.map((example) => (
              <li key={example.event_id}>
                <p>
                  <a href={link(`/messages/${example.event_id}`)}>
                    {words.example(example.device_id)}
                  </a>{" "}
                  <Time at={example.received_at} ms /> <span class="faint">{example.reason}</span>
                </p>
                <Clauses clauses={example.clauses as unknown as readonly Clause[]} />
              </li>
            ))}
          </ul>
        </Section>
      )}
    </>
  );
}

/** Try the route as it is over the messages of the last hour. */
async function preview(
  route: Route,
  stop: AbortSignal,
  tell: (progress: Progress) => void,
): Promise<Result> {
  const { id, name, topic_filter, destination_type, destination_config, payload_filter } = route;
  const body = {
    route: { name, topic_filter, destination_type, destination_config, payload_filter },
    route_id: id,
    from: writeTime(Date.now() - HOUR_MS),
  };
  const path = "/api/v1/customer/message-routes/preview";
  for await (const line of lines<{ progress?: Progress; result?: Result }>("post", path, {
    body,
    signal: stop,
  })) {
    if (line.progress) tell(line.progress);
    if (line.result) return line.result;
  }
  throw new Error("the preview ended without a result");
}
