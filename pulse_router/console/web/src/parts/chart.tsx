/** A chart over time, drawn in SVG; a table says the same. */

import { useLayoutEffect, useRef, useState } from "preact/hooks";
import { zone } from "../app/preferences.ts";
import { lineOf, marksOf, momentsOf, nearest, reach } from "../rules/axes.ts";
import { exact } from "../rules/numbers.ts";
import { stamp } from "../rules/times.ts";
import { common } from "../words/en/common.ts";

const HEIGHT = 220;
const FOOT = 36;
const EDGE = 8;
const COLOURS = 6;
const LETTER_PIXELS = 7;
const MARK_PIXELS = { wide: 96, high: 40 };
/** What is drawn over less is a click. */
const LEAST_SPAN_PIXELS = 4;
/** Series are told apart by dash as well as by colour. */
const DASHES = ["", "6 4", "2 3", "10 4", "10 3 2 3", "4 2"];

export interface Series {
  label: string;
  /** One for each time; null where there is none. */
  values: readonly (number | null)[];
}

interface Span {
  from: number;
  to: number;
}

/**
 * times: milliseconds, rising. unit: what the values are. onZoom: the span that was drawn over, or
 * undefined for all.
 */
export function Chart(props: {
  label: string;
  times: readonly number[];
  series: readonly Series[];
  unit?: string;
  onZoom?: (span: Span | undefined) => void;
}) {
  const { label, times, series, unit } = props;
  const [pointed, setPointed] = useState<number>();
  const at = pointed === undefined ? -1 : nearest(times, pointed);
  return (
    <figure class="chart">
      <figcaption>
        <span>
          {label}
          {unit && <span class="faint"> {unit}</span>}
          {at >= 0 && <span class="faint chart-at"> {stamp(times[at] as number, zone.value)}</span>}
        </span>
        <ul class="chart-key">
          {series.map((each, index) => (
            <li key={each.label}>
              <svg width={20} height={8} aria-hidden="true">
                <line x2={20} y1={4} y2={4} {...lookOf(index)} />
              </svg>
              {each.label}
              {at >= 0 && <span class="number">{sayValue(each.values[at])}</span>}
            </li>
          ))}
        </ul>
      </figcaption>
      <Plot {...props} at={at} onPoint={setPointed} />
      <Figures times={times} series={series} />
    </figure>
  );
}

const sayValue = (value: number | null | undefined): string => (value == null ? "–" : exact(value));

const lookOf = (index: number) => ({
  class: `series-${(index % COLOURS) + 1}`,
  "stroke-dasharray": DASHES[index % DASHES.length] as string,
});

/** at: the place of the time that is pointed at, -1 for none. onPoint: tells the moment. */
function Plot(props: {
  label: string;
  times: readonly number[];
  series: readonly Series[];
  at: number;
  onPoint: (at: number | undefined) => void;
  onZoom?: (span: Span | undefined) => void;
}) {
  const { times, series, onPoint, onZoom } = props;
  const around = useRef<HTMLDivElement>(null);
  const width = useWidth(around);
  const [drawn, setDrawn] = useState<Span>();
  const [from, to] = [times[0] ?? 0, Math.max(times.at(-1) ?? 1, (times[0] ?? 0) + 1)];
  const [low, high] = reach(series.map((each) => each.values));
  const marks = marksOf(low, high, (HEIGHT - FOOT) / MARK_PIXELS.high);
  const start = Math.max(...marks.map((mark) => mark.said.length), 3) * LETTER_PIXELS + 2 * EDGE;
  const [across, down] = [Math.max(1, width - start - EDGE), HEIGHT - FOOT - EDGE];
  const x = (time: number): number => start + ((time - from) / (to - from)) * across;
  const y = (value: number): number => EDGE + (1 - (value - low) / (high - low)) * down;
  const timeAt = (event: PointerEvent): number => {
    const left = event.clientX - (around.current?.getBoundingClientRect().left ?? 0) - start;
    return Math.round(from + (Math.min(Math.max(left, 0), across) / across) * (to - from));
  };
  const isDrawn = drawn && Math.abs(x(drawn.to) - x(drawn.from)) >= LEAST_SPAN_PIXELS;
  const release = (): void => {
    if (drawn && isDrawn) {
      onZoom?.({ from: Math.min(drawn.from, drawn.to), to: Math.max(drawn.from, drawn.to) });
    }
    setDrawn(undefined);
  };
  return (
    <div
      ref={around}
      class="chart-plot"
      role="img"
      aria-label={common.chart(props.label)}
      onPointerDown={(event) => {
        if (onZoom === undefined || event.button !== 0 || event.pointerType === "touch") return;
        event.currentTarget.setPointerCapture(event.pointerId);
        setDrawn({ from: timeAt(event), to: timeAt(event) });
      }}
      onPointerMove={(event) => {
        onPoint(timeAt(event));
        if (drawn) setDrawn({ from: drawn.from, to: timeAt(event) });
      }}
      onPointerLeave={() => onPoint(undefined)}
      onPointerUp={release}
      onPointerCancel={() => setDrawn(undefined)}
      onDblClick={() => onZoom?.(undefined)}
    >
      {width > 0 && (
        <svg width={width} height={HEIGHT} aria-hidden="true">
          <Marks
            marks={marks.map((mark) => ({ y: y(mark.at), said: mark.said }))}
            moments={dated(from, to, across / MARK_PIXELS.wide).map((moment) => ({
              ...moment,
              x: x(moment.at),
            }))}
            start={start}
            end={width - EDGE}
          />
          {series.map((each, index) => (
            <path
              key={each.label}
              d={lineOf(each.values, (place) => x(times[place] as number), y)}
              {...lookOf(index)}
            />
          ))}
          {props.at >= 0 && <Rule x={x(times[props.at] as number)} class="chart-pointed" />}
          {drawn && isDrawn && (
            <rect
              class="chart-drawn"
              x={Math.min(x(drawn.from), x(drawn.to))}
              width={Math.abs(x(drawn.to) - x(drawn.from))}
              height={HEIGHT - FOOT}
            />
          )}
        </svg>
      )}
    </div>
  );
}

const Rule = (props: { x: number; class: string }) => (
  <line class={props.class} x1={props.x} x2={props.x} y1={EDGE} y2={HEIGHT - FOOT} />
);

function Marks(props: {
  marks: readonly { y: number; said: string }[];
  moments: readonly { x: number; clock: string; date: string }[];
  start: number;
  end: number;
}) {
  const { start, end } = props;
  return (
    <>
      {props.marks.map((mark) => (
        <g key={mark.said}>
          <line class="chart-rule" x1={start} x2={end} y1={mark.y} y2={mark.y} />
          <text x={start - EDGE} y={mark.y + 4} text-anchor="end">
            {mark.said}
          </text>
        </g>
      ))}
      {props.moments.map((moment) => (
        <g key={moment.x}>
          <Rule x={moment.x} class="chart-rule" />
          <text x={moment.x} y={HEIGHT - FOOT + 14} text-anchor="middle">
            {moment.clock}
          </text>
          <text x={moment.x} y={HEIGHT - FOOT + 28} text-anchor="middle">
            {moment.date}
          </text>
        </g>
      ))}
    </>
  );
}

/** How wide an element is, now and when it changes; 0 before it is known. */
function useWidth(around: { readonly current: HTMLElement | null }): number {
  const [width, setWidth] = useState(0);
  useLayoutEffect(() => {
    const element = around.current;
    if (element === null) return;
    const sizes = new ResizeObserver(() => setWidth(element.clientWidth));
    sizes.observe(element);
    setWidth(element.clientWidth);
    return () => sizes.disconnect();
  }, []);
  return width;
}

/** Marks of time, 24 hours; the date stands where it is another. */
function dated(from: number, to: number, most: number) {
  const offset = (at: number): number =>
    zone.value === "utc" ? 0 : -new Date(at).getTimezoneOffset() * 60_000;
  let before = "";
  return momentsOf(from, to, most, offset).map((at) => {
    const [day = "", time = ""] = stamp(at, zone.value).split(" ");
    const date = day === before ? "" : day;
    before = day;
    return { at, date, clock: time.endsWith(":00") ? time.slice(0, 5) : time };
  });
}

/** The same as a table, newest first, as far as one reads. */
function Figures({ times, series }: { times: readonly number[]; series: readonly Series[] }) {
  const most = 200;
  const places = times
    .map((_, at) => at)
    .slice(-most)
    .reverse();
  return (
    <details>
      <summary>{common.asTable}</summary>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls, and must do so by keys. */}
      <div class="chart-table" tabIndex={0}>
        <table>
          <thead>
            <tr>
              <th scope="col">{common.at}</th>
              {series.map((each) => (
                <th key={each.label} scope="col">
                  {each.label}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {places.map((at) => (
              <tr key={times[at]}>
                <th scope="row" class="number">
                  {stamp(times[at] as number, zone.value)}
                </th>
                {series.map((each) => (
                  <td key={each.label} class="number">
                    {each.values[at] == null ? "" : exact(each.values[at] as number)}
                  </td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </details>
  );
}
