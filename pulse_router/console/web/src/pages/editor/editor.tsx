/** The editor: left the draft, as a form or as JSON, right what it would do. */

import { useEffect, useMemo, useState } from "preact/hooks";
import { useKeys } from "../../app/keys.ts";
import { go, link, useQuery } from "../../app/location.ts";
import { Button } from "../../parts/button.tsx";
import { Switch } from "../../parts/groups.tsx";
import { May } from "../../parts/may.tsx";
import { Page } from "../../parts/page.tsx";
import { Trouble } from "../../parts/states.tsx";
import { Tabs } from "../../parts/tabs.tsx";
import { say } from "../../parts/toasts.tsx";
import type { Json } from "../../rules/digits.ts";
import { trying, editor as words } from "../../words/en/editor.ts";
import { useMessageChoice } from "./choice.ts";
import { Conflict } from "./conflict.tsx";
import { type Base, Editing } from "./editing.ts";
import { Form, textOf } from "./form.tsx";
import { JsonForm } from "./json_form.tsx";
import { Leaving } from "./leaving.tsx";
import { ManyMessages } from "./many_messages.tsx";
import { OneMessage } from "./one_message.tsx";
import { useSaving } from "./saving.ts";
import { useTrial } from "./trial.ts";

export function Editor({ id, base }: { id: number | undefined; base: Base }) {
  const editing = useMemo(() => new Editing(id, base), []);
  useEffect(() => {
    const stop = editing.keep();
    return () => {
      stop();
      if (editing.isChanged.peek()) say(words.keptOnLeaving);
    };
  }, []);
  const choice = useMessageChoice(textOf(editing.body.value.topic_filter));
  const trial = useTrial(editing, choice.message);
  const saving = useSaving(editing, (made) => go(link(`/routes/${made}/edit`), { replace: true }));
  useKeys([{ keys: "Ctrl+Enter", say: words.save, always: true, run: () => void saving.save() }]);
  const payloads = useMemo(
    () => (choice.last.value ?? []).flatMap(({ payload }): Json[] => (payload ? [payload] : [])),
    [choice.last.value],
  );
  const name = textOf(editing.base.value.body.name);
  const title = id === undefined ? words.newRoute : words.edit(name);
  return (
    <Page
      title={title}
      lead={words.lead}
      actions={<Actions editing={editing} isBusy={saving.isBusy} save={saving.save} />}
    >
      {saving.problem !== undefined && saving.problem.status !== 422 && (
        <Trouble problem={saving.problem} />
      )}
      {editing.base.value.notice !== undefined && <p class="note">{editing.base.value.notice}</p>}
      <div class="editor">
        <div class="editor-draft">
          <Draft editing={editing} payloads={payloads} />
        </div>
        <section class="editor-trying" aria-label={trying.title}>
          <h2>{trying.title}</h2>
          <Tabs
            label={trying.title}
            name="try"
            tabs={[
              {
                key: "one",
                label: trying.one,
                content: () => <OneMessage editing={editing} choice={choice} trial={trial} />,
              },
              {
                key: "many",
                label: trying.many,
                content: () => <ManyMessages editing={editing} />,
              },
            ]}
          />
        </section>
      </div>
      {saving.theirs && (
        <Conflict editing={editing} theirs={saving.theirs} onClose={saving.settle} />
      )}
      <Leaving editing={editing} />
    </Page>
  );
}

function Actions(props: { editing: Editing; isBusy: boolean; save: () => Promise<void> }) {
  const { editing } = props;
  const { id } = editing;
  const isChanged = editing.isChanged.value;
  const count = editing.faults.value.length + (editing.isWhole.value ? 0 : 1);
  const drop = (): void => {
    editing.drop();
    say(words.dropped);
  };
  return (
    <>
      <span class="faint editor-state" role="status" title={words.leavingText}>
        {count > 0
          ? words.faults(count)
          : isChanged
            ? words.changed
            : id === undefined
              ? ""
              : words.unchanged}
      </span>
      {id !== undefined && (
        <a class="button" href={link(`/routes/${id}`)}>
          {words.routePage}
        </a>
      )}
      {isChanged && (
        <Button icon="undo" onClick={drop}>
          {words.drop}
        </Button>
      )}
      <May action="write">
        <Button
          tone="primary"
          busy={props.isBusy}
          aria-disabled={!editing.isWhole.value || (id !== undefined && !isChanged) || undefined}
          title="Ctrl+Enter"
          onClick={() => void props.save()}
        >
          {id === undefined ? words.create : words.save}
        </Button>
      </May>
    </>
  );
}

/** The two views of the draft. Which one is open stands in the address. */
function Draft({ editing, payloads }: { editing: Editing; payloads: readonly Json[] }) {
  const [query, setQuery] = useQuery();
  // What is no JSON has no form.
  const isJson = query.get("as") === "json" || editing.syntax.value !== undefined;
  const [restored, setRestored] = useState(editing.wasRestored);
  const turn = (as: string | null): void => {
    if (as === null) editing.tidy();
    setQuery({ as }, { replace: true });
  };
  return (
    <>
      {restored && (
        <p class="note restored">
          {words.restored}{" "}
          <Button
            class="small"
            onClick={() => {
              editing.drop();
              setRestored(false);
            }}
          >
            {words.drop}
          </Button>
        </p>
      )}
      <Switch label={words.view}>
        <Button
          aria-pressed={!isJson}
          aria-disabled={(isJson && !editing.isWhole.value) || undefined}
          onClick={() => turn(null)}
        >
          {words.form}
        </Button>
        <Button aria-pressed={isJson} onClick={() => turn("json")}>
          {words.json}
        </Button>
      </Switch>
      {isJson ? <JsonForm editing={editing} /> : <Form editing={editing} payloads={payloads} />}
    </>
  );
}
