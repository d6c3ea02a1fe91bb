/** A token is pasted, and the router says whose it is. */

import { useSignal } from "@preact/signals";
import { useId, useRef } from "preact/hooks";
import { Problem } from "../../api/problem.ts";
import { door } from "../../words/en/door.ts";
import { paste } from "./entrance.ts";

export function TokenForm() {
  const id = useId();
  const area = useRef<HTMLTextAreaElement>(null);
  const fault = useSignal("");
  const busy = useSignal(false);

  async function submit(event: Event): Promise<void> {
    event.preventDefault();
    const given = area.current?.value.trim() ?? "";
    fault.value = given === "" ? door.noToken : "";
    if (given === "") return area.current?.focus();
    busy.value = true;
    try {
      await paste(given);
    } catch (problem) {
      if (!(problem instanceof Problem)) throw problem;
      fault.value = said(problem);
      area.current?.focus();
    } finally {
      busy.value = false;
    }
  }

  return (
    <form class="token-form" onSubmit={submit}>
      <label for={id}>{door.token}</label>
      <textarea
        ref={area}
        id={id}
        class="mono"
        rows={4}
        autocomplete="off"
        spellcheck={false}
        aria-describedby={`${id}-hint ${id}-fault`}
        aria-invalid={fault.value !== ""}
      />
      <p id={`${id}-hint`} class="faint">
        {door.tokenHint}
      </p>
      <p id={`${id}-fault`} class="fault" role="alert">
        {fault.value}
      </p>
      <button type="submit" class="button primary" disabled={busy.value}>
        {door.usesToken}
      </button>
    </form>
  );
}

function said(problem: Problem): string {
  if (problem.status === 401) return door.refusedToken;
  return problem.offline ? door.away : problem.message;
}
