/** Saves a draft, unless somebody else has been there first: then both versions are shown. */

import { useRef, useState } from "preact/hooks";
import { send } from "../../api/client.ts";
import { Problem } from "../../api/problem.ts";
import { session } from "../../app/session.ts";
import { say } from "../../parts/toasts.tsx";
import { editor as words } from "../../words/en/editor.ts";
import { type Base, bodyOf, type Editing } from "./editing.ts";
import { readRoute } from "./stored.ts";
import { faultsOf } from "./trial.ts";

const PATH = "/api/v1/customer/message-routes";

/** theirs: what is stored now, where it is not what the draft began with. */
export interface Saving {
  readonly isBusy: boolean;
  readonly problem: Problem | undefined;
  readonly theirs: Base | undefined;
  save(): Promise<void>;
  settle(): void;
}

function showFirstFault(): void {
  document.querySelector<HTMLElement>('.editor-draft [aria-invalid="true"]')?.focus();
}

/** onCreated: gets the id of a new route, whose page is another. */
export function useSaving(editing: Editing, onCreated: (id: number) => void): Saving {
  const [isBusy, setBusy] = useState(false);
  const isUnderWay = useRef(false);
  const [problem, setProblem] = useState<Problem | undefined>(undefined);
  const [theirs, setTheirs] = useState<Base | undefined>(undefined);

  const write = async (): Promise<void> => {
    const body = editing.written;
    if (editing.id === undefined) {
      const made = await send("post", PATH, { body });
      editing.rebase({ body: bodyOf(made.body), etag: made.etag });
      editing.forget();
      say(words.created);
      onCreated(made.body.id);
      return;
    }
    const { etag } = editing.base.peek();
    const path = { route_id: editing.id };
    const saved = await send("put", `${PATH}/{route_id}`, { path, body, etag });
    editing.rebase({ body: bodyOf(saved.body), etag: saved.etag });
    say(words.saved);
  };

  const fail = async (fault: Problem): Promise<void> => {
    if (fault.status === 412 && editing.id !== undefined) setTheirs(await readRoute(editing.id));
    else {
      setProblem(fault);
      if (fault.status === 422) editing.told.value = faultsOf(fault);
    }
  };

  const save = async (): Promise<void> => {
    const may = session.peek()?.may("write") === true;
    const isSame = editing.id !== undefined && !editing.isChanged.peek();
    if (isUnderWay.current || !may || isSame || !editing.isWhole.peek()) return;
    editing.isTried.value = true;
    if (editing.missing.peek().length > 0) {
      requestAnimationFrame(showFirstFault);
      return;
    }
    isUnderWay.current = true;
    setBusy(true);
    setProblem(undefined);
    try {
      await write().catch((fault: unknown) => {
        if (fault instanceof Problem) return fail(fault);
        throw fault;
      });
    } catch (fault) {
      if (!(fault instanceof Problem)) throw fault;
      setProblem(fault);
    } finally {
      isUnderWay.current = false;
      setBusy(false);
    }
  };
  return { isBusy, problem, theirs, save, settle: () => setTheirs(undefined) };
}
