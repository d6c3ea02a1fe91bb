/** Who one is, what this browser shows, and the ways that are not of everyday. */

import { useRef } from "preact/hooks";
import { Icon } from "../icons.tsx";
import { door } from "../words/en/door.ts";
import { shell } from "../words/en/shell.ts";
import { leave } from "./door/entrance.ts";
import { isListShown } from "./key_list.tsx";
import { link, ROUTER } from "./location.ts";
import { theme, turnTheme, turnZone, zone } from "./preferences.ts";
import { session } from "./session.ts";

const ID = "menu";

export function Menu() {
  const box = useRef<HTMLDivElement>(null);
  const known = session.value;
  const close = () => box.current?.hidePopover();
  return (
    <>
      <button
        type="button"
        class="button plain icon-only"
        popovertarget={ID}
        aria-label={shell.menu}
      >
        <Icon name="more" />
      </button>
      {/* biome-ignore lint/a11y/noStaticElementInteractions: a click on any way closes it. */}
      {/* biome-ignore lint/a11y/useKeyWithClickEvents: a key on a way is a click on it. */}
      <div ref={box} id={ID} popover="auto" class="menu" onClick={close}>
        {known !== undefined && (
          <dl class="facts">
            <dt>{door.asked.subject}</dt>
            <dd class="mono">{known.subject ?? "–"}</dd>
            <dt>{door.asked.tenant}</dt>
            <dd class="mono">{known.tenant ?? door.asked.noTenant}</dd>
            <dt>{door.asked.roles}</dt>
            <dd class="mono">{known.roles.join(", ")}</dd>
            <dt>{door.asked.until}</dt>
            <dd>{shell.moment(known.until, zone.value === "utc")}</dd>
          </dl>
        )}
        <div class="menu-rows">
          <button type="button" class="way" onClick={stay(turnTheme)}>
            <Icon name={theme.value === "dark" ? "moon" : "sun"} />
            {shell.theme[theme.value]}
          </button>
          <button type="button" class="way" onClick={stay(turnZone)}>
            <Icon name="clock" />
            {shell.zone[zone.value]}
          </button>
          <button
            type="button"
            class="way"
            onClick={() => {
              isListShown.value = true;
            }}
          >
            <Icon name="key" />
            {shell.keys}
          </button>
          <a class="way" href={link("/settings")}>
            <Icon name="settings" />
            {shell.settings}
          </a>
          <a class="way" href={link("/start")}>
            <Icon name="play" />
            {shell.start}
          </a>
          <a class="way" href={`${ROUTER}docs`} target="_blank" rel="noreferrer">
            <Icon name="code" />
            {shell.api}
          </a>
          <a class="way" href={link("/about")}>
            <Icon name="info" />
            {shell.about}
          </a>
          {known !== undefined && (
            <button type="button" class="way" onClick={() => void leave()}>
              <Icon name="signOut" />
              {shell.signOut}
            </button>
          )}
        </div>
      </div>
    </>
  );
}

/** Do it, and leave the menu open: one may want the next. */
function stay(turn: () => void): (event: Event) => void {
  return (event) => {
    event.stopPropagation();
    turn();
  };
}
