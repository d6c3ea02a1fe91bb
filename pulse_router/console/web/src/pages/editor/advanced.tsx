/** What most routes leave as it is: limits, retries, batches, certificates. */

import { Check, TextField } from "../../parts/field.tsx";
import { isObject, type Json } from "../../rules/digits.ts";
import { fromTyped, isWritable } from "../../rules/operands.ts";
import { editor as words } from "../../words/en/editor.ts";
import { ConfigText } from "./destination.tsx";
import type { Editing } from "./editing.ts";
import { textOf } from "./form.tsx";
import { Pairs } from "./headers.tsx";

const NAMES = [
  ...["timeout_seconds", "max_in_flight", "ordered", "rate", "batch", "retry"],
  ...["client_certificate", "template_secrets"],
];

export function Advanced({ editing }: { editing: Editing }) {
  const { config } = editing;
  const isUsed = NAMES.some((name) => config[name] !== undefined);
  const hasFault = NAMES.some((name) => editing.faultAt(`destination_config.${name}`));
  const number = (path: string, label: string, usual?: string) => (
    <ConfigNumber editing={editing} path={path} label={label} usual={usual} />
  );
  return (
    <details class="folded" open={isUsed || hasFault}>
      <summary>{words.advanced}</summary>
      <div class="folded-grid">
        {number("timeout_seconds", words.timeout)}
        {number("max_in_flight", words.maxInFlight)}
        {number("rate.per_second", words.perSecond)}
        {number("rate.burst", words.burst)}
        {number("retry.max_attempts", words.attempts, "5")}
        {number("retry.initial_seconds", words.initial, "1")}
        {number("retry.max_seconds", words.longest, "300")}
        {number("retry.multiplier", words.multiplier, "2")}
      </div>
      <Check
        label={words.ordered}
        hint={words.orderedHint}
        checked={config.ordered === true}
        onChange={(ordered) => editing.setConfig("ordered", ordered || undefined)}
      />
      <Check
        label={words.batch}
        checked={isObject(config.batch)}
        onChange={(batch) => editing.setConfig("batch", batch ? {} : undefined)}
      />
      {isObject(config.batch) && (
        <div class="folded-grid">
          {number("batch.max_messages", words.batchMessages, "100")}
          {number("batch.max_wait_ms", words.batchWait, "1000")}
        </div>
      )}
      <ConfigText
        editing={editing}
        name="client_certificate"
        label={words.certificate}
        isOptional
      />
      <Pairs
        editing={editing}
        name="template_secrets"
        legend={words.templateSecrets}
        hint={words.templateSecretsHint}
        add={words.addTemplateSecret}
        isSecret
      />
      {["rate", "retry", "batch", "ordered"].map((name) => {
        const root = `destination_config.${name}`;
        const own = editing.faults.value.find(({ path }) => path === root);
        return own && <p class="field-error" key={name}>{`${name} ${own.message}`}</p>;
      })}
    </details>
  );
}

/** A number of the configuration, at most one object deep; an empty one is taken out. */
function ConfigNumber(props: {
  editing: Editing;
  path: string;
  label: string;
  usual: string | undefined;
}) {
  const { editing, path, label, usual } = props;
  const [first = "", inner] = path.split(".");
  const held = editing.config[first];
  const value = inner === undefined ? held : isObject(held) ? held[inner] : undefined;
  const put = (text: string): void => {
    const written: Json | undefined = text.trim() === "" ? undefined : fromTyped(text, "number");
    if (inner === undefined) editing.setConfig(first, written);
    else {
      const { [inner]: _, ...others } = isObject(held) ? held : {};
      const changed = written === undefined ? others : { ...others, [inner]: written };
      const isGone = Object.keys(changed).length === 0 && first !== "batch";
      editing.setConfig(first, isGone ? undefined : changed);
    }
  };
  const isHalf = value !== undefined && !isWritable(value);
  return (
    <TextField
      label={label}
      class="number"
      autocomplete="off"
      {...(usual === undefined ? {} : { placeholder: words.usual(usual) })}
      value={textOf(value)}
      onInput={put}
      error={isHalf ? words.noNumber : editing.faultAt(`destination_config.${path}`)}
    />
  );
}
