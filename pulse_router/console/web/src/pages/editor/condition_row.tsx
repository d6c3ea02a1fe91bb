/** One field of a message, and what is asked of it: path, operator, value with its type. */

import { useContext, useId, useState } from "preact/hooks";
import { Button } from "../../parts/button.tsx";
import { shownValue } from "../../rules/clauses.ts";
import type { Entry, FieldNode, Test } from "../../rules/conditions.ts";
import { OPERATORS } from "../../rules/conditions.ts";
import type { KnownPath } from "../../rules/known_paths.ts";
import { KINDS, type Kind, kindFor, kindOfValue, turned } from "../../rules/operands.ts";
import { editor as words } from "../../words/en/editor.ts";
import { clauses } from "../../words/en/traces.ts";
import { Faults } from "./conditions.tsx";
import { Known } from "./known.ts";
import { TypedValue } from "./typed_value.tsx";

export function FieldRow(props: {
  field: FieldNode;
  onChange: (entry: Entry) => void;
  onRemove: () => void;
}) {
  const { field } = props;
  const { list, paths, faults } = useContext(Known);
  const id = useId();
  const found = paths.find((each) => each.path === field.path);
  const said = faults.get(field);
  const setTests = (tests: Test[]): void => props.onChange({ ...field, tests });
  const name = (path: string): void => {
    const known = paths.find((each) => each.path === path);
    props.onChange({
      ...field,
      path,
      tests: known ? suited(field.tests, known.kind) : field.tests,
    });
  };
  return (
    <div class="condition">
      {field.tests.map((test, at) => (
        <div class="condition-test" key={at}>
          {at === 0 ? (
            <span class="condition-path">
              {field.nots % 2 === 1 && <span class="badge quiet">{words.negated}</span>}
              <input
                class="input mono"
                list={list}
                autocomplete="off"
                spellcheck={false}
                aria-label={words.path}
                aria-invalid={said !== undefined || undefined}
                aria-describedby={said === undefined ? undefined : id}
                value={field.path}
                onInput={(event) => name(event.currentTarget.value)}
              />
            </span>
          ) : (
            <span class="condition-path faint">{words.andThen}</span>
          )}
          <TestInputs
            test={test}
            found={found?.kind}
            isWrong={said !== undefined && field.path !== ""}
            described={said === undefined ? undefined : id}
            onChange={(changed) => setTests(field.tests.with(at, changed))}
          />
          <Button
            tone="plain"
            class="small"
            icon="cross"
            label={words.remove(field.path)}
            onClick={() =>
              field.tests.length === 1 ? props.onRemove() : setTests(field.tests.toSpliced(at, 1))
            }
          />
        </div>
      ))}
      <Faults said={said} id={id} />
      {said === undefined && <Hint field={field} found={found} isKnown={paths.length > 0} />}
    </div>
  );
}

/** What real messages have there. */
function Hint(props: { field: FieldNode; found: KnownPath | undefined; isKnown: boolean }) {
  const { field, found, isKnown } = props;
  if (field.path === "") return <p class="field-hint">{words.noPath}</p>;
  if (found !== undefined) return <p class="field-hint">{words.lately(shownValue(found.value))}</p>;
  return isKnown ? <p class="field-hint">{words.neverSeen}</p> : null;
}

function TestInputs(props: {
  test: Test;
  found: Kind | undefined;
  isWrong: boolean;
  described: string | undefined;
  onChange: (test: Test) => void;
}) {
  const { test } = props;
  const [chosen, setChosen] = useState<Kind | undefined>(undefined);
  const fixed = kindFor(test.operator);
  const kind = fixed ?? chosen ?? kindOfValue(test.operand);
  const operate = (operator: string): void => {
    const next = kindFor(operator) ?? (fixed === undefined ? kind : (props.found ?? "number"));
    setChosen(undefined);
    props.onChange({ operator, operand: turned(test.operand, next, operator) });
  };
  const retype = (next: Kind): void => {
    setChosen(next);
    props.onChange({ ...test, operand: turned(test.operand, next, test.operator) });
  };
  const known: readonly string[] = OPERATORS;
  const shown = test.operator === "" ? "$eq" : test.operator;
  return (
    <>
      <select
        class="input"
        aria-label={words.operator}
        value={shown}
        onChange={(event) => operate(event.currentTarget.value)}
      >
        {[...known, ...(known.includes(shown) ? [] : [shown])].map((operator) => (
          <option key={operator} value={operator}>
            {clauses.operator(operator)}
          </option>
        ))}
      </select>
      <TypedValue
        label={words.value}
        kind={kind}
        value={test.operand}
        isWrong={props.isWrong}
        described={props.described}
        onChange={(operand) => props.onChange({ ...test, operand })}
      />
      {fixed === undefined ? (
        <select
          class="input condition-kind"
          aria-label={words.kind}
          value={kind}
          onChange={(event) => retype(event.currentTarget.value as Kind)}
        >
          {KINDS.map((each) => (
            <option key={each} value={each}>
              {words.kinds[each]}
            </option>
          ))}
        </select>
      ) : (
        <span class="condition-kind faint">{words.kinds[fixed]}</span>
      )}
    </>
  );
}

const NUMERIC = new Set(["$gt", "$gte", "$lt", "$lte"]);

/** What is asked, with values of the kind that real messages have there, as long as none is typed. */
function suited(tests: readonly Test[], kind: Kind): Test[] {
  const only = tests.length === 1 ? tests[0] : undefined;
  if (only === undefined || only.operand !== 0 || kind === "number") return [...tests];
  const operator = NUMERIC.has(only.operator) && kind !== "string" ? "$eq" : only.operator;
  return [{ operator, operand: turned(kind === "string" ? "" : only.operand, kind, operator) }];
}
