/** Sentences that come and go: what was done, what did not work, and the way back for ten seconds. */

import { signal } from "@preact/signals";
import { useEffect, useState } from "preact/hooks";
import { Problem } from "../api/problem.ts";
import { Icon } from "../icons.tsx";
import { common } from "../words/en/common.ts";
import { problemSaid } from "../words/en/errors.ts";
import { Button } from "./button.tsx";

const SHOWN_MS = 6_000;
const AT_ONCE = 4;
export const UNDO_MS = 10_000;

interface Toast {
  readonly id: number;
  readonly sentence: string;
  readonly ms: number;
  readonly isBad: boolean;
  readonly undo?: (() => void) | undefined;
}

const toasts = signal<readonly Toast[]>([]);
let last = 0;

function show(toast: Omit<Toast, "id">): void {
  last += 1;
  toasts.value = [...toasts.peek().slice(1 - AT_ONCE), { id: last, ...toast }];
}

function drop(id: number): void {
  toasts.value = toasts.peek().filter((toast) => toast.id !== id);
}

/** Say that something was done. */
export function say(sentence: string): void {
  show({ sentence, ms: SHOWN_MS, isBad: false });
}

/** Say that something did not work. Anything but a Problem is a fault of ours, and raised. */
export function sayProblem(fault: unknown): void {
  if (!(fault instanceof Problem)) throw fault;
  const said = problemSaid(fault.status, fault.offline);
  const sentence = `${fault.detail || said.means} ${said.remedy}`;
  show({ sentence, ms: UNDO_MS, isBad: true });
}

/**
 * Do what can be undone, at once, and offer the way back.
 *
 * sentence: what was done. ms: for how long it is offered. after: what is to follow either way.
 */
export async function undo(
  sentence: string,
  ms: number,
  action: () => Promise<unknown>,
  back: () => Promise<unknown>,
  after: () => void = () => undefined,
): Promise<void> {
  const tried = async (what: () => Promise<unknown>): Promise<boolean> => {
    try {
      await what();
      return true;
    } catch (fault) {
      sayProblem(fault);
      return false;
    } finally {
      after();
    }
  };
  if (!(await tried(action))) return;
  const undoIt = async (): Promise<void> => {
    if (await tried(back)) say(common.undone);
  };
  show({ sentence, ms, isBad: false, undo: () => void undoIt() });
}

/** Where they stand; the frame has this once. */
export function Toasts() {
  return (
    <section class="toasts" aria-label={common.notifications}>
      {/* One live region that is there from the beginning, for readers to hear what comes into it. */}
      <div role="status" aria-live="polite" aria-relevant="additions">
        {toasts.value.map((toast) => (
          <Shown key={toast.id} toast={toast} />
        ))}
      </div>
    </section>
  );
}

function Shown({ toast }: { toast: Toast }) {
  const [held, setHeld] = useState(false);
  useEffect(() => {
    if (held) return;
    const clock = setTimeout(() => drop(toast.id), toast.ms);
    return () => clearTimeout(clock);
  }, [held]);
  const hold = (): void => setHeld(true);
  const release = (): void => setHeld(false);
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: it stays while one is on it.
    <div
      class={toast.isBad ? "toast bad" : "toast"}
      onMouseEnter={hold}
      onMouseLeave={release}
      onFocusCapture={hold}
      onBlurCapture={release}
    >
      <Icon name={toast.isBad ? "warn" : "check"} />
      <span>{toast.sentence}</span>
      {toast.undo && (
        <Button
          icon="undo"
          onClick={() => {
            drop(toast.id);
            toast.undo?.();
          }}
        >
          {common.undo}
        </Button>
      )}
      <Button tone="plain" icon="cross" label={common.dismiss} onClick={() => drop(toast.id)} />
    </div>
  );
}
