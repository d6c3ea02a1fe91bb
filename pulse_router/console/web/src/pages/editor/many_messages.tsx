/** Many messages: the draft over what is stored, run anew when what it takes has changed. */

import { useEffect, useRef, useState } from "preact/hooks";
import { lines, type Schema } from "../../api/client.ts";
import { foreignTenant } from "../../api/credentials.ts";
import { Problem } from "../../api/problem.ts";
import { useQuery } from "../../app/location.ts";
import { Button } from "../../parts/button.tsx";
import { Switch } from "../../parts/groups.tsx";
import { Trouble } from "../../parts/states.tsx";
import { type Json, writeJson } from "../../rules/digits.ts";
import { trying as words } from "../../words/en/editor.ts";
import type { Editing } from "./editing.ts";
import { PreviewResult } from "./preview_result.tsx";

type Result = Schema<"PreviewResult">;
type Progress = Schema<"PreviewProgress">;

const RANGES = ["hour", "day", "10000"];
const HOUR_MS = 3_600_000;
const PAUSE_MS = 800;
const TURN_MS = 5_000;

interface State {
  readonly result?: Result;
  readonly progress?: Progress;
  readonly problem?: Problem;
  readonly isRunning: boolean;
}

export function ManyMessages({ editing }: { editing: Editing }) {
  const [query, setQuery] = useQuery();
  const range = query.get("over") ?? "day";
  const [state, setState] = useState<State>({ isRunning: false });
  const [turn, setTurn] = useState(0);
  const { topic_filter: topic = null } = editing.body.value;
  const isWhole = editing.isWhole.value;
  const isForeign = foreignTenant.value !== undefined;
  const isSound = isWhole && topic !== "" && editing.told.value.length === 0;
  const canRun = isSound && !isForeign;
  const asked = canRun
    ? writeJson([topic, editing.tried.payload_filter as Json, editing.base.value.etag ?? null])
    : undefined;
  const first = useRef(true);
  useEffect(() => {
    if (asked === undefined) return;
    const under = new AbortController();
    let clock = window.setTimeout(() => void run(), first.current ? 0 : PAUSE_MS);
    first.current = false;
    const run = async (): Promise<void> => {
      setState((before) => ({ ...kept(before), isRunning: true }));
      try {
        for await (const line of preview(editing, range, under.signal)) {
          if (under.signal.aborted) return;
          if (line.result) setState({ result: line.result, isRunning: false });
          else if (line.progress) {
            const { progress } = line;
            setState((before) => ({ ...kept(before), progress, isRunning: true }));
          }
        }
      } catch (fault) {
        if (under.signal.aborted) return;
        if (!(fault instanceof Problem)) throw fault;
        setState((before) => ({ ...kept(before), problem: fault, isRunning: fault.passes }));
        const wait = fault.retryAfter === undefined ? TURN_MS : fault.retryAfter * 1000;
        if (fault.passes) clock = window.setTimeout(() => void run(), wait);
      }
    };
    return () => {
      window.clearTimeout(clock);
      under.abort();
    };
  }, [asked, range, turn]);
  const { result, problem } = state;
  return (
    <>
      <div class="many-head">
        <span>{words.over}</span>
        <Switch label={words.over}>
          {RANGES.map((each) => (
            <Button
              key={each}
              class="small"
              aria-pressed={range === each}
              onClick={() => setQuery({ over: each === "day" ? null : each }, { replace: true })}
            >
              {words.ranges[each]}
            </Button>
          ))}
        </Switch>
        <Button class="small" icon="replay" onClick={() => setTurn(turn + 1)}>
          {words.run}
        </Button>
      </div>
      <p class="faint" role="status">
        {state.isRunning ? saidOf(state) : ""}
      </p>
      {!canRun && <p class="faint">{isForeign ? words.ownOnly : words.needsFix}</p>}
      {problem && problem.status !== 429 && <Trouble problem={problem} />}
      {result && (
        <div
          class={state.isRunning || !canRun ? "shown older" : "shown"}
          aria-busy={state.isRunning}
        >
          <PreviewResult result={result} />
        </div>
      )}
    </>
  );
}

const kept = (before: State): { result?: Result } =>
  before.result === undefined ? {} : { result: before.result };

function saidOf({ progress, problem }: State): string {
  if (problem?.status === 429) return words.waiting;
  if (progress?.is_waiting) return words.ingestFirst;
  return words.looking(progress?.looked_at ?? 0);
}

function preview(editing: Editing, range: string, signal: AbortSignal) {
  const hours = range === "hour" ? 1 : range === "day" ? 24 : undefined;
  return lines<{ result?: Result; progress?: Progress }>(
    "post",
    "/api/v1/customer/message-routes/preview",
    {
      signal,
      body: {
        route: editing.tried,
        route_id: editing.id ?? null,
        ...(hours === undefined
          ? { last: Number(range) }
          : { from: new Date(Date.now() - hours * HOUR_MS).toISOString() }),
      },
    },
  );
}
