/** What is chosen for this browser. */

import type { Signal } from "@preact/signals";
import { leave } from "../../app/door/entrance.ts";
import { isListShown } from "../../app/key_list.tsx";
import { density, letters, theme, zone } from "../../app/preferences.ts";
import { Button } from "../../parts/button.tsx";
import { Page, Section } from "../../parts/page.tsx";
import { settings as words } from "../../words/en/places.ts";
import { shell } from "../../words/en/shell.ts";
import { titles } from "../../words/en/titles.ts";
import "./settings.css";

export default function SettingsPage() {
  return (
    <Page title={titles.settings} lead={words.lead}>
      <Choice legend={words.theme} chosen={theme} values={words.themes} />
      <Choice legend={words.zone} chosen={zone} values={words.zones} />
      <Choice legend={words.density} chosen={density} values={words.densities} />
      <Section heading={shell.keys}>
        <label class="check">
          <input
            type="checkbox"
            checked={letters.value === "on"}
            aria-describedby="letters-hint"
            onChange={(event) => {
              letters.value = event.currentTarget.checked ? "on" : "off";
            }}
          />
          {words.letters}
        </label>
        <p id="letters-hint" class="faint">
          {words.lettersHint}
        </p>
        <Button
          icon="key"
          onClick={() => {
            isListShown.value = true;
          }}
        >
          {words.keys}
        </Button>
      </Section>
      <Section heading={words.token}>
        <p class="faint">{words.tokenText}</p>
        <Button icon="signOut" onClick={() => void leave()}>
          {shell.signOut}
        </Button>
      </Section>
    </Page>
  );
}

/** One of a few values, each beside the others. */
function Choice<T extends string>(props: {
  legend: string;
  chosen: Signal<T>;
  values: Readonly<Record<T, string>>;
}) {
  return (
    <fieldset class="choice">
      <legend>{props.legend}</legend>
      {(Object.entries(props.values) as [T, string][]).map(([value, said]) => (
        <label key={value} class="choice-value">
          <input
            type="radio"
            name={props.legend}
            checked={props.chosen.value === value}
            onChange={() => {
              props.chosen.value = value;
            }}
          />
          {said}
        </label>
      ))}
    </fieldset>
  );
}
