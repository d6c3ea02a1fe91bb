/** Move a device to another site. */

import { useState } from "preact/hooks";
import { type Schema, send } from "../../api/client.ts";
import { Dialog } from "../../parts/dialog.tsx";
import { TextField } from "../../parts/field.tsx";
import { Trouble } from "../../parts/states.tsx";
import { useSubmission } from "../../parts/submission.ts";
import { UNDO_MS, undo } from "../../parts/toasts.tsx";
import { devices, device as words } from "../../words/en/devices.ts";

const PATH = "/api/v1/customer/devices/{device_id}";

export function EditDialog(props: {
  device: Schema<"DeviceAnswer">;
  onClose: () => void;
  onChanged: () => void;
}) {
  const { device, onClose, onChanged } = props;
  const [site, setSite] = useState(device.site_id ?? "");
  const { problem, submit } = useSubmission();
  const path = { device_id: device.device_id };
  const put = (site_id: string | null) => send("patch", PATH, { path, body: { site_id } });
  const save = async (): Promise<void> => {
    if (!(await submit(() => put(site || null)))) return;
    onClose();
    onChanged();
    await undo(
      words.saved,
      UNDO_MS,
      async () => undefined,
      () => put(device.site_id),
      onChanged,
    );
  };
  return (
    <Dialog
      title={words.editTitle(device.device_id)}
      confirm={words.save}
      onConfirm={save}
      onClose={onClose}
    >
      <TextField
        label={devices.site}
        hint={devices.siteHint}
        isOptional
        value={site}
        onInput={setSite}
        error={problem?.errors.find((error) => error.path === "site_id")?.message}
        autocomplete="off"
      />
      {problem !== undefined && problem.errors.length === 0 && <Trouble problem={problem} />}
    </Dialog>
  );
}
