/** Fields of a form: a label, an input, a hint, and the error tied to it. */

import type { ComponentChildren } from "preact";
import { useId, useState } from "preact/hooks";
import { zone } from "../app/preferences.ts";
import { fromInput, readTime, stamp, writeTime, zoneName } from "../rules/times.ts";
import { common } from "../words/en/common.ts";

interface Around {
  label: string;
  hint?: ComponentChildren;
  error?: string | undefined;
  isOptional?: boolean;
}

/** What an input needs to be tied to its label, hint and error. */
interface Tied {
  id: string;
  "aria-describedby": string | undefined;
  "aria-invalid": true | undefined;
}

/** Any input within its label, hint and error. */
export function Field(props: Around & { children: (tied: Tied) => ComponentChildren }) {
  const id = useId();
  const { label, hint, error, isOptional } = props;
  const described = [hint !== undefined && `${id}-hint`, error && `${id}-error`].filter(Boolean);
  return (
    <div class="field">
      <label for={id}>
        {label}
        {isOptional && <span class="faint"> ({common.optional})</span>}
      </label>
      {props.children({
        id,
        "aria-describedby": described.join(" ") || undefined,
        "aria-invalid": error ? true : undefined,
      })}
      {hint !== undefined && (
        <p class="field-hint" id={`${id}-hint`}>
          {hint}
        </p>
      )}
      {error && (
        <p class="field-error" id={`${id}-error`}>
          {error}
        </p>
      )}
    </div>
  );
}

/** What else an input may be told. */
interface Rest {
  type?: "text" | "number" | "password" | "search" | "url";
  name?: string;
  placeholder?: string;
  autocomplete?: string;
  list?: string;
  rows?: number;
  min?: number;
  max?: number;
  readOnly?: boolean;
  disabled?: boolean;
  class?: string;
  onBlur?: () => void;
  onKeyDown?: (event: KeyboardEvent) => void;
}

export function TextField({
  label,
  hint,
  error,
  isOptional,
  value,
  onInput,
  ...rest
}: Around & Rest & { value: string; onInput: (value: string) => void }) {
  return (
    <Field {...around(label, hint, error, isOptional)}>
      {(tied) => (
        <input
          {...(rest as object)}
          type={(rest.type ?? "text") as "text"}
          {...tied}
          value={value}
          onInput={(event) => onInput(event.currentTarget.value)}
        />
      )}
    </Field>
  );
}

export function AreaField({
  label,
  hint,
  error,
  isOptional,
  value,
  onInput,
  ...rest
}: Around & Rest & { value: string; onInput: (value: string) => void }) {
  return (
    <Field {...around(label, hint, error, isOptional)}>
      {(tied) => (
        <textarea
          rows={6}
          spellcheck={false}
          {...rest}
          {...tied}
          value={value}
          onInput={(event) => onInput(event.currentTarget.value)}
        />
      )}
    </Field>
  );
}

export function SelectField({
  label,
  hint,
  error,
  isOptional,
  value,
  choices,
  onChoose,
  ...rest
}: Around &
  Omit<Rest, "type" | "placeholder" | "list" | "rows" | "min" | "max" | "readOnly"> & {
    value: string;
    choices: readonly { value: string; label: string }[];
    onChoose: (value: string) => void;
  }) {
  return (
    <Field {...around(label, hint, error, isOptional)}>
      {(tied) => (
        <select
          {...rest}
          {...tied}
          value={value}
          onChange={(event) => onChoose(event.currentTarget.value)}
        >
          {choices.map((choice) => (
            <option key={choice.value} value={choice.value}>
              {choice.label}
            </option>
          ))}
        </select>
      )}
    </Field>
  );
}

/**
 * A moment, typed in the zone that is chosen, 24 hours; given as the API takes it.
 *
 * The browser's own picker follows its language instead, so it is a text.
 */
export function TimeField(
  props: Around & { value: string | undefined; onInput: (value: string | undefined) => void },
) {
  const which = zone.value;
  const at = readTime(props.value);
  const [typed, setTyped] = useState<string | undefined>(undefined);
  const isWrong = typed !== undefined && typed !== "" && fromInput(typed, which) === undefined;
  const label = `${props.label} (${zoneName(at ?? Date.now(), which)})`;
  const error = isWrong ? common.noTime : props.error;
  return (
    <Field {...around(label, props.hint, error, props.isOptional)}>
      {(tied) => (
        <input
          type="text"
          class="number"
          autocomplete="off"
          placeholder={stamp(Date.now(), which)}
          {...tied}
          value={typed ?? (at === undefined ? "" : stamp(at, which))}
          onInput={(event) => {
            const text = event.currentTarget.value.trim();
            const moment = fromInput(text, which);
            setTyped(text);
            if (moment !== undefined) props.onInput(writeTime(moment));
            else if (text === "") props.onInput(undefined);
          }}
          onBlur={() => isWrong || setTyped(undefined)}
        />
      )}
    </Field>
  );
}

/** A box to tick, with its label beside it. */
export function Check(props: {
  label: ComponentChildren;
  checked: boolean;
  onChange: (checked: boolean) => void;
  hint?: ComponentChildren;
}) {
  return (
    <label class="tick">
      <input
        type="checkbox"
        checked={props.checked}
        onChange={(event) => props.onChange(event.currentTarget.checked)}
      />
      <span>
        {props.label}
        {props.hint !== undefined && <span class="field-hint">{props.hint}</span>}
      </span>
    </label>
  );
}

function around(
  label: string,
  hint: ComponentChildren,
  error: string | undefined,
  isOptional: boolean | undefined,
): Around {
  return { label, hint, error, isOptional: isOptional ?? false };
}
