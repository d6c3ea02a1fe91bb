/** Groups: buttons of which one is on, and what is wider than the page and scrolls by itself. */

import type { ComponentChildren } from "preact";

/** Buttons in a row, of which one is pressed. */
export function Switch({ label, children }: { label: string; children: ComponentChildren }) {
  return (
    <div class="switch" role="group" aria-label={label}>
      {children}
    </div>
  );
}

/** What may be wider than there is room, such as a table. */
export function Scrolls({ label, children }: { label: string; children: ComponentChildren }) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls, and must do so by keys.
    <div class="scrolls" tabIndex={0} role="group" aria-label={label}>
      {children}
    </div>
  );
}
