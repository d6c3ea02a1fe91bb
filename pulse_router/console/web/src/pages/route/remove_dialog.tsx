/** Asked before a route is deleted: what is pending, and where that goes. */

import { send } from "../../api/client.ts";
import { useReading } from "../../api/reading.ts";
import { go, link } from "../../app/location.ts";
import { Dialog } from "../../parts/dialog.tsx";
import { States } from "../../parts/states.tsx";
import { say, sayProblem } from "../../parts/toasts.tsx";
import { routes as words } from "../../words/en/routes.ts";
import { countLetters } from "../dead-letters/letters.ts";
import type { Known } from "./index.tsx";
import { useStats } from "./stats.ts";

export function RemoveDialog({ known, onClose }: { known: Known; onClose: () => void }) {
  const { route, etag } = known;
  const stats = useStats(route.id);
  const dead = useReading(
    (signal) => countLetters({ route_id: String(route.id) }, signal),
    [route.id],
  ).value;
  const pending = stats.value?.pending ?? 0;
  const remove = async (): Promise<void> => {
    try {
      await send("delete", "/api/v1/customer/message-routes/{route_id}", {
        path: { route_id: route.id },
        etag,
      });
      say(words.removed(route.name));
      go(link("/routes"), { replace: true });
    } catch (fault) {
      sayProblem(fault);
      known.again();
      onClose();
    }
  };
  return (
    <Dialog
      title={words.removeTitle(route.name)}
      danger
      confirm={words.removeButton(pending)}
      isReady={stats.value !== undefined}
      onConfirm={remove}
      onClose={onClose}
    >
      <States reading={stats} lines={2}>
        {({ pending_is_exact }) => (
          <p>
            {pending === 0 ? (
              words.removeNothing
            ) : (
              <>
                <strong>{words.removePending(pending, pending_is_exact)}</strong>{" "}
                <a href={link(`/routes/${route.id}`, { tab: "pending" })} onClick={onClose}>
                  {words.asPending}
                </a>
              </>
            )}
          </p>
        )}
      </States>
      {dead !== undefined && dead.n > 0 && <p>{words.removeDead(dead.n, dead.isExact)}</p>}
      <p>{words.removeBack}</p>
    </Dialog>
  );
}
