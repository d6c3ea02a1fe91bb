/** A question over the page: it holds the focus, begins on Cancel, and gives the focus back. */

import type { ComponentChildren } from "preact";
import { useEffect, useId, useRef, useState } from "preact/hooks";
import { Icon } from "../icons.tsx";
import { common } from "../words/en/common.ts";
import { Button } from "./button.tsx";
import { TextField } from "./field.tsx";

/**
 * confirm: the verb and the count, "Purge 1,204"; undefined where there is nothing to confirm.
 * onConfirm: done before it closes; the dialog stays open when it throws.
 * typed: a word that must be typed first. isReady: whether it can be confirmed yet.
 */
export function Dialog(props: {
  title: string;
  danger?: boolean;
  confirm?: string | undefined;
  onConfirm?: () => Promise<unknown> | undefined;
  onClose: () => void;
  typed?: string | undefined;
  isReady?: boolean;
  wide?: boolean;
  /** Whether it may be closed now; a secret may not before it is kept. */
  mayClose?: boolean;
  closeWord?: string;
  children?: ComponentChildren;
}) {
  const dialog = useRef<HTMLDialogElement>(null);
  const [isBusy, setBusy] = useState(false);
  const [word, setWord] = useState("");
  const id = useId();
  const mayClose = props.mayClose ?? true;
  useEffect(() => {
    const shown = dialog.current;
    const before = document.activeElement;
    shown?.showModal();
    shown?.querySelector<HTMLElement>("[data-first]")?.focus();
    return () => {
      shown?.close();
      if (before instanceof HTMLElement && before.isConnected) before.focus();
    };
  }, []);
  const isReady = (props.isReady ?? true) && (props.typed === undefined || word === props.typed);
  const confirm = async (): Promise<void> => {
    if (isBusy || !isReady) return;
    setBusy(true);
    try {
      await props.onConfirm?.();
    } finally {
      setBusy(false);
    }
  };
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: Escape closes it by itself.
    <dialog
      ref={dialog}
      class={props.wide ? "question wide" : "question"}
      aria-labelledby={id}
      onCancel={(event) => {
        event.preventDefault();
        if (mayClose) props.onClose();
      }}
      onClick={(event) => event.target === dialog.current && mayClose && !isBusy && props.onClose()}
    >
      <form
        method="dialog"
        onSubmit={(event) => {
          event.preventDefault();
          void confirm();
        }}
      >
        <header class="question-head">
          {props.danger && <Icon name="warn" />}
          <h2 id={id}>{props.title}</h2>
        </header>
        <div class="question-body">
          {props.children}
          {props.typed !== undefined && (
            <TextField
              label={common.typeToConfirm(props.typed)}
              value={word}
              onInput={setWord}
              autocomplete="off"
            />
          )}
        </div>
        <footer class="question-foot">
          <Button data-first aria-disabled={!mayClose} onClick={props.onClose}>
            {props.closeWord ?? (props.confirm === undefined ? common.close : common.cancel)}
          </Button>
          {props.confirm !== undefined && (
            <Button
              type="submit"
              tone={props.danger ? "danger" : "primary"}
              busy={isBusy}
              aria-disabled={!isReady || undefined}
            >
              {props.confirm}
            </Button>
          )}
        </footer>
      </form>
    </dialog>
  );
}
