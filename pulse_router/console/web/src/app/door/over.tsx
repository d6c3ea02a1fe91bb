/** Asks for another token over the page, which stays as it is. */

import { useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { door } from "../../words/en/door.ts";
import { config } from "../config.ts";
import { session } from "../session.ts";
import { hostOf } from "./door.tsx";
import { askIssuerBeside } from "./entrance.ts";
import { over } from "./state.ts";
import { TokenForm } from "./token_form.tsx";

export function Over() {
  return over.value === undefined ? null : <OverPage />;
}

function OverPage() {
  const dialog = useRef<HTMLDialogElement>(null);
  const isOver = (session.peek()?.until ?? 0) <= Date.now();
  useEffect(() => {
    dialog.current?.showModal();
  }, []);
  return (
    <dialog
      ref={dialog}
      class="dialog"
      aria-labelledby="over-title"
      onCancel={(event) => event.preventDefault()}
    >
      <h2 id="over-title">{isOver ? door.over.title : door.over.before}</h2>
      <p>{door.over.text}</p>
      <BesideWay />
      <TokenForm />
      <button type="button" class="button plain" onClick={() => over.peek()?.(false)}>
        {isOver ? door.over.leave : door.over.later}
      </button>
    </dialog>
  );
}

function BesideWay() {
  const waits = useSignal(false);
  const issuer = config.value?.issuer;
  if (!issuer?.authorization_endpoint || !isSecureContext) return null;
  return (
    <>
      <button
        type="button"
        class="button primary"
        onClick={() => {
          waits.value = true;
          void askIssuerBeside().finally(() => {
            waits.value = false;
          });
        }}
      >
        {door.over.beside(hostOf(issuer.issuer))}
      </button>
      <p class="or faint" role="status">
        {waits.value ? door.over.waiting : door.or}
      </p>
    </>
  );
}
