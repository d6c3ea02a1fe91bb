/** The keys that work everywhere, and the list of all. */

import { signal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { shell, keys as words } from "../words/en/shell.ts";
import { type Binding, pageKeys, press, shellKeys, useKeys } from "./keys.ts";
import { go, link } from "./location.ts";
import { OF_TENANT } from "./places.ts";
import { letters, turnTheme, turnZone } from "./preferences.ts";
import { FIND_ID } from "./top_bar.tsx";

export const isListShown = signal(false);

/** Bind what works everywhere, as long as somebody is signed in. */
export function ShellKeys() {
  useEffect(() => {
    // Before the page's own: the second of two keys is nobody else's.
    addEventListener("keydown", press, true);
    return () => removeEventListener("keydown", press, true);
  }, []);
  useKeys(
    [
      { keys: "/", say: words.find, run: () => document.getElementById(FIND_ID)?.focus() },
      {
        keys: "?",
        say: words.list,
        run: () => {
          isListShown.value = true;
        },
      },
      ...OF_TENANT.flatMap(({ letter, path, title }) =>
        letter ? [{ keys: `g ${letter}`, say: words.go(title), run: () => go(link(path)) }] : [],
      ),
      { keys: "u", say: words.utc, run: turnZone },
      { keys: "t", say: words.theme, run: turnTheme },
    ],
    shellKeys,
  );
  return isListShown.value ? <KeyList /> : null;
}

function KeyList() {
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    dialog.current?.showModal();
  }, []);
  return (
    <dialog
      ref={dialog}
      class="dialog keys"
      aria-labelledby="keys-title"
      onClose={() => {
        isListShown.value = false;
      }}
    >
      <h2 id="keys-title">{words.title}</h2>
      <p class="faint">{words.text}</p>
      <div class="key-columns">
        <Column title={words.everywhere} bindings={shellKeys.value} />
        {pageKeys.value.length > 0 && <Column title={words.here} bindings={pageKeys.value} />}
      </div>
      <label class="check">
        <input
          type="checkbox"
          checked={letters.value === "on"}
          onChange={(event) => {
            letters.value = event.currentTarget.checked ? "on" : "off";
          }}
        />
        {words.off}
      </label>
      <form method="dialog">
        <button type="submit" class="button">
          {shell.close}
        </button>
      </form>
    </dialog>
  );
}

function Column({ title, bindings }: { title: string; bindings: readonly Binding[] }) {
  return (
    <section>
      <h3>{title}</h3>
      <dl class="key-list">
        {bindings.map((binding) => (
          <div key={binding.keys}>
            <dt>
              {binding.keys.split(" ").map((key) => (
                <kbd key={key}>{key}</kbd>
              ))}
            </dt>
            <dd>{binding.say}</dd>
          </div>
        ))}
      </dl>
    </section>
  );
}
