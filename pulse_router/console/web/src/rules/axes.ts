/** What a chart is drawn by: marks on its axes, and lines through values in pixels. */

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const SPANS = [
  ...[1, 2, 5, 15, 30].map((count) => count * SECOND),
  ...[1, 2, 5, 15, 30].map((count) => count * MINUTE),
  ...[1, 3, 6, 12].map((count) => count * HOUR),
  ...[1, 2, 7, 14, 30, 90, 365].map((count) => count * DAY),
];

/** From the lowest to the highest of what is there; a little around where they are one. */
export function reach(lines: readonly (readonly (number | null)[])[]): readonly [number, number] {
  let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const value of lines.flat()) {
    if (value === null) continue;
    low = Math.min(low, value);
    high = Math.max(high, value);
  }
  if (low > high) return [0, 1];
  const around = low === high ? Math.abs(low) / 10 || 1 : (high - low) / 20;
  return [low - around, high + around];
}

/** Round numbers between two, about so many; each with the decimals that tell it from its neighbour. */
export function marksOf(low: number, high: number, most: number): { at: number; said: string }[] {
  const rough = (high - low) / Math.max(1, most);
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = ([1, 2, 5].find((factor) => factor * power >= rough) ?? 10) * power;
  const decimals = Math.min(12, Math.max(0, -Math.floor(Math.log10(step) + 1e-9)));
  const first = Math.ceil(low / step);
  const count = Math.floor(high / step) - first + 1;
  return Array.from({ length: count }, (_, index) => {
    const at = (first + index) * step;
    // A zero is no "-0".
    return { at, said: Math.abs(at) < 1e15 ? (at || 0).toFixed(decimals) : at.toPrecision(6) };
  });
}

/**
 * Moments between two where a clock shows something round, at most so many.
 *
 * offset: how many milliseconds a clock is ahead of UTC at a moment.
 */
export function momentsOf(
  from: number,
  to: number,
  most: number,
  offset: (at: number) => number,
): number[] {
  const span = SPANS.find((each) => (to - from) / each <= most) ?? (to - from) / Math.max(1, most);
  const found: number[] = [];
  for (let shown = Math.ceil((from + offset(from)) / span) * span; ; shown += span) {
    const at = shown - offset(shown - offset(from));
    if (at > to || found.length > most) return found;
    if (at >= from) found.push(at);
  }
}

/** The path of an SVG through values, with a gap where there is none; a value alone is a dot. */
export function lineOf(
  values: readonly (number | null)[],
  x: (index: number) => number,
  y: (value: number) => number,
): string {
  let path = "";
  let isDrawn = false;
  for (const [index, value] of values.entries()) {
    if (value !== null) {
      const point = `${x(index).toFixed(1)} ${y(value).toFixed(1)}`;
      const isAlone = !isDrawn && (values[index + 1] ?? null) === null;
      path += isDrawn ? `L${point}` : isAlone ? `M${point}h0` : `M${point}`;
    }
    isDrawn = value !== null;
  }
  return path;
}

/** The place of what is nearest to a moment among rising times; -1 where there are none. */
export function nearest(times: readonly number[], at: number): number {
  let [low, high] = [0, times.length - 1];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (at - (times[middle] as number) > (times[middle + 1] as number) - at) low = middle + 1;
    else high = middle;
  }
  return high;
}
