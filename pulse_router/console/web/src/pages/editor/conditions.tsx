/** A filter as rows: conditions, and groups of them; what has no row stands as JSON. */

import { useContext } from "preact/hooks";
import { Button } from "../../parts/button.tsx";
import {
  type AllNode,
  type Entry,
  type FieldNode,
  GROUPS,
  type GroupNode,
  type GroupOperator,
  type NotNode,
  type RawNode,
} from "../../rules/conditions.ts";
import { asTyped } from "../../rules/operands.ts";
import { editor as words } from "../../words/en/editor.ts";
import { FieldRow } from "./condition_row.tsx";
import { Known } from "./known.ts";
import { TypedValue } from "./typed_value.tsx";

/** All entries of a filter, one below the other, and what adds further ones. */
export function Conditions(props: { tree: AllNode; onChange: (tree: AllNode) => void }) {
  const { entries } = props.tree;
  const put = (changed: readonly Entry[]): void =>
    props.onChange({ kind: "all", entries: [...changed] });
  const add = (entry: Entry): void => put([...entries, entry]);
  return (
    <div class="conditions">
      {entries.map((entry, at) => (
        <EntryRow
          key={`${at}${entry.kind}`}
          entry={entry}
          onChange={(changed) => put(entries.with(at, changed))}
          onRemove={() => put(entries.toSpliced(at, 1))}
        />
      ))}
      <div class="condition-adds">
        <Button class="small" icon="plus" onClick={() => add(fresh())}>
          {words.addCondition}
        </Button>
        <Button class="small" icon="plus" onClick={() => add(freshGroup())}>
          {words.addGroup}
        </Button>
      </div>
    </div>
  );
}

const fresh = (): FieldNode => ({
  kind: "field",
  path: "",
  tests: [{ operator: "$gt", operand: 0 }],
  nots: 0,
});

const freshGroup = (): GroupNode => ({
  kind: "group",
  operator: "$or",
  members: [
    { kind: "all", entries: [fresh()] },
    { kind: "all", entries: [fresh()] },
  ],
});

function EntryRow(props: { entry: Entry; onChange: (entry: Entry) => void; onRemove: () => void }) {
  const { entry } = props;
  switch (entry.kind) {
    case "field":
      return <FieldRow field={entry} onChange={props.onChange} onRemove={props.onRemove} />;
    case "raw":
      return <Raw entry={entry} onChange={props.onChange} onRemove={props.onRemove} />;
    default:
      return <Group entry={entry} onChange={props.onChange} onRemove={props.onRemove} />;
  }
}

/** `$and`, `$or`, `$nor` of several filters, or `$not` of one. */
function Group(props: {
  entry: GroupNode | NotNode;
  onChange: (entry: Entry) => void;
  onRemove: () => void;
}) {
  const { entry } = props;
  const { faults } = useContext(Known);
  const members = entry.kind === "group" ? entry.members : [entry.member];
  const operator = entry.kind === "group" ? entry.operator : "$not";
  const put = (changed: AllNode[]): void => {
    if (entry.kind === "group") props.onChange({ ...entry, members: changed });
    else props.onChange({ kind: "not", member: changed[0] as AllNode });
  };
  return (
    <fieldset class="condition-group">
      <legend class="unseen">{words.group(operator)}</legend>
      <div class="condition-group-head">
        <select
          class="input"
          aria-label={words.groupOf}
          value={operator}
          onChange={(event) => props.onChange(regrouped(members, event.currentTarget.value))}
        >
          {[...GROUPS, "$not"].map((each) => (
            <option key={each} value={each}>
              {words.group(each)}
            </option>
          ))}
        </select>
        <Button
          tone="plain"
          class="small"
          icon="cross"
          label={words.removeGroup}
          onClick={props.onRemove}
        />
      </div>
      <Faults said={faults.get(entry)} />
      {members.map((member, at) => (
        <div class="condition-member" key={at}>
          <Conditions
            tree={member}
            onChange={(changed) =>
              // What is emptied goes, for `{}` would take every message.
              put(
                changed.entries.length === 0 && members.length > 1
                  ? members.toSpliced(at, 1)
                  : members.with(at, changed),
              )
            }
          />
          {members.length > 1 && member.entries.length > 1 && (
            <Button
              tone="plain"
              class="small"
              icon="cross"
              label={words.removeMember}
              onClick={() => put(members.toSpliced(at, 1))}
            />
          )}
        </div>
      ))}
      {entry.kind === "group" && (
        <Button
          class="small"
          icon="plus"
          onClick={() => put([...members, { kind: "all", entries: [fresh()] }])}
        >
          {words.addMember}
        </Button>
      )}
    </fieldset>
  );
}

/** The same members under another operator; `$not` has one, in which all must hold. */
function regrouped(members: readonly AllNode[], operator: string): Entry {
  if (operator !== "$not") {
    return { kind: "group", operator: operator as GroupOperator, members: [...members] };
  }
  if (members.length === 1) return { kind: "not", member: members[0] as AllNode };
  const group: GroupNode = { kind: "group", operator: "$and", members: [...members] };
  return { kind: "not", member: { kind: "all", entries: [group] } };
}

function Raw(props: { entry: RawNode; onChange: (entry: Entry) => void; onRemove: () => void }) {
  const { entry } = props;
  const { faults } = useContext(Known);
  const said = faults.get(entry);
  return (
    <div class="condition raw">
      <code>{entry.key}</code>
      <TypedValue
        label={`${entry.key}: ${words.raw}`}
        kind="json"
        value={entry.value}
        onChange={(value) => props.onChange({ ...entry, value })}
        isWrong={said !== undefined}
        rows={Math.min(8, asTyped(entry.value).length / 40 + 1)}
      />
      <Button
        tone="plain"
        class="small"
        icon="cross"
        label={words.remove(entry.key)}
        onClick={props.onRemove}
      />
      <Faults said={said} />
    </div>
  );
}

/** What is wrong with a row. */
export function Faults({ said, id }: { said: readonly string[] | undefined; id?: string }) {
  if (said === undefined || said.length === 0) return null;
  return (
    <p class="field-error" id={id}>
      {said.join(" ")}
    </p>
  );
}
