/** What is done with the selected alerts, and what the socket says of those that are shown. */

import { useEffect, useState } from "preact/hooks";
import { listen, openAlerts } from "../../live/socket.ts";
import { Button } from "../../parts/button.tsx";
import { Dialog } from "../../parts/dialog.tsx";
import type { Selected } from "../../parts/filtered_list.tsx";
import type { List } from "../../parts/list.ts";
import { May } from "../../parts/may.tsx";
import { say, sayProblem, UNDO_MS, undo } from "../../parts/toasts.tsx";
import { alerts as words } from "../../words/en/alerts.ts";
import { common } from "../../words/en/common.ts";
import { type Alert, putEach, type Status } from "./alerts.ts";

/** From which states each can be reached. */
const FROM: Readonly<Record<Status, readonly Status[]>> = {
  ACKNOWLEDGED: ["OPEN"],
  CLOSED: ["OPEN", "ACKNOWLEDGED"],
  OPEN: ["ACKNOWLEDGED"],
};

export function Actions({ selected }: { selected: Selected<Alert> }) {
  const { rows, list, clear } = selected;
  const [isClosing, setClosing] = useState(false);
  useLive(list);
  const fitting = (to: Status): Alert[] => rows.filter((alert) => FROM[to].includes(alert.status));
  const show = (changed: readonly Alert[]): void => {
    const byId = new Map(changed.map((alert) => [alert.id, alert]));
    list.change((shown) => shown.map((alert) => byId.get(alert.id) ?? alert));
  };
  const after = (): void => {
    clear();
    list.reading.again();
  };
  const idsFor = (to: Status): number[] => fitting(to).map((alert) => alert.id);
  /** An acknowledgement can be taken back; what is closed stays so, and is asked. */
  const put = (to: "ACKNOWLEDGED" | "OPEN"): void => {
    const ids = idsFor(to);
    const before = to === "OPEN" ? "ACKNOWLEDGED" : "OPEN";
    void undo(
      words.done[to](ids.length),
      UNDO_MS,
      () => putEach(ids, to).then(show),
      () => putEach(ids, before).then(show),
      after,
    );
  };
  const close = async (): Promise<void> => {
    const ids = idsFor("CLOSED");
    try {
      show(await putEach(ids, "CLOSED"));
      say(words.done.CLOSED(ids.length));
    } catch (fault) {
      sayProblem(fault);
    } finally {
      setClosing(false);
      after();
    }
  };
  if (rows.length === 0) return null;
  const buttons = [
    ["ACKNOWLEDGED", words.acknowledgeN, "eye"],
    ["CLOSED", words.closeN, "check"],
    ["OPEN", words.reopenN, "undo"],
  ] as const;
  return (
    <section class="selection-bar" aria-label={common.actions}>
      <span class="selection-said" role="status">
        {common.rowsSelected(rows.length)}
      </span>
      {buttons.map(
        ([to, said, icon]) =>
          fitting(to).length > 0 && (
            <May key={to} action="write">
              <Button icon={icon} onClick={() => (to === "CLOSED" ? setClosing(true) : put(to))}>
                {said(fitting(to).length)}
              </Button>
            </May>
          ),
      )}
      <Button tone="plain" icon="cross" onClick={clear}>
        {common.selectNone}
      </Button>
      {isClosing && (
        <Dialog
          title={words.closeTitle(fitting("CLOSED").length)}
          confirm={words.closeN(fitting("CLOSED").length)}
          onConfirm={close}
          onClose={() => setClosing(false)}
        >
          <p>{words.closeText}</p>
        </Dialog>
      )}
    </section>
  );
}

/** Show what the socket says at once: what is shown changes in place, what is new is read. */
function useLive(list: List<Alert>): void {
  useEffect(() => listen({ type: "alerts" }), []);
  const open = openAlerts.value;
  useEffect(() => {
    if (open === undefined || list.reading.value === undefined) return;
    const byId = new Map(open.map((alert) => [alert.id, alert]));
    const isNews = (alert: Alert): boolean => {
      const now = byId.get(alert.id);
      return now !== undefined && now.updated_at !== alert.updated_at;
    };
    if (list.rows.some(isNews)) {
      list.change((rows) =>
        rows.map((alert) => (isNews(alert) ? (byId.get(alert.id) ?? alert) : alert)),
      );
    }
  }, [open]);
}
