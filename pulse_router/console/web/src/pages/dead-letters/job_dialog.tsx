/** Asked before all that match are touched: the filter in words, the count, what happens, the way back. */

import { useEffect, useState } from "preact/hooks";
import { Problem } from "../../api/problem.ts";
import { go, link } from "../../app/location.ts";
import { Dialog } from "../../parts/dialog.tsx";
import { Check, SelectField } from "../../parts/field.tsx";
import { Facts } from "../../parts/page.tsx";
import { Skeleton, Trouble } from "../../parts/states.tsx";
import { sayProblem } from "../../parts/toasts.tsx";
import { type Token, writeToken } from "../../rules/filters.ts";
import type { AllThatMatch } from "../../rules/selection.ts";
import { deadLetters as words } from "../../words/en/dead_letters.ts";
import { paceOf, RoutesNow } from "./forecast.tsx";
import {
  type Forecast,
  forecast,
  isAcross,
  type JobAction,
  type Letter,
  type Route,
  startJob,
} from "./letters.ts";

const TITLES = {
  replay: words.replayN,
  discard: words.discardN,
  restore: words.restoreN,
  purge: words.purgeN,
};

export function JobDialog(props: {
  action: JobAction;
  selection: AllThatMatch;
  tokens: readonly Token[];
  routes: readonly Route[];
  letters: readonly Letter[];
  onClose: () => void;
}) {
  const { action, selection, tokens, routes } = props;
  const [counted, setCounted] = useState<Forecast | undefined>(undefined);
  const [problem, setProblem] = useState<Problem | undefined>(undefined);
  const [isStaged, setStaged] = useState(true);
  const [through, setThrough] = useState("");
  const plan = { action, filter: selection.filter, upToId: selection.upToId };
  useEffect(() => {
    forecast(plan).then(setCounted, (fault: unknown) => {
      if (!(fault instanceof Problem)) throw fault;
      setProblem(fault);
    });
  }, []);
  const begin = async (): Promise<void> => {
    try {
      const routeId = through === "" ? undefined : Number(through);
      const job = await startJob({ ...plan, staged: isStaged, routeId });
      props.onClose();
      go(link(`/jobs/${job.id}`));
    } catch (fault) {
      sayProblem(fault);
    }
  };
  const n = counted?.matched ?? 0;
  const title = counted ? TITLES[action](n, counted.is_exact) : words.counting;
  const pace = counted && action === "replay" ? paceOf(counted.routes, routes) : undefined;
  const isPurge = action === "purge";
  const isEveryones = isAcross() && selection.filter.tenant_id === undefined;
  const typed = isPurge ? (isEveryones ? words.allWord : String(n)) : undefined;
  return (
    <Dialog
      title={counted ? `${title} ${words.letters(n).replace(/^\S+ /, "")}` : title}
      wide
      danger={isPurge}
      confirm={title}
      isReady={n > 0}
      typed={counted ? typed : undefined}
      onConfirm={begin}
      onClose={props.onClose}
    >
      {problem && <Trouble problem={problem} />}
      {!counted && !problem && <Skeleton lines={4} />}
      {counted && (
        <>
          <p>
            {words.what[action]} {words.back[action]}
          </p>
          <Facts
            facts={[
              [words.which, said(tokens)],
              [words.upToName, words.upTo(selection.upToId)],
              isEveryones && [words.fields.tenant, words.ofAllTenants],
            ]}
          />
          {pace !== undefined && <p>{words.takes(pace)}</p>}
          {n === 0 && <p role="status">{words.noneMatch}</p>}
          {counted.routes.length > 0 && (
            <RoutesNow
              counts={counted.routes}
              routes={routes}
              tried={props.letters}
              areKnown={!isAcross()}
            />
          )}
          {action === "replay" && (
            <>
              <Check
                label={words.staged}
                hint={words.stagedHint}
                checked={isStaged}
                onChange={setStaged}
              />
              <Through routes={routes} value={through} onChoose={setThrough} />
            </>
          )}
        </>
      )}
    </Dialog>
  );
}

/** Which route replays: each its own, or one for all. */
export function Through(props: {
  routes: readonly Route[];
  value: string;
  onChoose: (id: string) => void;
}) {
  if (props.routes.length === 0) return null;
  return (
    <SelectField
      label={words.through}
      value={props.value}
      onChoose={props.onChoose}
      choices={[
        { value: "", label: words.ownRoutes },
        ...props.routes.map((route) => ({ value: String(route.id), label: route.name })),
      ]}
    />
  );
}

function said(tokens: readonly Token[]): string {
  return tokens.length === 0 ? words.all : tokens.map(writeToken).join(" ");
}
