/** The events that are in view, and what stands in their place where there are none. */

import { link } from "../../app/location.ts";
import type { Tail } from "../../live/tail.ts";
import { NoneFiltered, NoneYet } from "../../parts/states.tsx";
import type { Column } from "../../parts/table/columns.ts";
import { Table } from "../../parts/table/table.tsx";
import { Badge, Time } from "../../parts/values.tsx";
import { shownValue } from "../../rules/clauses.ts";
import type { Token } from "../../rules/filters.ts";
import type { TailNotice, TailRow } from "../../rules/tail.ts";
import { length, sayLength } from "../../rules/times.ts";
import { live as words } from "../../words/en/live.ts";
import { useTick } from "./tick.ts";

export function Rows(props: {
  tail: Tail;
  tokens: readonly Token[];
  onToken: (token: Token) => void;
  onTokens: (tokens: readonly Token[]) => void;
  onGoOn: () => void;
}) {
  const { tail, tokens } = props;
  useTick(tail);
  const rows = tail.log.rows();
  const { waiting, frozen } = tail.log;
  if (rows.length === 0 && waiting === 0) {
    return <Nothing isFiltered={tokens.length > 0} tokens={tokens} onTokens={props.onTokens} />;
  }
  return (
    <Table<TailRow>
      name="live"
      caption={words.caption}
      columns={COLUMNS}
      rows={rows}
      rowKey={(row) => row.n}
      rowName={(row) =>
        row.kind === "event" ? words.message(row.id) : words.missed[row.missed.why]
      }
      open={(row) => (row.kind === "event" ? link(`/messages/${row.id}`) : undefined)}
      onToken={props.onToken}
      waiting={
        frozen === "scroll" && waiting > 0 ? { count: waiting, show: props.onGoOn } : undefined
      }
    />
  );
}

function Nothing(props: {
  isFiltered: boolean;
  tokens: readonly Token[];
  onTokens: (tokens: readonly Token[]) => void;
}) {
  const { tokens, onTokens } = props;
  if (props.isFiltered) {
    return (
      <NoneFiltered
        tokens={tokens}
        onDrop={(token) => onTokens(tokens.filter((each) => each !== token))}
        onDropAll={() => onTokens([])}
      />
    );
  }
  return (
    <NoneYet
      icon="live"
      title={words.none}
      action={
        <>
          <a href={link("/start")}>{words.firstSteps}</a>
          <a href={link("/messages")}>{words.noneStored}</a>
        </>
      }
    >
      {words.noneText}
    </NoneYet>
  );
}

const COLUMNS: readonly Column<TailRow>[] = [
  {
    key: "sent",
    head: words.columns.sent,
    width: "264px",
    card: 1,
    cell: (row) => <Time at={row.at} ms />,
  },
  {
    key: "device",
    head: words.columns.device,
    width: "minmax(100px, 1fr)",
    card: 2,
    cell: (row) => (row.kind === "event" ? <code>{row.device}</code> : <MissedBadge row={row} />),
    token: (row) => (row.kind === "event" ? { field: "device", value: row.device } : undefined),
  },
  {
    key: "metrics",
    head: words.columns.metrics,
    width: "minmax(160px, 4fr)",
    card: 3,
    cell: (row) =>
      row.kind === "event" ? (
        <code>{shownValue(row.metrics)}</code>
      ) : (
        <span title={missedText(row)}>{missedText(row)}</span>
      ),
  },
  {
    key: "id",
    head: words.columns.id,
    width: "188px",
    cell: (row) => row.kind === "event" && <code>{row.id}</code>,
  },
];

function MissedBadge({ row }: { row: TailNotice }) {
  const { why } = row.missed;
  return <Badge state={why} word={words.missed[why]} tone="warn" icon="warn" />;
}

function missedText({ missed, at }: TailNotice): string {
  switch (missed.why) {
    case "dropped":
      return words.dropped(missed.count);
    case "gap":
      return words.gap(missed.from, missed.to);
    case "cut":
      return words.cut(sayLength(length(at - missed.since)));
  }
}
