/** Which rows of a long list are in the page: those in sight, and the one that has the focus. */

import {
  defaultRangeExtractor,
  observeWindowOffset,
  observeWindowRect,
  type Range,
  type VirtualItem,
  Virtualizer,
  windowScroll,
} from "@tanstack/virtual-core";
import type { RefObject } from "preact";
import { useLayoutEffect, useReducer, useState } from "preact/hooks";

/** More are never in the page, however high the window is. */
export const MOST_ROWS = 60;
const OVERSCAN = 6;
const NARROW = "(max-width: 899px)";
const CARD_PIXELS = 92;

export interface Virtual {
  items: readonly VirtualItem[];
  height: number;
  /** Where the list begins on the page. */
  margin: number;
  isNarrow: boolean;
  /** Given to a card, whose height is its own. */
  measure: (element: HTMLElement | null) => void;
  scrollTo: (index: number) => void;
}

/**
 * Hold a list's rows in the page as far as they are in sight; the window scrolls.
 *
 * body: the element that is as high as all rows. kept: the place of a row that stays, -1 for none.
 */
export function useVirtual(
  count: number,
  body: RefObject<HTMLElement | null>,
  kept: number,
  keyOf: (index: number) => string | number,
): Virtual {
  const [, render] = useReducer((times: number) => times + 1, 0);
  const isNarrow = useMedia(NARROW);
  const [margin, setMargin] = useState(0);
  const options = {
    count,
    getScrollElement: (): Window => window,
    estimateSize: () => (isNarrow ? CARD_PIXELS : rowPixels()),
    getItemKey: keyOf,
    overscan: OVERSCAN,
    scrollMargin: margin,
    // Above stand the bar of the frame and the head of the table, below a bar of actions.
    scrollPaddingStart: 96,
    scrollPaddingEnd: 80,
    rangeExtractor: (range: Range) => extract(range, kept),
    observeElementRect: observeWindowRect,
    observeElementOffset: observeWindowOffset,
    scrollToFn: windowScroll,
    onChange: () => render(0),
  };
  const [virtualizer] = useState(() => new Virtualizer<Window, HTMLElement>(options));
  virtualizer.setOptions({ ...virtualizer.options, ...options });
  useLayoutEffect(() => virtualizer._didMount(), []);
  useLayoutEffect(() => virtualizer._willUpdate());
  useLayoutEffect(() => virtualizer.measure(), [isNarrow]);
  useLayoutEffect(() => {
    const top = body.current?.getBoundingClientRect().top;
    if (top !== undefined) setMargin(Math.round(top + window.scrollY));
  });
  return {
    items: virtualizer.getVirtualItems(),
    height: virtualizer.getTotalSize(),
    margin,
    isNarrow,
    measure: (element) => virtualizer.measureElement(element),
    scrollTo: (index) => virtualizer.scrollToIndex(index, { align: "auto" }),
  };
}

/** The places in sight with a few around them, and the one that is kept. */
export function extract(range: Range, kept: number): number[] {
  const near = defaultRangeExtractor(range).slice(0, MOST_ROWS - 1);
  if (kept < 0 || kept >= range.count || near.includes(kept)) return near;
  return kept < (near[0] ?? 0) ? [kept, ...near] : [...near, kept];
}

function rowPixels(): number {
  const height = getComputedStyle(document.documentElement).getPropertyValue("--row");
  return Number.parseFloat(height) || 36;
}

/** Whether a media query fits now. */
export function useMedia(query: string): boolean {
  const [media] = useState(() => matchMedia(query));
  const [fits, setFits] = useState(media.matches);
  useLayoutEffect(() => {
    const changed = (): void => setFits(media.matches);
    media.addEventListener("change", changed);
    return () => media.removeEventListener("change", changed);
  }, [media]);
  return fits;
}
