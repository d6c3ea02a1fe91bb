/** A chart over time. What draws it is loaded when the first chart comes; a table says the same. */

import { useEffect, useRef } from "preact/hooks";
import type uPlot from "uplot";
import { theme, zone } from "../app/preferences.ts";
import { exact } from "../rules/numbers.ts";
import { stamp } from "../rules/times.ts";
import { common } from "../words/en/common.ts";
import { useMedia } from "./table/virtual.ts";

const HEIGHT = 220;
const COLOURS = 6;
/** Series are told apart by dash as well as by colour. */
const DASHES = [[], [6, 4], [2, 3], [10, 4], [10, 3, 2, 3], [4, 2]];

export interface Series {
  label: string;
  /** One for each time; null where there is none. */
  values: readonly (number | null)[];
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
  onZoom?: (span: { from: number; to: number } | undefined) => void;
}) {
  const { label, times, series, unit, onZoom } = props;
  const around = useRef<HTMLDivElement>(null);
  const isDark = useMedia("(prefers-color-scheme: dark)");
  const isUtc = zone.value === "utc";
  const look = `${theme.value} ${isDark}`;
  const zoomed = useRef(onZoom);
  zoomed.current = onZoom;
  useEffect(() => {
    const element = around.current;
    if (element === null) return;
    let plot: uPlot | undefined;
    let isGone = false;
    const sized = new ResizeObserver(() =>
      plot?.setSize({ width: element.clientWidth, height: HEIGHT }),
    );
    void import("uplot").then(({ default: Plot }) => {
      if (isGone) return;
      const data: uPlot.AlignedData = [
        times.map((time) => time / 1000),
        ...series.map((each) => [...each.values]),
      ];
      plot = new Plot(options(element, Plot, series, isUtc, zoomed), data, element);
      sized.observe(element);
    });
    return () => {
      isGone = true;
      sized.disconnect();
      plot?.destroy();
    };
  }, [times, series, look, isUtc]);
  return (
    <figure class="chart">
      <figcaption>
        <span>
          {label}
          {unit && <span class="faint"> {unit}</span>}
        </span>
        <ul class="chart-key">
          {series.map((each, at) => (
            <li key={each.label}>
              <svg width={20} height={8} aria-hidden="true">
                <line
                  x2={20}
                  y1={4}
                  y2={4}
                  style={{ stroke: `var(--series-${(at % COLOURS) + 1})` }}
                  stroke-dasharray={DASHES[at % DASHES.length]?.join(" ")}
                />
              </svg>
              {each.label}
            </li>
          ))}
        </ul>
      </figcaption>
      <div ref={around} class="chart-plot" role="img" aria-label={common.chart(label)} />
      <Figures times={times} series={series} />
    </figure>
  );
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

function options(
  element: HTMLElement,
  Plot: typeof uPlot,
  series: readonly Series[],
  isUtc: boolean,
  zoomed: { current: ((span: { from: number; to: number } | undefined) => void) | undefined },
): uPlot.Options {
  const axis = {
    stroke: colour(element, "--faint"),
    grid: { stroke: colour(element, "--line"), width: 1 },
    ticks: { stroke: colour(element, "--edge"), width: 1 },
  };
  return {
    width: element.clientWidth,
    height: HEIGHT,
    legend: { show: false },
    cursor: { drag: { x: true, y: false, setScale: false } },
    tzDate: (seconds) =>
      isUtc ? Plot.tzDate(new Date(seconds * 1000), "Etc/UTC") : new Date(seconds * 1000),
    scales: { x: { time: true } },
    axes: [
      { ...axis, values: (_, marks) => dated(marks, isUtc) },
      { ...axis, size: 56 },
    ],
    series: [
      {},
      ...series.map((each, at) => ({
        label: each.label,
        stroke: colour(element, `--series-${(at % COLOURS) + 1}`),
        width: 1.5,
        dash: DASHES[at % DASHES.length] ?? [],
        points: { show: false },
        spanGaps: false,
      })),
    ],
    hooks: {
      setSelect: [
        (plot) => {
          if (plot.select.width < 4) return;
          const at = (pixel: number): number => Math.round(plot.posToVal(pixel, "x") * 1000);
          const from = at(plot.select.left);
          zoomed.current?.({ from, to: at(plot.select.left + plot.select.width) });
        },
      ],
      ready: [(plot) => plot.over.addEventListener("dblclick", () => zoomed.current?.(undefined))],
    },
  };
}

/** Marks of time, 24 hours; the date stands where it is another. */
function dated(marks: readonly number[], isUtc: boolean): string[] {
  let before = "";
  return marks.map((seconds) => {
    const [date = "", time = ""] = stamp(seconds * 1000, isUtc ? "utc" : "local").split(" ");
    const shown = time.endsWith(":00") ? time.slice(0, 5) : time;
    const isNew = date !== before;
    before = date;
    return isNew ? `${shown}\n${date}` : shown;
  });
}

/** A token's colour as a canvas takes it, in the theme of the element. */
function colour(element: HTMLElement, token: string): string {
  const probe = document.createElement("i");
  probe.style.color = `var(${token})`;
  element.append(probe);
  const found = getComputedStyle(probe).color;
  probe.remove();
  return found;
}
