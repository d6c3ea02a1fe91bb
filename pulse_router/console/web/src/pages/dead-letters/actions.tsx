/** What is done with the selected: the bar below the list, and what it asks. */

import { useEffect, useState } from "preact/hooks";
import { useKeys } from "../../app/keys.ts";
import { Button } from "../../parts/button.tsx";
import { CopyAs } from "../../parts/copying.tsx";
import type { List } from "../../parts/list.ts";
import { May } from "../../parts/may.tsx";
import { say, sayProblem, UNDO_MS, undo } from "../../parts/toasts.tsx";
import { curl } from "../../rules/copying.ts";
import type { Query, Token } from "../../rules/filters.ts";
import { isEmpty, NOTHING, type Selection } from "../../rules/selection.ts";
import { common } from "../../words/en/common.ts";
import { deadLetters as words } from "../../words/en/dead_letters.ts";
import { JobDialog } from "./job_dialog.tsx";
import {
  discardOne,
  isAcross,
  type JobAction,
  type Letter,
  type Route,
  restoreOne,
  withEach,
} from "./letters.ts";
import { jobCommand, jobRequest } from "./plans.ts";
import { ReplayDialog } from "./replay_dialog.tsx";

/** Of which status they must be for what is done with them. */
const FITS = { replay: "FAILED", discard: "FAILED", restore: "DISCARDED" } as const;
type Single = keyof typeof FITS;

export function Actions(props: {
  selection: Selection;
  list: List<Letter>;
  routes: readonly Route[];
  tokens: readonly Token[];
  filter: Query;
  onSelect: (selection: Selection) => void;
  onSelectAll: () => void;
}) {
  const { selection, list, routes, tokens, onSelect } = props;
  const [asked, setAsked] = useState<JobAction | undefined>(undefined);
  const close = (): void => setAsked(undefined);
  useEffect(close, [isEmpty(selection)]);
  const isAll = selection.kind === "all";
  const chosen = isAll ? [] : list.rows.filter((letter) => selection.ids.has(letter.id));
  const fitting = (action: Single): Letter[] =>
    chosen.filter((letter) => letter.status === FITS[action]);
  const done = (): void => {
    onSelect(NOTHING);
    list.reading.again();
  };
  const put = (ids: readonly number[], status: Letter["status"]): void =>
    list.change((rows) => rows.map((row) => (ids.includes(row.id) ? { ...row, status } : row)));

  const act = (action: JobAction): void => {
    if (isEmpty(selection)) return;
    if (isAll || action === "replay" || action === "purge") {
      setAsked(action);
      return;
    }
    const ids = fitting(action).map((letter) => letter.id);
    if (ids.length === 0) {
      say(words.nothingFits(words.doing[action]));
      return;
    }
    const [forth, back] =
      action === "discard"
        ? ([discardOne, restoreOne] as const)
        : ([restoreOne, discardOne] as const);
    const [after, before] =
      action === "discard"
        ? (["DISCARDED", "FAILED"] as const)
        : (["FAILED", "DISCARDED"] as const);
    const sentence =
      action === "discard" ? words.discarded(ids.length) : words.restored(ids.length);
    void undo(
      sentence,
      UNDO_MS,
      () => withEach(ids, forth).then(() => put(ids, after)),
      () => withEach(ids, back).then(() => put(ids, before)),
      done,
    ).catch(sayProblem);
  };
  useKeys(
    isEmpty(selection) ? [] : [{ keys: "r", say: words.keys.replay, run: () => act("replay") }],
  );
  if (isEmpty(selection)) return null;
  const has = (action: Single): boolean => isAll || fitting(action).length > 0;
  const right = isAcross() ? "write_all" : "write";
  return (
    <section class="selection-bar" aria-label={common.actions}>
      <span class="selection-said" role="status">
        {isAll ? words.allThatMatch(selection.upToId) : common.rowsSelected(chosen.length)}
        {!isAll && chosen.length === list.rows.length && list.total > chosen.length && (
          <>
            {" "}
            <Button class="small" onClick={props.onSelectAll}>
              {common.selectAll(String(list.total))}
            </Button>
          </>
        )}
      </span>
      {has("replay") && (
        <May action={right}>
          <Button tone="primary" icon="replay" onClick={() => act("replay")}>
            {isAll ? words.replay : words.replayN(fitting("replay").length)}
          </Button>
        </May>
      )}
      {has("discard") && (
        <May action={right}>
          <Button icon="trash" onClick={() => act("discard")}>
            {isAll ? words.discard : words.discardN(fitting("discard").length)}
          </Button>
        </May>
      )}
      {has("restore") && (
        <May action={right}>
          <Button icon="undo" onClick={() => act("restore")}>
            {isAll ? words.restore : words.restoreN(fitting("restore").length)}
          </Button>
        </May>
      )}
      {isAll && (
        <May action={right}>
          <Button tone="danger" icon="trash" onClick={() => act("purge")}>
            {words.purge}
          </Button>
        </May>
      )}
      {isAll && (
        <CopyAs
          request={() => curl(jobRequest("replay", selection))}
          command={() => jobCommand("replay", selection)}
        />
      )}
      <Button tone="plain" icon="cross" onClick={() => onSelect(NOTHING)}>
        {common.selectNone}
      </Button>
      {asked === "replay" && !isAll && (
        <ReplayDialog letters={fitting("replay")} routes={routes} onClose={close} onDone={done} />
      )}
      {asked !== undefined && isAll && (
        <JobDialog
          action={asked}
          selection={selection}
          tokens={tokens}
          routes={routes}
          letters={list.rows}
          onClose={close}
        />
      )}
    </section>
  );
}
