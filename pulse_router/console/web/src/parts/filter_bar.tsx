/** Filters as tokens in one bar: typed with suggestions, or picked. */

import { useId, useRef, useState } from "preact/hooks";
import { Icon } from "../icons.tsx";
import {
  canExclude,
  type FilterField,
  readTokens,
  type Token,
  type TokenFault,
  withoutToken,
  withToken,
  writeToken,
} from "../rules/filters.ts";
import { common } from "../words/en/common.ts";
import { Button } from "./button.tsx";

/** A field of the bar: what it is called in words, and which values can be picked. */
export interface BarField extends FilterField {
  label: string;
  values?: readonly { value: string; label?: string }[];
  /** How a value reads, where it is a number of something. */
  say?: (value: string) => string;
}

const SPANS = ["15m", "1h", "24h", "7d", "30d"];

export function FilterBar(props: {
  fields: readonly BarField[];
  tokens: readonly Token[];
  onChange: (tokens: readonly Token[]) => void;
}) {
  const { fields, tokens, onChange } = props;
  const [text, setText] = useState("");
  const [isOpen, setOpen] = useState(false);
  const [active, setActive] = useState(-1);
  const [faults, setFaults] = useState<readonly TokenFault[]>([]);
  const input = useRef<HTMLInputElement>(null);
  const id = useId();
  const offered = isOpen ? suggest(text, fields) : [];

  const add = (typed: string): void => {
    const read = readTokens(typed, fields);
    setFaults(read.faults);
    setText(read.faults.map((fault) => fault.text).join(" "));
    setActive(-1);
    if (read.tokens.length === 0) return;
    onChange(
      read.tokens.reduce<readonly Token[]>((all, token) => withToken(all, token, fields), tokens),
    );
  };
  const choose = (suggestion: Suggestion): void => {
    input.current?.focus();
    setActive(-1);
    if (suggestion.isWhole) {
      add(suggestion.text);
      setOpen(false);
    } else setText(suggestion.text);
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step !== undefined) {
      setOpen(true);
      const count = suggest(text, fields).length;
      setActive(
        count === 0 ? -1 : (active + step + count + (active < 0 && step < 0 ? 1 : 0)) % count,
      );
    } else if (event.key === "Enter") {
      const suggestion = offered[active];
      if (suggestion !== undefined) choose(suggestion);
      else if (text.trim() !== "") {
        add(text);
        setOpen(false);
      }
    } else if (event.key === "Escape" && isOpen) setOpen(false);
    else if (event.key === "Backspace" && text === "" && tokens.length > 0) {
      onChange(tokens.slice(0, -1));
      return;
    } else return;
    event.preventDefault();
    event.stopPropagation();
  };

  return (
    <search class="filters">
      {/* biome-ignore lint/a11y/noStaticElementInteractions: a click beside the input is one on it. */}
      {/* biome-ignore lint/a11y/useKeyWithClickEvents: the input has the keys. */}
      <div
        class="filter-bar"
        onClick={(event) => event.target === event.currentTarget && input.current?.focus()}
      >
        <Icon name="filter" />
        {tokens.map((token) => (
          <Chip
            key={writeToken(token)}
            token={token}
            field={fields.find((field) => field.name === token.field)}
            onFlip={(flipped) => onChange(tokens.map((each) => (each === token ? flipped : each)))}
            onRemove={() => {
              onChange(withoutToken(tokens, token));
              input.current?.focus();
            }}
          />
        ))}
        <input
          ref={input}
          type="text"
          role="combobox"
          aria-label={common.addFilter}
          aria-expanded={offered.length > 0}
          aria-controls={id}
          aria-autocomplete="list"
          aria-activedescendant={active >= 0 && offered[active] ? `${id}-${active}` : undefined}
          aria-describedby={faults.length > 0 ? `${id}-faults` : undefined}
          autocomplete="off"
          autocapitalize="off"
          spellcheck={false}
          placeholder={tokens.length === 0 ? hint(fields) : ""}
          value={text}
          onInput={(event) => {
            setText(event.currentTarget.value);
            setFaults([]);
            setActive(-1);
            setOpen(true);
          }}
          onFocus={() => setOpen(true)}
          onBlur={() => setOpen(false)}
          onKeyDown={onKeyDown}
        />
        {tokens.length > 0 && (
          <Button
            tone="plain"
            class="small"
            icon="cross"
            label={common.clear}
            onClick={() => onChange([])}
          />
        )}
      </div>
      <div
        id={id}
        role="listbox"
        aria-label={common.suggestions}
        class="filter-suggestions"
        hidden={offered.length === 0}
      >
        {offered.map((suggestion, at) => (
          // biome-ignore lint/a11y/useKeyWithClickEvents: the input has the keys of its list.
          <div
            key={suggestion.text}
            id={`${id}-${at}`}
            role="option"
            aria-selected={at === active}
            // Before the input loses the focus.
            onMouseDown={(event) => event.preventDefault()}
            onClick={() => choose(suggestion)}
          >
            <code>{suggestion.text}</code>
            <span class="faint">{suggestion.label}</span>
          </div>
        ))}
      </div>
      <div id={`${id}-faults`} role="status" class="field-error">
        {faults.map((fault) => (
          <p key={fault.text}>{common.tokenFaults[fault.why](fault.text)}</p>
        ))}
      </div>
    </search>
  );
}

function Chip(props: {
  token: Token;
  field: BarField | undefined;
  onFlip: (token: Token) => void;
  onRemove: () => void;
}) {
  const { token, field } = props;
  const said = field?.say?.(token.value) ?? token.value;
  const { not, ...plain } = token;
  const value = not ? common.not(said) : said;
  const name = `${field?.label ?? token.field}: ${value}`;
  return (
    <span class={not ? "chip not" : "chip"}>
      {field && canExclude(field) ? (
        <button
          type="button"
          class="chip-text"
          aria-pressed={Boolean(not)}
          title={not ? said : common.not(said)}
          onClick={() => props.onFlip(not ? plain : { ...plain, not: true })}
        >
          <span class="faint">{field.label}</span> {value}
        </button>
      ) : (
        <span class="chip-text">
          <span class="faint">{field?.label ?? token.field}</span> {value}
        </span>
      )}
      <button
        type="button"
        class="chip-remove"
        aria-label={common.removeFilter(name)}
        onClick={props.onRemove}
      >
        <Icon name="cross" size={14} />
      </button>
    </span>
  );
}

interface Suggestion {
  text: string;
  label: string;
  /** Whether it is a token, and not the beginning of one. */
  isWhole: boolean;
}

function hint(fields: readonly BarField[]): string {
  const first = fields[0];
  if (first === undefined) return common.addFilter;
  const value = valuesOf(first)[0]?.value ?? "…";
  return `${common.filterHint} ${first.name}:${value}`;
}

/** What may follow what is typed: names of fields, then the values of the field. */
function suggest(text: string, fields: readonly BarField[]): Suggestion[] {
  const [, minus = "", name, value = ""] =
    /^(-?)(?:([a-z_]+):)?"?([^"]*)/.exec(text.trimStart()) ?? [];
  if (name === undefined) {
    const typed = value.toLowerCase();
    return fields
      .filter(
        (field) => (minus === "" || canExclude(field)) && matches(typed, field.name, field.label),
      )
      .map((field) => ({ text: `${minus}${field.name}:`, label: field.label, isWhole: false }));
  }
  const field = fields.find((each) => each.name === name);
  if (field === undefined) return [];
  return valuesOf(field)
    .filter((each) => matches(value.toLowerCase(), each.value, each.label ?? ""))
    .slice(0, 12)
    .map((each) => ({
      text: writeToken(
        minus ? { field: name, value: each.value, not: true } : { field: name, value: each.value },
      ),
      label: each.label ?? "",
      isWhole: true,
    }));
}

function valuesOf(field: BarField): readonly { value: string; label?: string }[] {
  if (field.values !== undefined) return field.values;
  if (field.kind === "span")
    return SPANS.map((value) => ({ value, label: common.spans[value] ?? "" }));
  return (field.choices ?? []).map((value) => ({ value }));
}

function matches(typed: string, ...texts: readonly string[]): boolean {
  return texts.some((text) => text.toLowerCase().includes(typed));
}
