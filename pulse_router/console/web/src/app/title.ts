/** The title of the document: the page, and which installation it is of. */

import { effect, signal } from "@preact/signals";
import { shell } from "../words/en/shell.ts";

/** What the installation is called; it tells two tabs apart. */
export const label = signal("");

const page = signal("");

/** Say which page it is. */
export function setTitle(title: string): void {
  page.value = title;
}

effect(() => {
  if (page.value !== "") document.title = shell.title(page.value, label.value);
});
