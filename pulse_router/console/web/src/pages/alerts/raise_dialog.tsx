/** An alert is raised by hand. */

import { useState } from "preact/hooks";
import { type Schema, send } from "../../api/client.ts";
import { hint } from "../../live/hints.ts";
import { Dialog } from "../../parts/dialog.tsx";
import { SelectField, TextField } from "../../parts/field.tsx";
import { Trouble } from "../../parts/states.tsx";
import { useSubmission } from "../../parts/submission.ts";
import { say } from "../../parts/toasts.tsx";
import { alerts as words } from "../../words/en/alerts.ts";
import { PATH, SEVERITIES } from "./alerts.ts";

type Severity = Schema<"AlertSeverity">;

/** device: which one it is of, where that is known. */
export function RaiseDialog(props: { device: string; onClose: () => void }) {
  const [device_id, setDevice] = useState(props.device);
  const [title, setTitle] = useState("");
  const [key, setKey] = useState("");
  const [severity, setSeverity] = useState<Severity>("WARNING");
  const { problem, errorOf, submit } = useSubmission();
  const raise = () =>
    submit(async () => {
      const body = { device_id, title, key, severity };
      const { status } = await send("post", PATH, { body });
      props.onClose();
      hint(["alerts"], true);
      say(status === 201 ? words.raised : words.isOpen);
    });
  return (
    <Dialog title={words.raise} confirm={words.raiseIt} onConfirm={raise} onClose={props.onClose}>
      <TextField
        label={words.device}
        value={device_id}
        onInput={setDevice}
        error={errorOf("device_id")}
        autocomplete="off"
      />
      <TextField
        label={words.title}
        value={title}
        onInput={setTitle}
        error={errorOf("title")}
        autocomplete="off"
      />
      <TextField
        label={words.key}
        hint={words.keyHint}
        value={key}
        onInput={setKey}
        error={errorOf("key")}
        autocomplete="off"
      />
      <SelectField
        label={words.severity}
        value={severity}
        choices={SEVERITIES.map((value) => ({ value, label: value }))}
        onChoose={(value) => setSeverity(value as Severity)}
      />
      {problem !== undefined && problem.errors.length === 0 && <Trouble problem={problem} />}
    </Dialog>
  );
}
