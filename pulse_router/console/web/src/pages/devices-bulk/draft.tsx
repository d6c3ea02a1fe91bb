/** The lines before they are sent: pasted, dropped or chosen, and checked as they stand. */

import { signal } from "@preact/signals";
import { useMemo, useRef, useState } from "preact/hooks";
import { Icon } from "../../icons.tsx";
import { Button } from "../../parts/button.tsx";
import { AreaField } from "../../parts/field.tsx";
import { May } from "../../parts/may.tsx";
import { Section } from "../../parts/page.tsx";
import { Trouble } from "../../parts/states.tsx";
import { type Entry, type Fault, readBulk } from "../../rules/bulk.ts";
import { bulk as words } from "../../words/en/bulk.ts";
import { type Run, register } from "./run.ts";

/** What is typed stays while one looks elsewhere. */
export const typed = signal("");

const EXAMPLE = "device_id,site_id\nDEV-1,HALL-1\nDEV-2,HALL-2\n";
const FAULTS_SHOWN = 50;

export function Draft({ run }: { run: Run }) {
  const file = useRef<HTMLInputElement>(null);
  const [isOver, setOver] = useState(false);
  const text = typed.value;
  const read = useMemo(() => readBulk(text), [text]);
  const good = read.entries.filter((entry) => entry.device !== undefined).length;
  const bad = read.entries.filter((entry) => entry.faults.length > 0);
  const take = async (chosen: File | undefined): Promise<void> => {
    if (chosen !== undefined) typed.value = await chosen.text();
  };
  const mayGo = good > 0 && read.problem === undefined;
  return (
    <form
      class={isOver ? "bulk over" : "bulk"}
      onSubmit={(event) => {
        event.preventDefault();
        if (mayGo) void register(read.entries);
      }}
      onDragOver={(event) => {
        event.preventDefault();
        setOver(true);
      }}
      onDragLeave={() => setOver(false)}
      onDrop={(event) => {
        event.preventDefault();
        setOver(false);
        void take(event.dataTransfer?.files[0]);
      }}
    >
      <AreaField
        label={words.lines}
        hint={words.hint}
        rows={12}
        value={text}
        onInput={(value) => {
          typed.value = value;
        }}
        error={read.problem === undefined ? undefined : words[read.problem]}
        placeholder={words.drop}
      />
      <div class="bulk-ways">
        <input
          ref={file}
          type="file"
          class="unseen"
          tabIndex={-1}
          aria-label={words.choose}
          accept=".csv,.ndjson,.jsonl,.json,.txt"
          onChange={(event) => void take(event.currentTarget.files?.[0])}
        />
        <Button icon="upload" onClick={() => file.current?.click()}>
          {words.choose}
        </Button>
        {text === "" && (
          <Button
            icon="edit"
            onClick={() => {
              typed.value = EXAMPLE;
            }}
          >
            {words.example}
          </Button>
        )}
        <span role="status" class="bulk-read">
          {text !== "" && words.read(good)}
          {bad.length > 0 && <span class="bad-said"> · {words.faulty(bad.length)}</span>}
        </span>
        <May action="write">
          <Button type="submit" tone="primary" aria-disabled={!mayGo || undefined}>
            {words.register(good)}
          </Button>
        </May>
      </div>
      {run.problem !== undefined && <Trouble problem={run.problem} />}
      {bad.length > 0 && <Faults entries={bad} />}
    </form>
  );
}

function Faults({ entries }: { entries: readonly Entry[] }) {
  return (
    <Section heading={words.faults}>
      <p class="faint">
        {words.skipFaulty}{" "}
        {entries.length > FAULTS_SHOWN && words.shownSome(FAULTS_SHOWN, entries.length)}
      </p>
      <ul class="bulk-faults">
        {entries.slice(0, FAULTS_SHOWN).map((entry) => (
          <li key={entry.line}>
            <strong>{words.line(entry.line)}</strong> <code>{entry.text}</code>
            {entry.faults.map((fault) => (
              <p key={fault.kind}>
                <Icon name="warn" /> {sayFault(fault)}
              </p>
            ))}
          </li>
        ))}
      </ul>
    </Section>
  );
}

function sayFault(fault: Fault): string {
  switch (fault.kind) {
    case "unknown":
      return words.faultSaid.unknown(fault.name);
    case "twice":
      return words.faultSaid.twice(fault.line);
    default:
      return words.faultSaid[fault.kind];
  }
}
