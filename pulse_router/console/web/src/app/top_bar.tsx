/** What stands above every page: which installation it is, the search, whose things one sees. */

import { useEffect, useRef } from "preact/hooks";
import { useLocation } from "preact-iso/router";
import { Icon } from "../icons.tsx";
import { shell } from "../words/en/shell.ts";
import { config } from "./config.ts";
import { LiveDot } from "./live_dot.tsx";
import { go, link } from "./location.ts";
import { Menu } from "./menu.tsx";
import { session } from "./session.ts";
import { TenantSwitch } from "./tenant_switch.tsx";

/** What the search's field is found by. */
export const FIND_ID = "find";

export function TopBar() {
  const { colour, label } = config.value ?? {};
  return (
    <header class="top" style={colour ? { borderBlockStartColor: colour } : undefined}>
      <a class="brand" href={link("/")}>
        <span class="brand-name">{shell.product}</span>
        {label && <span class="brand-label">{label}</span>}
      </a>
      {session.value !== undefined && (
        <>
          <Find />
          <TenantSwitch />
          <LiveDot />
        </>
      )}
      <Menu />
    </header>
  );
}

function Find() {
  const field = useRef<HTMLInputElement>(null);
  const { query } = useLocation();
  useEffect(() => {
    if (field.current !== null && query.q !== undefined) field.current.value = query.q;
  }, [query.q]);
  return (
    // biome-ignore lint/a11y/useSemanticElements: <search> is not known to all browsers of today.
    <form
      class="find"
      role="search"
      onSubmit={(event) => {
        event.preventDefault();
        const text = field.current?.value.trim() ?? "";
        if (text !== "") go(link("/find", { q: text }));
      }}
    >
      <Icon name="find" />
      <input
        ref={field}
        id={FIND_ID}
        type="search"
        aria-label={shell.find}
        placeholder={shell.findHint}
        autocomplete="off"
        spellcheck={false}
        maxLength={200}
        onKeyDown={(event) => {
          if (event.key === "Escape") event.currentTarget.blur();
        }}
      />
      <kbd>{shell.findKey}</kbd>
    </form>
  );
}
