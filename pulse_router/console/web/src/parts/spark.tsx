/** A line of figures in one line of text, and a bar of what is done. */

import { count } from "../rules/numbers.ts";
import { common } from "../words/en/common.ts";

/** Values by time, oldest first. tone: of what it counts. */
export function Spark(props: {
  values: readonly number[];
  label: string;
  width?: number;
  height?: number;
  tone?: "accent" | "bad" | "good" | "warn";
}) {
  const { values, width = 96, height = 20, tone = "accent" } = props;
  const most = Math.max(1, ...values);
  const step = values.length > 1 ? width / (values.length - 1) : 0;
  const y = (value: number): number => height - 1.5 - (value / most) * (height - 3);
  const line = values.map((value, at) => `${(at * step).toFixed(1)},${y(value).toFixed(1)}`);
  const said = (value: number): string => count(value).text;
  const label = `${props.label}: ${common.spark(said(Math.min(...values)), said(Math.max(...values)), said(values.at(-1) ?? 0))}`;
  if (values.length === 0) return null;
  return (
    <svg
      class={`spark ${tone}`}
      width={width}
      height={height}
      viewBox={`0 0 ${width} ${height}`}
      role="img"
      aria-label={label}
    >
      <title>{label}</title>
      <polygon points={`0,${height} ${line.join(" ")} ${width},${height}`} />
      <polyline points={line.join(" ")} />
    </svg>
  );
}

/** How far something is: parts of a whole, each with its tone. */
export function Bar(props: {
  label: string;
  whole: number;
  parts: readonly { n: number; tone: "good" | "bad" | "quiet" }[];
}) {
  const done = props.parts.reduce((sum, part) => sum + part.n, 0);
  const whole = Math.max(props.whole, done, 1);
  return (
    <div
      class="progress"
      role="progressbar"
      aria-label={props.label}
      aria-valuemin={0}
      aria-valuemax={whole}
      aria-valuenow={done}
    >
      {props.parts.map((part) => (
        <div
          key={part.tone}
          class={part.tone}
          style={{ inlineSize: `${(100 * part.n) / whole}%` }}
        />
      ))}
    </div>
  );
}
