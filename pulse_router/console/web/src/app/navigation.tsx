/** The ways to the pages. */

import { useLocation } from "preact-iso";
import { shell } from "../words/en/shell.ts";
import { titles } from "../words/en/titles.ts";
import { link, pathOf } from "./location.ts";

const PLACES = [
  ["/", titles.overview],
  ["/messages", titles.messages],
  ["/live", titles.live],
  ["/routes", titles.routes],
  ["/dead-letters", titles.deadLetters],
  ["/jobs", titles.jobs],
  ["/rejected", titles.rejected],
  ["/devices", titles.devices],
  ["/groups", titles.groups],
  ["/alerts", titles.alerts],
] as const;

export function Navigation() {
  const { path } = useLocation();
  const here = pathOf(path);
  return (
    <nav class="side" aria-label={shell.navigation}>
      <ul>
        {PLACES.map(([place, title]) => {
          const current = place === "/" ? here === "/" : here.startsWith(place);
          return (
            <li key={place}>
              <a href={link(place)} aria-current={current ? "page" : undefined}>
                {title}
              </a>
            </li>
          );
        })}
      </ul>
    </nav>
  );
}
