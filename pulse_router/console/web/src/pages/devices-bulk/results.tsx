/** What became of each line, as the answer comes. */

import { useMemo } from "preact/hooks";
import { link } from "../../app/location.ts";
import { Button } from "../../parts/button.tsx";
import { Section } from "../../parts/page.tsx";
import { Bar } from "../../parts/spark.tsx";
import type { Column } from "../../parts/table/columns.ts";
import { Table } from "../../parts/table/table.tsx";
import { Badge, type Tone } from "../../parts/values.tsx";
import { bulk as words } from "../../words/en/bulk.ts";
import { typed } from "./draft.tsx";
import { mend, type Result, type Run, stop } from "./run.ts";

const TONES: Readonly<Record<Result["result"], Tone>> = {
  CREATED: "good",
  EXISTS: "quiet",
  REFUSED: "bad",
};

export function Results({ run }: { run: Run }) {
  const { results } = run;
  const count = (result: Result["result"]): number =>
    results.filter((each) => each.result === result).length;
  const refused = results.filter((each) => each.result === "REFUSED");
  const ordered = useMemo(
    () => [...results].sort((one, other) => rank(one) - rank(other)),
    [results],
  );
  const again = (entries: readonly Result[]): void => {
    typed.value = entries.map(({ entry }) => JSON.stringify(entry.device)).join("\n");
    mend();
  };
  return (
    <Section
      heading={words.results}
      actions={
        <div class="page-actions">
          {run.phase === "sending" && (
            <Button icon="stop" onClick={stop}>
              {words.stop}
            </Button>
          )}
          {run.phase === "done" && refused.length > 0 && (
            <Button tone="primary" icon="edit" onClick={() => again(refused)}>
              {words.mend(refused.length)}
            </Button>
          )}
          {run.phase === "done" && (
            <Button icon="plus" onClick={() => again([])}>
              {words.again}
            </Button>
          )}
          <a class="button" href={link("/devices", { sort: "newest" })}>
            {words.seeAll}
          </a>
        </div>
      }
    >
      <Bar
        label={words.progress}
        whole={run.sent}
        parts={[
          { n: count("CREATED"), tone: "good" },
          { n: count("EXISTS"), tone: "quiet" },
          { n: count("REFUSED"), tone: "bad" },
        ]}
      />
      <p role="status" class="bulk-counts">
        <Badge state="" tone="good" icon="check" word={words.created(count("CREATED"))} />
        <Badge state="" tone="quiet" icon="minus" word={words.existing(count("EXISTS"))} />
        <Badge state="" tone="bad" icon="ban" word={words.refused(count("REFUSED"))} />
        {run.phase === "sending" && <span class="faint">{words.sending}</span>}
      </p>
      {run.ended !== undefined && (
        <p class="note">{typeof run.ended === "string" ? words[run.ended] : run.ended.said}</p>
      )}
      {ordered.length > 0 && (
        <Table
          caption={words.results}
          columns={COLUMNS}
          rows={ordered}
          rowKey={(result) => result.entry.line}
          rowName={(result) => words.line(result.entry.line)}
          total={ordered.length}
        />
      )}
    </Section>
  );
}

/** Those that want something done stand first. */
const rank = (result: Result): number =>
  ["REFUSED", "CREATED", "EXISTS"].indexOf(result.result) * 1e9 + result.entry.line;

const COLUMNS: readonly Column<Result>[] = [
  {
    key: "line",
    head: words.columns.line,
    width: "64px",
    align: "end",
    cell: ({ entry }) => <span class="number">{entry.line}</span>,
  },
  {
    key: "device",
    head: words.columns.device,
    width: "minmax(140px, 1fr)",
    card: 1,
    cell: ({ entry, result }) => {
      const id = entry.device?.device_id ?? "";
      if (result === "REFUSED") return <code>{id}</code>;
      return (
        <a href={link(`/devices/${encodeURIComponent(id)}`)}>
          <code>{id}</code>
        </a>
      );
    },
  },
  {
    key: "result",
    head: words.columns.result,
    width: "148px",
    card: 2,
    cell: ({ result }) => (
      <Badge
        state=""
        tone={TONES[result]}
        icon={{ CREATED: "check", EXISTS: "minus", REFUSED: "ban" }[result] as "check"}
        word={words.words[result] ?? result}
      />
    ),
  },
  {
    key: "token",
    head: words.columns.token,
    width: "120px",
    cell: (result) => (
      <span class="faint">
        {result.hasToken ? words.given : result.result === "CREATED" ? words.own : ""}
        {result.result === "EXISTS" && words.stays}
      </span>
    ),
  },
  {
    key: "why",
    head: words.columns.why,
    width: "minmax(160px, 2fr)",
    card: 3,
    cell: ({ errors }) => errors.map((error) => `${error.field} ${error.message}`).join("; "),
  },
];
