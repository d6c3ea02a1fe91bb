/** One message: which one, and what the draft says of it. */

import { link } from "../../app/location.ts";
import { session } from "../../app/session.ts";
import { Button } from "../../parts/button.tsx";
import { AreaField, SelectField, TextField } from "../../parts/field.tsx";
import { JsonView } from "../../parts/json_view.tsx";
import { Trouble } from "../../parts/states.tsx";
import { Time } from "../../parts/values.tsx";
import { addTest } from "../../rules/conditions.ts";
import type { Json } from "../../rules/digits.ts";
import { leads } from "../../rules/missing.ts";
import { common } from "../../words/en/common.ts";
import { trying as words } from "../../words/en/editor.ts";
import type { MessageChoice } from "./choice.ts";
import type { Editing } from "./editing.ts";
import { SOURCES, type Source } from "./message.ts";
import { SendIt } from "./send_it.tsx";
import { type Trial, topicFault } from "./trial.ts";
import { Verdict } from "./verdict.tsx";

export function OneMessage(props: { editing: Editing; choice: MessageChoice; trial: Trial }) {
  const { editing, choice, trial } = props;
  const { message } = choice;
  const isSound = editing.isWhole.value && editing.told.value.length === 0;
  const actions = [{ name: words.useAsCondition, run: use(editing) }];
  return (
    <>
      <Choice choice={choice} topicFault={topicFault(trial)} />
      <MayNot />
      {choice.last.problem !== undefined && choice.last.problem.status !== 422 && (
        <Trouble problem={choice.last.problem} reading={choice.last} />
      )}
      {trial.problem !== undefined && trial.problem.status !== 422 && (
        <Trouble problem={trial.problem} />
      )}
      {message?.payload !== undefined && !isSound && <p class="faint">{words.needsFix}</p>}
      {trial.answer && (
        <div class={trial.isOlder ? "shown older" : "shown"} aria-busy={trial.isOlder || undefined}>
          <Verdict
            answer={trial.answer}
            isEnabled={editing.body.value.is_enabled !== false}
            leads={leads(editing.body.value)}
          />
          {message?.payload !== undefined && (
            <SendIt editing={editing} topic={message.topic} payload={message.payload} />
          )}
        </div>
      )}
      {message?.payload !== undefined && choice.chosen.source !== "typed" && (
        <details class="folded" open={trial.answer?.would_deliver === false}>
          <summary>{words.payload}</summary>
          <JsonView value={message.payload} label={words.payload} actions={actions} />
        </details>
      )}
    </>
  );
}

/** Asks for a value that a real message has. A metric goes by its bare name, where it is one. */
function use(editing: Editing) {
  return (path: string, value: Json): void => {
    const tree = editing.tree.peek();
    if (tree === undefined) return;
    const bare = /^metrics\.([^.]+)$/.exec(path)?.[1] ?? path;
    editing.setTree(addTest(tree, bare, { operator: "$eq", operand: value }));
  };
}

/** Whoever may not write is not told what would be sent. */
function MayNot() {
  const known = session.value;
  const may = known?.may("write") ?? true;
  if (may === true) return null;
  return <p class="note">{common.needs(may.needs, known?.roles.join(", ") ?? "")}</p>;
}

function Choice(props: { choice: MessageChoice; topicFault: string | undefined }) {
  const { choice } = props;
  const { chosen, choose, last, named, message } = choice;
  const isById = chosen.source !== "last" && chosen.source !== "typed";
  return (
    <div class="message-choice">
      <SelectField
        label={words.which}
        value={chosen.source}
        choices={SOURCES.map((value) => ({ value, label: words.sources[value] ?? value }))}
        onChoose={(source) => choose({ source: source as Source })}
      />
      {isById && (
        <TextField
          label={words.id}
          class="mono"
          autocomplete="off"
          value={chosen.id}
          onInput={(id) => choose({ id: id.trim() })}
          error={named.problem?.message}
        />
      )}
      {chosen.source === "typed" ? (
        <Typed choice={choice} topicFault={props.topicFault} />
      ) : (
        message && (
          <p class="message-line">
            <code>{message.topic}</code>
            {message.event !== undefined && (
              <>
                {" · "}
                <a href={link(`/messages/${message.event}`)}>{words.stored(message.event)}</a>
              </>
            )}
            {message.at !== undefined && (
              <>
                {" · "}
                <Time at={message.at} age />
              </>
            )}
          </p>
        )
      )}
      {chosen.source === "last" && !last.loading && last.value?.length === 0 && (
        <p class="faint">
          {words.noLast} {words.noLastHint}
        </p>
      )}
      {message !== undefined && message.payload === undefined && (
        <p class="field-error">{chosen.source === "typed" ? words.noObject : words.noPayload}</p>
      )}
      {chosen.source !== "typed" && (
        <div class="condition-adds">
          {chosen.source === "last" && (
            <Button class="small" icon="replay" onClick={() => last.again()}>
              {words.newest}
            </Button>
          )}
          <Button class="small" icon="edit" onClick={() => choose({ source: "typed" })}>
            {words.typeIt}
          </Button>
        </div>
      )}
    </div>
  );
}

function Typed(props: { choice: MessageChoice; topicFault: string | undefined }) {
  const { chosen, choose } = props.choice;
  return (
    <>
      <TextField
        label={words.topic}
        class="mono"
        autocomplete="off"
        value={chosen.topic}
        error={props.topicFault}
        onInput={(topic) => choose({ topic })}
      />
      <AreaField
        label={words.payload}
        rows={8}
        value={chosen.text}
        onInput={(text) => choose({ text })}
      />
    </>
  );
}
