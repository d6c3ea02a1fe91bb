/** Keys: what is bound, and what a key that was pressed does. Never while somebody types. */

import { signal } from "@preact/signals";
import { useLayoutEffect, useRef } from "preact/hooks";
import { letters } from "./preferences.ts";

/**
 * keys: one, or several one after another: `g o`, `?`, `Ctrl+Enter`. say: what it does.
 * always: also while one types (for keys with Ctrl).
 */
export interface Binding {
  readonly keys: string;
  readonly say: string;
  readonly always?: boolean;
  run(event: KeyboardEvent): void;
}

const PATIENCE_MS = 1_200;

/** What the page has bound, newest last, and what is bound everywhere. */
export const pageKeys = signal<readonly Binding[]>([]);
export const shellKeys = signal<readonly Binding[]>([]);

/** Bind keys as long as the component is there. */
export function useKeys(bindings: readonly Binding[], where = pageKeys): void {
  const latest = useRef(bindings);
  latest.current = bindings;
  // Before the page has the focus: a key that comes at once is for it.
  useLayoutEffect(() => {
    const bound = bindings.map(({ keys, say, always }, index): Binding => {
      const run = (event: KeyboardEvent): void => latest.current[index]?.run(event);
      return { keys, say, run, ...(always ? { always } : {}) };
    });
    where.value = [...where.peek(), ...bound];
    return () => {
      where.value = where.peek().filter((binding) => !bound.includes(binding));
    };
  }, [bindings.map((binding) => binding.keys + binding.say).join()]);
}

let before = "";
let beforeAt = 0;

/** Do what a key is bound to. */
export function press(event: KeyboardEvent): void {
  if (event.defaultPrevented || event.isComposing || event.metaKey || event.altKey) return;
  const name = `${event.ctrlKey ? "Ctrl+" : ""}${event.key}`;
  const rests = isTyping(event.target) || document.querySelector("dialog[open]:modal") !== null;
  const isLetter = event.key.length === 1 && !event.ctrlKey;
  const found = [two(name), name]
    .map((keys) => [...shellKeys.peek(), ...pageKeys.peek()].findLast((it) => it.keys === keys))
    .find((binding) => binding !== undefined);
  remember(rests || found !== undefined ? "" : name);
  if (found === undefined || (rests && !found.always)) return;
  if (isLetter && letters.peek() === "off") return;
  event.preventDefault();
  found.run(event);
}

function two(name: string): string {
  return performance.now() - beforeAt < PATIENCE_MS ? `${before} ${name}` : "";
}

function remember(name: string): void {
  before = name;
  beforeAt = performance.now();
}

/** Whether the keys go into a field. */
function isTyping(target: EventTarget | null): boolean {
  if (!(target instanceof HTMLElement)) return false;
  if (target.isContentEditable || target.matches("textarea, select")) return true;
  return (
    target instanceof HTMLInputElement &&
    !["checkbox", "radio", "button", "submit", "range"].includes(target.type)
  );
}
