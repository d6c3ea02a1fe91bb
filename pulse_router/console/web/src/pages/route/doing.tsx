/** How a route does: its rate, its latency, its breaker, and what its attempts were answered. */

import { useMemo } from "preact/hooks";
import { get } from "../../api/client.ts";
import { type Reading, useReading } from "../../api/reading.ts";
import { useQuery } from "../../app/location.ts";
import { Chart } from "../../parts/chart.tsx";
import { SelectField } from "../../parts/field.tsx";
import { Facts, Section } from "../../parts/page.tsx";
import { Spark } from "../../parts/spark.tsx";
import { States } from "../../parts/states.tsx";
import { Badge, Count, Length, Time } from "../../parts/values.tsx";
import { answerSeries } from "../../rules/attempts.ts";
import { rate } from "../../rules/numbers.ts";
import { failure } from "../../words/en/errors.ts";
import { routes as words } from "../../words/en/routes.ts";
import { type Moving, useMoving } from "../routes/moving.ts";
import type { Route } from "../routes/routes.ts";
import { Answers, type Counts } from "./answers.tsx";
import type { Stats } from "./stats.ts";

const HOUR_MS = 3_600_000;
const EVERY_MS = 30_000;

export function Doing({ route, stats }: { route: Route; stats: Reading<Stats> }) {
  const moving = useMoving();
  const [query, setQuery] = useQuery();
  const given = query.get("span") ?? "1";
  const span = given in words.spans ? given : "1";
  const counts = useReading<Counts>(
    async (signal) => {
      const to = Date.now();
      const from = to - Number(span) * HOUR_MS;
      const { minutes } = await get("/api/v1/customer/message-routes/{route_id}/receipts/counts", {
        path: { route_id: route.id },
        query: { from: new Date(from).toISOString(), to: new Date(to).toISOString() },
        signal,
      });
      return { minutes, from, to };
    },
    [route.id, span],
    { every: EVERY_MS },
  );
  return (
    <>
      <States reading={stats} lines={6}>
        {(value) => <Figures stats={value} at={stats.at} moving={moving} route={route} />}
      </States>
      <Section
        heading={words.answersHeading}
        actions={
          <SelectField
            label={words.span}
            value={span}
            choices={Object.entries(words.spans).map(([value, label]) => ({ value, label }))}
            onChoose={(chosen) =>
              setQuery({ span: chosen === "1" ? null : chosen }, { replace: true })
            }
          />
        }
      >
        <States
          reading={counts}
          lines={5}
          empty={(found) =>
            found.minutes.length === 0 ? <p class="faint">{words.noAnswers}</p> : undefined
          }
        >
          {(found) => <Plot counts={found} />}
        </States>
      </Section>
      <Answers id={route.id} counts={counts.value} pending={stats.value?.pending ?? 0} />
    </>
  );
}

function Plot({ counts }: { counts: Counts }) {
  const { times, series } = useMemo(() => {
    const found = answerSeries(counts.minutes, counts.from, counts.to);
    return {
      times: found.times,
      series: found.series.map(({ answer, values }) => ({
        label: answer === "left_out" ? words.leftOut : words.answer(answer),
        values,
      })),
    };
  }, [counts]);
  return <Chart label={words.answers} times={times} series={series} />;
}

function Figures(props: { stats: Stats; at: number | undefined; moving: Moving; route: Route }) {
  const { stats, moving, route } = props;
  const moved = moving.since(route.id, props.at);
  const live = moving.rate(route.id);
  const { facts } = words;
  const { latency } = stats;
  return (
    <div class="doing">
      <Facts
        facts={[
          [
            facts.rate,
            <span class="doing-rate">
              {live !== undefined && words.perSecond(rate(live).text)}
              <Spark
                label={words.spark(route.name)}
                values={moving.values(route.id)}
                width={160}
                height={28}
              />
            </span>,
          ],
          [facts.delivered, <Count n={stats.delivered + moved.delivered} />],
          [facts.failed, <Count n={stats.failed + moved.failed} />],
          [facts.dead, <Count n={stats.dead_lettered + moved.dead_lettered} />],
          [facts.since, <Time at={stats.since} />],
          [facts.pending, <Count n={stats.pending} exact={stats.pending_is_exact} />],
          stats.oldest_pending_at !== null && [
            facts.oldest,
            <Time at={stats.oldest_pending_at} age />,
          ],
          stats.unjudged > 0 && [facts.unjudged, <Count n={stats.unjudged} />],
        ]}
      />
      <Facts
        facts={[
          stats.breaker !== null && [facts.breaker, <Badge state={stats.breaker} />],
          stats.concurrency !== null && [facts.concurrency, words.concurrency(stats.concurrency)],
          stats.requests_per_second !== null && [
            facts.limit,
            words.perSecond(rate(stats.requests_per_second).text),
          ],
          latency !== null && [facts.p50, <Length ms={latency.p50_seconds * 1000} />],
          latency !== null && [facts.p95, <Length ms={latency.p95_seconds * 1000} />],
          latency !== null && [facts.p99, <Length ms={latency.p99_seconds * 1000} />],
          latency !== null && [facts.attempts, words.attempts(latency.attempts)],
          stats.last_error !== null && [
            facts.lastError,
            <>
              {stats.last_error} <span class="faint">{failure(stats.last_error).means}</span>{" "}
              <Time at={stats.last_error_at} age />
            </>,
          ],
        ]}
      />
    </div>
  );
}
