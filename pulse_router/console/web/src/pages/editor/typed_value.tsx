/** An input for a value of whatever kind; what is half typed stays as it is, and is said. */

import { useId, useState } from "preact/hooks";
import { type Json, sameJson } from "../../rules/digits.ts";
import { asTyped, fromTyped, isWritable, type Kind } from "../../rules/operands.ts";
import { editor as words } from "../../words/en/editor.ts";

export function TypedValue(props: {
  label: string;
  kind: Kind;
  value: Json;
  onChange: (value: Json) => void;
  isWrong?: boolean;
  described?: string | undefined;
  rows?: number;
}) {
  const { label, kind, value, rows } = props;
  const [typed, setTyped] = useState<string | undefined>(undefined);
  const id = useId();
  // The text stays as long as it means what stands in the draft.
  const isTyped = typed !== undefined && sameJson(fromTyped(typed, kind), value);
  const shown = isTyped ? typed : asTyped(value);
  const half = isWritable(value) ? undefined : kind === "number" ? words.noNumber : words.noJson;
  const change = (text: string): void => {
    setTyped(text);
    props.onChange(fromTyped(text, kind));
  };
  if (kind === "null") return <span class="faint condition-null">null</span>;
  const tied = {
    "aria-label": label,
    "aria-invalid": props.isWrong || half !== undefined ? (true as const) : undefined,
    "aria-describedby": half === undefined ? props.described : `${id}-half`,
  };
  return (
    <span class="typed-value">
      {kind === "boolean" ? (
        <select
          class="input"
          {...tied}
          value={String(value)}
          onChange={(event) => change(event.currentTarget.value)}
        >
          <option value="true">{words.true}</option>
          <option value="false">{words.false}</option>
        </select>
      ) : rows !== undefined && rows > 1 ? (
        <textarea
          class="input mono"
          rows={Math.ceil(rows)}
          spellcheck={false}
          {...tied}
          value={shown}
          onInput={(event) => change(event.currentTarget.value)}
        />
      ) : (
        <input
          class="input mono"
          autocomplete="off"
          spellcheck={false}
          {...tied}
          value={shown}
          onInput={(event) => change(event.currentTarget.value)}
        />
      )}
      {half !== undefined && (
        <span class="field-error" id={`${id}-half`}>
          {half}
        </span>
      )}
    </span>
  );
}
