/** A secret that is shown this once: masked until it is wanted, and kept before it can be closed. */

import { useState } from "preact/hooks";
import { common } from "../words/en/common.ts";
import { Button } from "./button.tsx";
import { copyText } from "./copying.tsx";
import { Dialog } from "./dialog.tsx";
import { Check } from "./field.tsx";

const MASK = "•".repeat(24);

export function Secret(props: { value: string; name: string; fileName?: string }) {
  const [isShown, setShown] = useState(false);
  return (
    <div class="secret">
      <span class="faint">{props.name}</span>
      <code>{isShown ? props.value : MASK}</code>
      <span class="secret-actions">
        <Button icon={isShown ? "eyeOff" : "eye"} onClick={() => setShown(!isShown)}>
          {isShown ? common.hide : common.show}
        </Button>
        <Button icon="copy" onClick={() => void copyText(props.value)}>
          {common.copy}
        </Button>
        <Button
          icon="download"
          onClick={() => download(props.fileName ?? `${props.name}.txt`, `${props.value}\n`)}
        >
          {common.download}
        </Button>
      </span>
    </div>
  );
}

/** Secrets over the page: it closes when one says that they are kept. */
export function SecretDialog(props: {
  title: string;
  secrets: readonly { name: string; value: string; fileName?: string }[];
  onClose: () => void;
}) {
  const [isKept, setKept] = useState(false);
  return (
    <Dialog title={props.title} onClose={props.onClose} mayClose={isKept}>
      <p>{common.shownOnce}</p>
      {props.secrets.map((secret) => (
        <Secret key={secret.name} {...secret} />
      ))}
      <Check label={common.kept} checked={isKept} onChange={setKept} />
    </Dialog>
  );
}

/** Give a text to the browser as a file. */
export function download(name: string, text: string, type = "text/plain"): void {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([text], { type }));
  link.download = name;
  link.click();
  URL.revokeObjectURL(link.href);
}
