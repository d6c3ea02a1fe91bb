/** Where the rows of a long list stand, and which of them are in the page. */

export interface Places {
  readonly count: number;
  /** Of all rows, in pixels. */
  readonly height: number;
  startOf(index: number): number;
  /** The row at a height; the last one below all, 0 where there is none. */
  at(pixels: number): number;
}

/** Rows of one height. */
export function evenPlaces(count: number, size: number): Places {
  return {
    count,
    height: count * size,
    startOf: (index) => index * size,
    at: (pixels) => clamp(Math.floor(pixels / size), 0, Math.max(0, count - 1)),
  };
}

/** Rows each of its own height. */
export function unevenPlaces(count: number, sizeOf: (index: number) => number): Places {
  const starts = new Float64Array(count + 1);
  for (let index = 0; index < count; index += 1) {
    starts[index + 1] = (starts[index] as number) + sizeOf(index);
  }
  const startOf = (index: number): number => starts[index] as number;
  const at = (pixels: number): number => {
    let [low, high] = [0, count - 1];
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (startOf(middle) <= pixels) low = middle;
      else high = middle - 1;
    }
    return low;
  };
  return { count, height: startOf(count), startOf, at };
}

/**
 * The rows from one height to another with a few around them, never more than `most`, and the one
 * that is kept in any case (-1 for none).
 */
export function rowsBetween(
  places: Places,
  top: number,
  bottom: number,
  { around, most, kept }: { around: number; most: number; kept: number },
): number[] {
  if (places.count === 0) return [];
  const first = Math.max(0, places.at(top) - around);
  const last = Math.min(places.count - 1, places.at(bottom) + around, first + most - 2);
  const near = Array.from({ length: last - first + 1 }, (_, at) => first + at);
  if (kept < 0 || kept >= places.count || (kept >= first && kept <= last)) return near;
  return kept < first ? [kept, ...near] : [...near, kept];
}

/** Where to scroll so that a row is between two edges; undefined where it is. */
export function scrollFor(
  row: { start: number; end: number },
  sight: { top: number; bottom: number },
): number | undefined {
  if (row.start < sight.top) return row.start - sight.top;
  if (row.end > sight.bottom) return Math.min(row.end - sight.bottom, row.start - sight.top);
  return undefined;
}

function clamp(value: number, least: number, most: number): number {
  return Math.min(Math.max(value, least), most);
}
