/** What a request carries: the message as it is, as an event, or a template of one's own. */

import { useState } from "preact/hooks";
import { AreaField, SelectField } from "../../parts/field.tsx";
import { type Json, sameJson, writeJson } from "../../rules/digits.ts";
import { asTyped, fromTyped, isWritable } from "../../rules/operands.ts";
import { editor as words } from "../../words/en/editor.ts";
import { ConfigText } from "./destination.tsx";
import type { Editing } from "./editing.ts";
import { textOf } from "./form.tsx";

export function Body({ editing, formats }: { editing: Editing; formats: readonly string[] }) {
  const format = textOf(editing.config.format);
  const choose = (next: string): void => {
    const { format: _, template, content_type, ...others } = editing.config;
    const isShaped = next === "template" || next === "text";
    const isText = next === "text";
    const kept = template !== undefined && (typeof template === "string" || !isText);
    editing.set("destination_config", {
      ...others,
      ...(next === "" ? {} : { format: next }),
      ...(isShaped ? { template: kept ? template : isText ? TEXT : TEMPLATE } : {}),
      ...(isText && content_type !== undefined ? { content_type } : {}),
    });
  };
  return (
    <>
      <SelectField
        label={words.format}
        value={format}
        choices={formats.map((value) => ({ value, label: words.formats[value] ?? value }))}
        onChoose={choose}
        error={editing.faultAt("destination_config.format")}
      />
      {(format === "template" || format === "text") && (
        <Template editing={editing} isText={format === "text"} />
      )}
      {format === "text" && (
        <ConfigText
          editing={editing}
          name="content_type"
          label={words.contentType}
          placeholder="text/plain"
          isOptional
        />
      )}
    </>
  );
}

const TEMPLATE = { device: "{{ device_id }}", metrics: "{{ metrics }}" };
const TEXT = "{{ device_id }}: {{ metrics | tojson }}";

function Template({ editing, isText }: { editing: Editing; isText: boolean }) {
  const value: Json = editing.config.template ?? "";
  const [typed, setTyped] = useState<string | undefined>(undefined);
  const meant = (text: string): Json => (isText ? text : fromTyped(text, "json"));
  const isTyped = typed !== undefined && sameJson(meant(typed), value);
  const written = isText || !isWritable(value) ? asTyped(value) : writeJson(value, 2);
  const fault = isWritable(value) ? editing.faultAt("destination_config.template") : words.noJson;
  return (
    <AreaField
      label={words.template}
      hint={words.templateHint}
      rows={isText ? 4 : 7}
      value={isTyped ? typed : written}
      error={fault}
      onInput={(text) => {
        setTyped(text);
        editing.setConfig("template", meant(text));
      }}
    />
  );
}
