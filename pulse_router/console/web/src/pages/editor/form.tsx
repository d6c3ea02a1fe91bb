/** The draft as a form: what it takes, and where it leads. */

import { useId, useMemo } from "preact/hooks";
import { Check, TextField } from "../../parts/field.tsx";
import { Section } from "../../parts/page.tsx";
import { isObject, type Json } from "../../rules/digits.ts";
import { type KnownPath, knownPaths } from "../../rules/known_paths.ts";
import { asTyped } from "../../rules/operands.ts";
import { editor as words } from "../../words/en/editor.ts";
import { Conditions, Faults } from "./conditions.tsx";
import { Destination } from "./destination.tsx";
import type { Editing } from "./editing.ts";
import { Known } from "./known.ts";

/** payloads: real ones, newest first, whose paths are suggested. */
export function Form({ editing, payloads }: { editing: Editing; payloads: readonly Json[] }) {
  const body = editing.body.value;
  const { rows, others } = editing.rows.value;
  const list = useId();
  const paths = useMemo(() => knownPaths(payloads), [payloads]);
  const tree = editing.tree.value;
  return (
    <Known.Provider value={{ list, paths, faults: rows }}>
      <Suggestions id={list} paths={paths} />
      <Section heading={words.what}>
        <TextField
          label={words.name}
          value={textOf(body.name)}
          onInput={(name) => editing.set("name", name)}
          error={editing.faultAt("name")}
          autocomplete="off"
        />
        <TextField
          label={words.topic}
          hint={words.topicHint}
          class="mono"
          value={textOf(body.topic_filter)}
          onInput={(topic) => editing.set("topic_filter", topic)}
          error={editing.faultAt("topic_filter")}
          autocomplete="off"
        />
        <Check
          label={words.enabled}
          hint={words.enabledHint}
          checked={body.is_enabled !== false}
          onChange={(isEnabled) => editing.set("is_enabled", isEnabled)}
        />
        <fieldset class="plain-set">
          <legend>{words.conditions}</legend>
          <p class="field-hint">{words.conditionsHint}</p>
          <Faults said={others} />
          {tree === undefined ? (
            <p class="faint">{words.noForm}</p>
          ) : (
            <Conditions tree={tree} onChange={(changed) => editing.setTree(changed)} />
          )}
        </fieldset>
      </Section>
      <Destination editing={editing} />
    </Known.Provider>
  );
}

function Suggestions({ id, paths }: { id: string; paths: readonly KnownPath[] }) {
  return (
    <datalist id={id}>
      {paths.map(({ path, kind }) => (
        <option key={path} value={path}>
          {words.kinds[kind]}
        </option>
      ))}
    </datalist>
  );
}

/** What stands in a text field; another kind of value is shown as it is written. */
export function textOf(value: Json | undefined): string {
  if (value === undefined || value === null) return "";
  return isObject(value) ? "" : asTyped(value);
}
