/** Copying to elsewhere: by the clipboard, or, where a page may not, by selecting a text. */

import { common } from "../words/en/common.ts";
import { Button } from "./button.tsx";
import { Menu, MenuItem } from "./menu.tsx";
import { say } from "./toasts.tsx";

/** Copy a text, and say whether it was. */
export async function copyText(text: string): Promise<void> {
  say((await copied(text)) ? common.copied : common.notCopied);
}

async function copied(text: string): Promise<boolean> {
  if (navigator.clipboard !== undefined) {
    try {
      await navigator.clipboard.writeText(text);
      return true;
    } catch {
      // Not allowed here: the old way may be.
    }
  }
  return copiedBySelection(text);
}

/** On plain HTTP there is no clipboard but for what is selected. */
function copiedBySelection(text: string): boolean {
  const field = document.createElement("textarea");
  field.value = text;
  field.readOnly = true;
  field.className = "unseen";
  const before = document.activeElement;
  // Within an open dialog, for nothing beside it can be selected.
  (before?.closest("dialog") ?? document.body).append(field);
  field.select();
  const done = document.execCommand("copy");
  field.remove();
  if (before instanceof HTMLElement) before.focus({ preventScroll: true });
  return done;
}

/**
 * Copy as a request, a command, Markdown. Each is made when it is asked for.
 *
 * request: the curl of what the console itself sends.
 */
export function CopyAs(props: {
  request?: () => string;
  command?: () => string;
  markdown?: () => string;
  small?: boolean;
}) {
  const ways = [
    [common.asRequest, props.request],
    [common.asCommand, props.command],
    [common.asMarkdown, props.markdown],
  ] as const;
  return (
    <Menu label={common.copyAs} icon="copy">
      {ways.map(
        ([name, text]) =>
          text && (
            <MenuItem key={name} onChoose={() => void copyText(text())}>
              {name}
            </MenuItem>
          ),
      )}
    </Menu>
  );
}

/** A value in fixed width, with a button that copies it. */
export function Copyable({ text }: { text: string }) {
  return (
    <span class="copyable">
      <code>{text}</code>
      <Button
        tone="plain"
        class="small"
        icon="copy"
        label={common.copy}
        onClick={() => void copyText(text)}
      />
    </span>
  );
}
