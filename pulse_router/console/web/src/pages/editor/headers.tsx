/** Headers of a webhook, and named secrets of its template: names with values. */

import { useState } from "preact/hooks";
import { Button } from "../../parts/button.tsx";
import { isObject, type Json } from "../../rules/digits.ts";
import { editor as words } from "../../words/en/editor.ts";
import type { Editing } from "./editing.ts";
import { textOf } from "./form.tsx";

export const MASK = "********";
type Pair = readonly [name: string, value: Json];

export function Headers({ editing }: { editing: Editing }) {
  return (
    <Pairs
      editing={editing}
      name="headers"
      legend={words.headers}
      add={words.addHeader}
      isSecret={false}
    />
  );
}

/**
 * Pairs of an object of the configuration. A row whose name is empty, or there already, waits here
 * until it has one of its own.
 */
export function Pairs(props: {
  editing: Editing;
  name: string;
  legend: string;
  hint?: string;
  add: string;
  isSecret: boolean;
}) {
  const { editing, name, legend, isSecret } = props;
  const held = editing.config[name];
  const stored = Object.entries(isObject(held) ? held : {});
  const [rows, setRows] = useState<readonly Pair[]>(stored);
  // What has changed elsewhere counts.
  const isSame = JSON.stringify(whole(rows)) === JSON.stringify(stored);
  const shown = isSame ? rows : stored;
  const put = (changed: readonly Pair[]): void => {
    setRows(changed);
    const kept = whole(changed);
    editing.setConfig(name, kept.length === 0 ? undefined : Object.fromEntries(kept));
  };
  const root = `destination_config.${name}`;
  const fault = (each: string): string | undefined => editing.faultAt(`${root}.${each}`);
  const general = editing.faults.value.find(({ path }) => path === root)?.message;
  return (
    <fieldset class="plain-set">
      <legend>{legend}</legend>
      {props.hint !== undefined && <p class="field-hint">{props.hint}</p>}
      {general !== undefined && <p class="field-error">{general}</p>}
      {shown.map(([header, value], at) => (
        <div class="pair" key={at}>
          <input
            class="input mono"
            aria-label={words.headerName}
            autocomplete="off"
            spellcheck={false}
            value={header}
            aria-invalid={fault(header) !== undefined || undefined}
            onInput={(event) => put(shown.with(at, [event.currentTarget.value, value]))}
          />
          <input
            class="input mono"
            aria-label={`${header} ${words.headerValue}`}
            type={(isSecret ? "password" : "text") as "text"}
            autocomplete="off"
            spellcheck={false}
            placeholder={isSecret && value === MASK ? words.kept : undefined}
            value={isSecret && value === MASK ? "" : textOf(value)}
            onInput={(event) => put(shown.with(at, [header, event.currentTarget.value]))}
          />
          <Button
            tone="plain"
            class="small"
            icon="cross"
            label={words.removeHeader(header)}
            onClick={() => put(shown.toSpliced(at, 1))}
          />
          {fault(header) && <p class="field-error">{fault(header)}</p>}
        </div>
      ))}
      <Button class="small" icon="plus" onClick={() => put([...shown, ["", ""]])}>
        {props.add}
      </Button>
    </fieldset>
  );
}

function whole(rows: readonly Pair[]): Pair[] {
  return rows.filter(
    ([name], at) => name !== "" && rows.findIndex(([other]) => other === name) === at,
  );
}
