/** Two have changed one route: what it was, theirs and yours, field by field, and which to take. */

import { useState } from "preact/hooks";
import { Dialog } from "../../parts/dialog.tsx";
import type { Json } from "../../rules/digits.ts";
import { writeJson } from "../../rules/digits.ts";
import { type Choice, type Difference, differences, merged } from "../../rules/merging.ts";
import { editor as words } from "../../words/en/editor.ts";
import type { Base, Editing } from "./editing.ts";

export function Conflict(props: { editing: Editing; theirs: Base; onClose: () => void }) {
  const { editing, theirs } = props;
  const [found] = useState(() =>
    differences(editing.base.peek().body, theirs.body, editing.body.peek()),
  );
  const [choices, setChoices] = useState<ReadonlyMap<string, Choice>>(new Map());
  const choose = (path: string, choice: Choice): void =>
    setChoices(new Map(choices).set(path, choice));
  return (
    <Dialog
      title={words.conflict}
      wide
      confirm={words.merge}
      onClose={props.onClose}
      onConfirm={async () => {
        editing.rebase(theirs, merged(theirs.body, found, choices));
        props.onClose();
      }}
    >
      <p>{words.conflictText}</p>
      <ul class="conflicts">
        {found.map((each) => (
          <li key={each.path}>
            <Versions
              difference={each}
              choice={choices.get(each.path) ?? (each.whose === "theirs" ? "theirs" : "yours")}
              onChoose={(choice) => choose(each.path, choice)}
            />
          </li>
        ))}
      </ul>
    </Dialog>
  );
}

function Versions(props: {
  difference: Difference;
  choice: Choice;
  onChoose: (choice: Choice) => void;
}) {
  const { difference, choice } = props;
  const field = words.field(difference.path);
  const pick = (which: Choice, word: string, name: string) => (
    <label class="check">
      <input
        type="radio"
        name={difference.path}
        aria-label={name}
        checked={choice === which}
        onChange={() => props.onChoose(which)}
      />
      {word}
    </label>
  );
  return (
    <section aria-label={field}>
      <h3>{field}</h3>
      <dl class="versions">
        <div>
          <dt>{words.was}</dt>
          <dd>
            <Value value={difference.was} />
          </dd>
        </div>
        <div class={choice === "theirs" ? "taken" : ""}>
          <dt>{pick("theirs", words.theirs, words.takeTheirs(field))}</dt>
          <dd>
            <Value value={difference.theirs} />
          </dd>
        </div>
        <div class={choice === "yours" ? "taken" : ""}>
          <dt>{pick("yours", words.yours, words.takeYours(field))}</dt>
          <dd>
            <Value value={difference.yours} />
          </dd>
        </div>
      </dl>
    </section>
  );
}

function Value({ value }: { value: Json | undefined }) {
  if (value === undefined) return <span class="faint">{words.absent}</span>;
  return <code>{typeof value === "string" ? value : writeJson(value, 2)}</code>;
}
