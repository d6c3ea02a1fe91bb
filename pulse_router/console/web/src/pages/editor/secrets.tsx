/** The secrets that sign a webhook's requests: masked ones are kept, new ones are written or made. */

import { useState } from "preact/hooks";
import { Button } from "../../parts/button.tsx";
import { Copyable } from "../../parts/copying.tsx";
import type { Json, JsonObject } from "../../rules/digits.ts";
import { editor as words } from "../../words/en/editor.ts";
import type { Editing } from "./editing.ts";
import { textOf } from "./form.tsx";
import { MASK } from "./headers.tsx";

const BYTES = 32;

export function SigningSecrets({ editing }: { editing: Editing }) {
  const { secret, secrets } = editing.config;
  const held: readonly Json[] = Array.isArray(secrets)
    ? secrets
    : secret === undefined || secret === null
      ? []
      : [secret];
  const [made, setMade] = useState<string | undefined>(undefined);
  const put = (changed: readonly Json[]): void => {
    const { secret: _one, secrets: _several, ...others } = editing.config;
    const written: JsonObject =
      changed.length === 0
        ? {}
        : changed.length === 1
          ? { secret: changed[0] as Json }
          : { secrets: [...changed] };
    editing.set("destination_config", { ...others, ...written });
  };
  const make = (): void => {
    const value = newSecret();
    setMade(value);
    put([value, ...held]);
  };
  const fault = editing.faultAt("destination_config.secret", "destination_config.secrets");
  return (
    <fieldset class="plain-set">
      <legend>{words.secrets}</legend>
      <p class="field-hint">{words.secretsHint}</p>
      {held.map((value, at) => (
        <div class="pair secret-row" key={at}>
          {value === MASK ? (
            <span class="faint">
              {words.secret(at + 1)}: <code>{MASK}</code> {words.kept}
            </span>
          ) : made !== undefined && value === made ? (
            <span>
              <Copyable text={made} />
              <span class="field-hint"> {words.madeHint}</span>
            </span>
          ) : (
            <input
              class="input mono"
              type="password"
              autocomplete="new-password"
              aria-label={words.secret(at + 1)}
              value={textOf(value)}
              onInput={(event) => put(held.with(at, event.currentTarget.value))}
            />
          )}
          <Button
            tone="plain"
            class="small"
            icon="cross"
            label={words.removeSecret(at + 1)}
            onClick={() => put(held.toSpliced(at, 1))}
          />
        </div>
      ))}
      {fault && <p class="field-error">{fault}</p>}
      <div class="condition-adds">
        <Button class="small" icon="key" onClick={make}>
          {words.makeSecret}
        </Button>
        <Button class="small" icon="plus" onClick={() => put(["", ...held])}>
          {words.addSecret}
        </Button>
      </div>
    </fieldset>
  );
}

function newSecret(): string {
  const random = crypto.getRandomValues(new Uint8Array(BYTES));
  return `whsec_${btoa(String.fromCharCode(...random))}`;
}
