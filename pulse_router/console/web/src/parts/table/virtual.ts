/** Which rows of a long list are in the page: those in sight, and the one that has the focus. */

import type { RefObject } from "preact";
import { useLayoutEffect, useReducer, useRef, useState } from "preact/hooks";
import { density } from "../../app/preferences.ts";
import { evenPlaces, rowsBetween, scrollFor, unevenPlaces } from "../../rules/rows.ts";

type Key = string | number;

/** More are never in the page, however high the window is. */
export const MOST_ROWS = 60;
const AROUND = 6;
const NARROW = "(max-width: 899px)";
const CARD_PIXELS = 92;
/** Above stand the bar of the frame and the head of the table, below a bar of actions. */
const COVERED = { above: 96, below: 80 };

export interface Virtual {
  items: readonly { index: number; key: Key; start: number }[];
  height: number;
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
  keyOf: (index: number) => Key,
): Virtual {
  const [, render] = useReducer((times: number) => times + 1, 0);
  const isNarrow = useMedia(NARROW);
  const [margin, setMargin] = useState(0);
  const cards = useCards(isNarrow);
  const places = isNarrow
    ? unevenPlaces(count, (index) => cards.heights.get(keyOf(index)) ?? CARD_PIXELS)
    : evenPlaces(count, rowPixels());
  const inSight = (): number[] => {
    const top = window.scrollY - margin;
    const rule = { around: AROUND, most: MOST_ROWS, kept };
    return rowsBetween(places, top, top + window.innerHeight, rule);
  };
  const rows = inSight();
  const latest = useRef({ places, keyOf, margin, changed: (): boolean => false });
  latest.current = { places, keyOf, margin, changed: () => inSight().join() !== rows.join() };

  useLayoutEffect(() => {
    const moved = (): void => {
      if (latest.current.changed()) render(0);
    };
    window.addEventListener("scroll", moved, { passive: true });
    window.addEventListener("resize", moved);
    return () => {
      window.removeEventListener("scroll", moved);
      window.removeEventListener("resize", moved);
    };
  }, []);
  useLayoutEffect(() => {
    const top = body.current?.getBoundingClientRect().top;
    if (top !== undefined) setMargin(Math.round(top + window.scrollY));
  });
  cards.onSize.current = (element, height) => {
    const now = latest.current;
    const index = Number(element.dataset.index);
    if (index >= now.places.count) return;
    const key = now.keyOf(index);
    const before = cards.heights.get(key) ?? CARD_PIXELS;
    if (before === height) return;
    cards.heights.set(key, height);
    if (cards.heights.size > 2 * (now.places.count + MOST_ROWS)) {
      // Rows that have left the list for good: a list that streams never ends.
      const here = new Set(Array.from({ length: now.places.count }, (_, at) => now.keyOf(at)));
      for (const known of cards.heights.keys()) if (!here.has(known)) cards.heights.delete(known);
    }
    // What grows above must not push away what is looked at.
    if (now.margin + now.places.startOf(index) < window.scrollY) {
      window.scrollBy(0, height - before);
    }
    render(0);
  };
  return {
    items: rows.map((index) => ({ index, key: keyOf(index), start: places.startOf(index) })),
    height: places.height,
    isNarrow,
    measure: cards.measure,
    scrollTo: (index) => {
      const start = margin + places.startOf(index);
      const end = margin + (index + 1 < count ? places.startOf(index + 1) : places.height);
      const by = scrollFor(
        { start, end },
        {
          top: window.scrollY + COVERED.above,
          bottom: window.scrollY + window.innerHeight - COVERED.below,
        },
      );
      if (by !== undefined) window.scrollBy({ top: by, behavior: "instant" });
    },
  };
}

/** Watch how high cards are, each by itself. */
function useCards(isNarrow: boolean) {
  const onSize = useRef<(element: HTMLElement, height: number) => void>(() => undefined);
  const [cards] = useState(() => {
    const sizes = new ResizeObserver((entries) => {
      for (const { target } of entries) {
        const height = target instanceof HTMLElement ? target.offsetHeight : 0;
        if (height > 0) onSize.current(target as HTMLElement, height);
        else sizes.unobserve(target); // It has left the page.
      }
    });
    const measure = (element: HTMLElement | null): void => {
      if (element !== null) sizes.observe(element);
    };
    return { heights: new Map<Key, number>(), sizes, measure };
  });
  useLayoutEffect(() => () => cards.sizes.disconnect(), [isNarrow]);
  return { ...cards, onSize };
}

function rowPixels(): number {
  void density.value; // Another density is another height, so it is drawn again.
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
