/** Asked before selected dead letters are replayed: by which routes, as they are now. */

import { useState } from "preact/hooks";
import { Problem } from "../../api/problem.ts";
import { Dialog } from "../../parts/dialog.tsx";
import { say, sayProblem } from "../../parts/toasts.tsx";
import { deadLetters as words } from "../../words/en/dead_letters.ts";
import { paceOf, RoutesNow } from "./forecast.tsx";
import { Through } from "./job_dialog.tsx";
import { isAcross, type Letter, type Route, replayOne, replaySeveral } from "./letters.ts";

export function ReplayDialog(props: {
  letters: readonly Letter[];
  routes: readonly Route[];
  onClose: () => void;
  onDone: () => void;
}) {
  const { letters, routes } = props;
  const [through, setThrough] = useState("");
  const counts = countByRoute(letters);
  const pace = paceOf(counts, routes);
  const replay = async (): Promise<void> => {
    const ids = letters.map((letter) => letter.id);
    try {
      const results =
        through === "" ? await replaySeveral(ids) : await through_(ids, Number(through));
      say(summed(results.map((result) => result.status)));
    } catch (fault) {
      sayProblem(fault);
    }
    props.onClose();
    props.onDone();
  };
  return (
    <Dialog
      title={`${words.replayN(letters.length)} ${words.letters(letters.length).replace(/^\S+ /, "")}`}
      wide
      confirm={words.replayN(letters.length)}
      onConfirm={replay}
      onClose={props.onClose}
    >
      <p>
        {words.what.replay} {words.back.replay}
      </p>
      <RoutesNow counts={counts} routes={routes} tried={letters} areKnown={!isAcross()} />
      {pace !== undefined && <p class="faint">{words.takes(pace)}</p>}
      <Through routes={routes} value={through} onChoose={setThrough} />
    </Dialog>
  );
}

/** Replay each through one route; what fails again is no reason to stop. */
async function through_(ids: readonly number[], routeId: number) {
  const results: { status: string }[] = [];
  for (const id of ids) {
    try {
      await replayOne(id, routeId);
      results.push({ status: "REPLAYED" });
    } catch (fault) {
      if (!(fault instanceof Problem) || fault.status !== 502) throw fault;
      results.push({ status: "FAILED" });
    }
  }
  return results;
}

function summed(statuses: readonly string[]): string {
  const of = (status: string): number => statuses.filter((each) => each === status).length;
  const done = of("REPLAYED");
  if (done === statuses.length) return words.replayed(done);
  return words.replayedSome(done, of("FAILED"), of("SKIPPED"));
}

function countByRoute(letters: readonly Letter[]): { route_id: number; count: number }[] {
  const counts = new Map<number, number>();
  for (const { route_id } of letters) counts.set(route_id, (counts.get(route_id) ?? 0) + 1);
  return [...counts].map(([route_id, count]) => ({ route_id, count }));
}
