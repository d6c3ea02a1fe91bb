/** What the metrics of a device were: a chart each; which, and over which time, is in the address. */

import { useMemo } from "preact/hooks";
import { get, type Schema } from "../../api/client.ts";
import { useReading } from "../../api/reading.ts";
import { useQuery } from "../../app/location.ts";
import { zone } from "../../app/preferences.ts";
import { Button } from "../../parts/button.tsx";
import { Chart } from "../../parts/chart.tsx";
import { Section } from "../../parts/page.tsx";
import { States } from "../../parts/states.tsx";
import { Time } from "../../parts/values.tsx";
import { exact } from "../../rules/numbers.ts";
import type { Query } from "../../rules/query.ts";
import { charted, isOneLine, linesOf } from "../../rules/series.ts";
import { length, readTime, resolvePeriod, sayLength, stamp, writeTime } from "../../rules/times.ts";
import { device as words } from "../../words/en/devices.ts";

const PATH = "/api/v1/customer/devices/{device_id}/metrics";
const USUAL = "24h";
const BUCKETS = 240;
const MOST = 4;
/** A chart reads up to 200,000 messages: it is not read again at each of them. */
const AGAIN_MS = 30_000;

type Zoom = (span: { from: number; to: number } | undefined) => void;

interface Span {
  readonly key: string;
  readonly isFixed: boolean;
  ends(): { from?: string; to?: string };
}

/** The time that is shown: a span that was zoomed to, or one back from now. */
function spanOf(query: Query): Span {
  const [from, to] = [query.get("from"), query.get("to")];
  const fixed = {
    ...(readTime(from) !== undefined && { from: from as string }),
    ...(readTime(to) !== undefined && { to: to as string }),
  };
  const isFixed = Object.keys(fixed).length > 0;
  const period = isFixed ? fixed : { last: query.get("last") ?? USUAL };
  return { key: JSON.stringify(period), isFixed, ends: () => resolvePeriod(period, Date.now()) };
}

export function Metrics({ id }: { id: string }) {
  const [query, setQuery] = useQuery();
  const span = spanOf(query);
  const reading = useReading(
    (signal) => get(PATH, { path: { device_id: id }, query: span.ends(), signal }),
    [id, span.key],
    span.isFixed ? {} : { every: AGAIN_MS },
  );
  const zoom: Zoom = (to) =>
    setQuery(
      to === undefined
        ? { from: null, to: null }
        : { from: writeTime(to.from), to: writeTime(to.to) },
    );
  return (
    <>
      <Periods query={query} span={span} onChoose={setQuery} />
      <States
        reading={reading}
        lines={8}
        empty={(page) =>
          (page.metrics ?? []).length > 0 ? undefined : <p class="faint">{words.noMetrics}</p>
        }
      >
        {(page) => (
          <Charts id={id} names={page.metrics ?? []} query={query} span={span} onZoom={zoom} />
        )}
      </States>
    </>
  );
}

function Periods(props: {
  query: Query;
  span: Span;
  onChoose: (patch: Record<string, string | null>) => void;
}) {
  const { query, span, onChoose } = props;
  const last = query.get("last") ?? USUAL;
  return (
    <div class="periods">
      <fieldset class="periods-choice">
        <legend class="unseen">{words.period}</legend>
        {Object.entries(words.periods).map(([value, label]) => (
          <Button
            key={value}
            aria-pressed={!span.isFixed && value === last}
            onClick={() => onChoose({ last: value === USUAL ? null : value, from: null, to: null })}
          >
            {label}
          </Button>
        ))}
      </fieldset>
      {span.isFixed ? (
        <>
          <span>
            <Time at={span.ends().from} /> – <Time at={span.ends().to} />
          </span>
          <Button icon="undo" onClick={() => onChoose({ from: null, to: null })}>
            {words.all}
          </Button>
        </>
      ) : (
        <span class="faint">{words.zoomHint}</span>
      )}
    </div>
  );
}

function Charts(props: {
  id: string;
  names: readonly Schema<"MetricAnswer">[];
  query: Query;
  span: Span;
  onZoom: Zoom;
}) {
  const { id, names, query, span, onZoom } = props;
  const [, setQuery] = useQuery();
  const shown = charted(names, query.list("metrics"), MOST);
  const turn = (name: string): void => {
    const others = shown.filter((each) => each !== name);
    const chosen = others.length < shown.length ? others : [...shown, name];
    setQuery({ metrics: chosen }, { replace: true });
  };
  const columns = words.metricColumns;
  return (
    <>
      <div class="charts">
        {shown.map((name) => (
          <MetricChart key={name} id={id} name={name} span={span} onZoom={onZoom} />
        ))}
      </div>
      <Section heading={words.choose}>
        <p class="faint">{words.charted(shown.length, names.length)}</p>
        <table class="plain-table">
          <thead>
            <tr>
              <th scope="col">{columns.show}</th>
              <th scope="col">{columns.name}</th>
              <th scope="col" class="end">
                {columns.numbers}
              </th>
              <th scope="col">{columns.last}</th>
            </tr>
          </thead>
          <tbody>
            {names.map((metric) => (
              <tr key={metric.name}>
                <td>
                  <input
                    type="checkbox"
                    aria-label={words.chart(metric.name)}
                    checked={shown.includes(metric.name)}
                    disabled={metric.numbers === 0}
                    onChange={() => turn(metric.name)}
                  />
                </td>
                <th scope="row">
                  <code>{metric.name}</code>
                </th>
                <td class="end number">{exact(metric.numbers)}</td>
                <td>
                  <Time at={metric.last_at} />
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </Section>
    </>
  );
}

function MetricChart(props: { id: string; name: string; span: Span; onZoom: Zoom }) {
  const { id, name, span, onZoom } = props;
  const reading = useReading(
    (signal) =>
      get(PATH, {
        path: { device_id: id },
        query: { ...span.ends(), metric: name, buckets: BUCKETS },
        signal,
      }),
    [id, name, span.key],
    span.isFixed ? {} : { every: AGAIN_MS },
  );
  const answer = reading.value;
  const lines = useMemo(
    () => linesOf(answer?.buckets ?? [], Number(answer?.bucket_seconds ?? 1)),
    [answer],
  );
  const series = useMemo(() => {
    const mean = { label: words.mean, values: lines.mean };
    if (isOneLine(lines)) return [{ label: name, values: lines.mean }];
    return [mean, { label: words.min, values: lines.min }, { label: words.max, values: lines.max }];
  }, [lines]);
  return (
    <States
      reading={reading}
      lines={6}
      empty={(page) =>
        (page.buckets ?? []).length > 0 ? undefined : (
          <p class="faint">
            <code>{name}</code> {words.noNumbers}
          </p>
        )
      }
    >
      {(page) => (
        <>
          <Chart
            label={name}
            unit={words.bucket(sayLength(length(Number(page.bucket_seconds ?? 1) * 1000)))}
            times={lines.times}
            series={series}
            onZoom={onZoom}
          />
          {page.complete_from != null && (
            <p class="faint">
              {words.incomplete(stamp(readTime(page.complete_from) ?? 0, zone.value))}
            </p>
          )}
        </>
      )}
    </States>
  );
}
