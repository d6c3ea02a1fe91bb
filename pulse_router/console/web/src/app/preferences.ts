/** What is chosen for this browser: it stays in the browser, and no other one knows of it. */

import { effect, type Signal, signal } from "@preact/signals";

export type Theme = "system" | "light" | "dark";
export type Zone = "local" | "utc";
export type Density = "usual" | "compact";

export const theme = kept<Theme>("theme", ["system", "light", "dark"]);
/** In which zone times are shown and typed. */
export const zone = kept<Zone>("zone", ["local", "utc"]);
export const density = kept<Density>("density", ["usual", "compact"]);
/** Whether single letters are keys. */
export const letters = kept<"on" | "off">("letters", ["on", "off"]);
/** Whether the navigation shows icons alone. */
export const side = kept<"open" | "folded">("side", ["open", "folded"]);

effect(() => {
  const root = document.documentElement.dataset;
  if (theme.value === "system") delete root.theme;
  else root.theme = theme.value;
  root.density = density.value;
});

/** The next of the themes, in a circle. */
export function turnTheme(): void {
  const order: readonly Theme[] = ["system", "light", "dark"];
  theme.value = order[(order.indexOf(theme.value) + 1) % order.length] ?? "system";
}

export function turnZone(): void {
  zone.value = zone.value === "utc" ? "local" : "utc";
}

/** A choice; the first of the values is what nobody has chosen otherwise. */
function kept<T extends string>(name: string, values: readonly [T, ...T[]]): Signal<T> {
  const key = `pulse.${name}`;
  const found = values.find((value) => value === localStorage.getItem(key));
  const chosen = signal<T>(found ?? values[0]);
  effect(() => {
    if (chosen.value === values[0]) localStorage.removeItem(key);
    else localStorage.setItem(key, chosen.value);
  });
  return chosen;
}
