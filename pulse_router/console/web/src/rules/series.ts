/** What a metric was, as lines of a chart: where nothing was measured, the lines are broken. */

interface Bucket {
  readonly at: string;
  readonly min: unknown;
  readonly mean: unknown;
  readonly max: unknown;
}

export interface Lines {
  /** Milliseconds, rising. */
  readonly times: readonly number[];
  readonly min: readonly (number | null)[];
  readonly mean: readonly (number | null)[];
  readonly max: readonly (number | null)[];
}

/** buckets: rising by time; those without a number are left out. seconds: how long each is. */
export function linesOf(buckets: readonly Bucket[], seconds: number): Lines {
  const times: number[] = [];
  const [min, mean, max]: (number | null)[][] = [[], [], []] as (number | null)[][];
  const add = (at: number, bucket: Bucket | undefined): void => {
    times.push(at);
    for (const [line, value] of [
      [min, bucket?.min],
      [mean, bucket?.mean],
      [max, bucket?.max],
    ] as const) {
      line?.push(value === undefined ? null : Number(String(value)));
    }
  };
  const step = seconds * 1000;
  for (const bucket of buckets) {
    const at = Date.parse(bucket.at);
    const before = times.at(-1);
    if (before !== undefined && at - before > 1.5 * step) add(before + step, undefined);
    add(at, bucket);
  }
  return { times, min: min ?? [], mean: mean ?? [], max: max ?? [] };
}

/** Whether the three lines are one: where there is a number in each bucket at the most. */
export function isOneLine(lines: Lines): boolean {
  return lines.times.every((_, at) => lines.min[at] === lines.max[at]);
}

/** The metrics that are charted: those that were chosen, else the first that have numbers. */
export function charted(
  names: readonly { readonly name: string; readonly numbers: number }[],
  chosen: readonly string[],
  most: number,
): string[] {
  if (chosen.length > 0) return [...new Set(chosen)].slice(0, 2 * most);
  return names
    .filter((metric) => metric.numbers > 0)
    .slice(0, most)
    .map((metric) => metric.name);
}
