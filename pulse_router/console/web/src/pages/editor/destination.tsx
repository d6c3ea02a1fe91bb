/** Where a route leads: the type of the destination, and its configuration. */

import { useRef } from "preact/hooks";
import { config as console_ } from "../../app/config.ts";
import { Button } from "../../parts/button.tsx";
import { Check, SelectField, TextField } from "../../parts/field.tsx";
import { Section } from "../../parts/page.tsx";
import type { JsonObject } from "../../rules/digits.ts";
import { editor as words } from "../../words/en/editor.ts";
import { Advanced } from "./advanced.tsx";
import { Body } from "./body_shape.tsx";
import type { Editing } from "./editing.ts";
import { textOf } from "./form.tsx";
import { Headers } from "./headers.tsx";
import { SigningSecrets } from "./secrets.tsx";

const TYPES = ["webhook", "mqtt_republish", "postgresql"];
const METHODS = ["POST", "PUT", "PATCH"];

export function Destination({ editing }: { editing: Editing }) {
  const type = textOf(editing.body.value.destination_type);
  // What was filled in for another type comes back with it.
  const others = useRef(new Map<string, JsonObject>());
  const choose = (next: string): void => {
    others.current.set(type, editing.config);
    editing.set("destination_type", next);
    editing.set("destination_config", others.current.get(next) ?? {});
  };
  const known = TYPES.includes(type) ? TYPES : [...TYPES, type];
  return (
    <Section heading={words.where}>
      <SelectField
        label={words.destination}
        value={type}
        choices={known.map((value) => ({ value, label: words.types[value] ?? value }))}
        onChoose={choose}
        error={editing.faultAt("destination_type")}
      />
      {type === "webhook" && <Webhook editing={editing} />}
      {type === "mqtt_republish" && <Republish editing={editing} />}
      {type === "postgresql" && <p class="faint">{words.postgresql}</p>}
      <Unplaced editing={editing} />
    </Section>
  );
}

function Webhook({ editing }: { editing: Editing }) {
  const { config } = editing;
  const sink = console_.value?.demo?.sink_url ?? undefined;
  return (
    <>
      <ConfigText
        editing={editing}
        name="url"
        label={words.url}
        hint={words.urlHint}
        placeholder="https://"
      />
      {sink !== undefined && textOf(config.url) === "" && (
        <p>
          <Button class="small" icon="bolt" onClick={() => editing.setConfig("url", sink)}>
            {words.useSink}
          </Button>
        </p>
      )}
      <SelectField
        label={words.method}
        value={textOf(config.method) || "POST"}
        choices={METHODS.map((value) => ({ value, label: value }))}
        onChoose={(method) => editing.setConfig("method", method)}
        error={editing.faultAt("destination_config.method")}
      />
      <Body editing={editing} formats={["", "raw", "cloudevents", "template", "text"]} />
      <Headers editing={editing} />
      <SigningSecrets editing={editing} />
      <Advanced editing={editing} />
    </>
  );
}

function Republish({ editing }: { editing: Editing }) {
  const { config } = editing;
  return (
    <>
      <ConfigText
        editing={editing}
        name="topic"
        label={words.mqttTopic}
        hint={words.mqttTopicHint}
        placeholder="tenant/{tenant_id}/alerts"
      />
      <SelectField
        label={words.qos}
        value={textOf(config.qos) || "1"}
        choices={["0", "1", "2"].map((value) => ({ value, label: value }))}
        onChoose={(qos) => editing.setConfig("qos", Number(qos))}
        error={editing.faultAt("destination_config.qos")}
      />
      <Check
        label={words.retain}
        hint={words.retainHint}
        checked={config.retain === true}
        onChange={(retain) => editing.setConfig("retain", retain || undefined)}
      />
      <Body editing={editing} formats={["", "raw", "cloudevents", "template", "text"]} />
    </>
  );
}

/** A text of the configuration; an empty one is taken out. */
export function ConfigText(props: {
  editing: Editing;
  name: string;
  label: string;
  hint?: string;
  placeholder?: string;
  isOptional?: boolean;
}) {
  const { editing, name, label, hint, placeholder, isOptional } = props;
  return (
    <TextField
      label={label}
      hint={hint}
      class="mono"
      {...(placeholder === undefined ? {} : { placeholder })}
      {...(isOptional ? { isOptional } : {})}
      value={textOf(editing.config[name])}
      onInput={(text) => editing.setConfig(name, text === "" ? undefined : text)}
      error={editing.faultAt(`destination_config.${name}`)}
      autocomplete="off"
    />
  );
}

const PLACED = new Set([
  ...["url", "method", "format", "template", "content_type", "headers", "secret", "secrets"],
  ...["template_secrets", "timeout_seconds", "max_in_flight", "ordered", "rate", "batch", "retry"],
  ...["client_certificate", "topic", "qos", "retain"],
]);

/** Faults of what has no field of its own. */
function Unplaced({ editing }: { editing: Editing }) {
  const root = "destination_config";
  const found = editing.faults.value.filter(({ path }) => {
    if (path === root) return true;
    if (!path.startsWith(`${root}.`)) return false;
    return !PLACED.has(path.slice(root.length + 1).split(".")[0] as string);
  });
  return (
    <>
      {found.map(({ path, message }) => (
        <p class="field-error" key={path + message}>
          <code>{path}</code> {message}
        </p>
      ))}
    </>
  );
}
