/** The ways to the pages: beside the page, folded to icons, or five places below it. */

import { useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { useLocation } from "preact-iso/router";
import { Icon } from "../icons.tsx";
import { shell } from "../words/en/shell.ts";
import { link, pathOf } from "./location.ts";
import { isHere, OF_BROWSER, OF_OPERATOR, OF_TENANT, type Way } from "./places.ts";
import { side } from "./preferences.ts";
import { session } from "./session.ts";

export function Navigation() {
  const here = pathOf(useLocation().path);
  const isOpen = useSignal(false);
  const drawer = useRef<HTMLDivElement>(null);
  useEffect(() => {
    isOpen.value = false;
  }, [here]);
  const folded = side.value === "folded";
  const sees = session.value?.may("read_all") === true;
  return (
    <nav class="side" aria-label={shell.navigation}>
      <div class="ways" ref={drawer} data-open={isOpen.value}>
        <Ways ways={OF_TENANT} here={here} />
        {sees && (
          <>
            <p class="ways-title">{shell.groups.operator}</p>
            <Ways ways={OF_OPERATOR} here={here} />
          </>
        )}
        <div class="narrow-only">
          <Ways ways={OF_BROWSER} here={here} />
        </div>
        <button
          type="button"
          class="way fold"
          aria-expanded={!folded}
          onClick={() => {
            side.value = folded ? "open" : "folded";
          }}
        >
          <Icon name={folded ? "chevronRight" : "chevronLeft"} />
          <span class="way-title">{folded ? shell.unfold : shell.fold}</span>
        </button>
      </div>
      <button
        type="button"
        class="way more"
        aria-expanded={isOpen.value}
        onClick={() => {
          isOpen.value = !isOpen.value;
        }}
      >
        <Icon name="menu" />
        <span class="way-title">{shell.more}</span>
      </button>
    </nav>
  );
}

function Ways({ ways, here }: { ways: readonly Way[]; here: string }) {
  return (
    <ul>
      {ways.map((way) => (
        <li key={way.path} class={way.isFirst ? "first" : ""}>
          <a
            class="way"
            href={link(way.path)}
            aria-current={isHere(way, here) ? "page" : undefined}
            title={side.value === "folded" ? way.title : undefined}
          >
            <Icon name={way.icon} />
            <span class="way-title">{way.title}</span>
          </a>
        </li>
      ))}
    </ul>
  );
}
