/** Something that is sent by a form or a dialog: under way, done, or refused with a fault by field. */

import { useState } from "preact/hooks";
import { Problem } from "../api/problem.ts";

export interface Submission {
  /** Why the router has refused what was sent last. */
  readonly problem: Problem | undefined;
  readonly isBusy: boolean;
  /** What is wrong with a field, by any of the names that the router has for it. */
  errorOf(...fields: readonly string[]): string | undefined;
  /** Send; whether the router has taken it. Anything but a Problem is a fault of ours, and raised. */
  submit(send: () => Promise<unknown>): Promise<boolean>;
}

export function useSubmission(): Submission {
  const [problem, setProblem] = useState<Problem | undefined>(undefined);
  const [isBusy, setBusy] = useState(false);
  return {
    problem,
    isBusy,
    errorOf: (...fields) => problem?.errors.find((error) => fields.includes(error.path))?.message,
    submit: async (send) => {
      setBusy(true);
      setProblem(undefined);
      try {
        await send();
        return true;
      } catch (fault) {
        if (!(fault instanceof Problem)) throw fault;
        setProblem(fault);
        return false;
      } finally {
        setBusy(false);
      }
    },
  };
}
