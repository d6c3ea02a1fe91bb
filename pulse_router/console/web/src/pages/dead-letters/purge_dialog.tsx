/** Asked before dead letters are removed by age: how many first, then the number typed. */

import { useEffect, useState } from "preact/hooks";
import { Problem } from "../../api/problem.ts";
import { Dialog } from "../../parts/dialog.tsx";
import { TextField } from "../../parts/field.tsx";
import { Trouble } from "../../parts/states.tsx";
import { say, sayProblem } from "../../parts/toasts.tsx";
import { deadLetters as words } from "../../words/en/dead_letters.ts";
import { isAcross, purgeOlder } from "./letters.ts";

const USUAL_DAYS = "30";
const TYPING_MS = 300;

export function PurgeDialog(props: {
  tenant: string | undefined;
  onClose: () => void;
  onDone: () => void;
}) {
  const { tenant } = props;
  const [days, setDays] = useState(USUAL_DAYS);
  const [counted, setCounted] = useState<{ days: number; n: number } | undefined>(undefined);
  const [problem, setProblem] = useState<Problem | undefined>(undefined);
  const wanted = /^[1-9]\d{0,2}$/.test(days) && Number(days) <= 365 ? Number(days) : undefined;
  useEffect(() => {
    if (wanted === undefined) return;
    let isOld = false;
    const timer = setTimeout(() => {
      purgeOlder(wanted, tenant, true).then(
        (n) => {
          if (isOld) return;
          setProblem(undefined);
          setCounted({ days: wanted, n });
        },
        (fault: unknown) => {
          if (!(fault instanceof Problem)) throw fault;
          if (!isOld) setProblem(fault);
        },
      );
    }, TYPING_MS);
    return () => {
      isOld = true;
      clearTimeout(timer);
    };
  }, [wanted]);
  const isCounted = counted !== undefined && counted.days === wanted;
  const n = isCounted ? counted.n : 0;
  const isEveryones = isAcross() && tenant === undefined;
  const purge = async (): Promise<void> => {
    if (wanted === undefined) return;
    try {
      say(words.purged(await purgeOlder(wanted, tenant, false)));
      props.onClose();
      props.onDone();
    } catch (fault) {
      sayProblem(fault);
    }
  };
  return (
    <Dialog
      title={words.purgeOld}
      danger
      confirm={isCounted ? words.purgeN(n) : words.purge}
      isReady={n > 0}
      typed={n > 0 ? (isEveryones ? words.allWord : String(n)) : undefined}
      onConfirm={purge}
      onClose={props.onClose}
    >
      <TextField
        label={words.olderThan}
        hint={words.olderThanHint}
        error={wanted === undefined ? words.days : undefined}
        value={days}
        onInput={setDays}
        autocomplete="off"
      />
      {problem && <Trouble problem={problem} />}
      <p role="status">
        {wanted !== undefined && (isCounted ? words.wouldPurge(n, wanted) : words.counting)}{" "}
        {isAcross() && (isEveryones ? words.ofAllTenants : words.ofTenant(tenant ?? ""))}
      </p>
      {n > 0 && <p>{words.back.purge}</p>}
    </Dialog>
  );
}
