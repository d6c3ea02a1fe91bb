/** A new token, beside which the one before holds on for a while; without that it is said what falls. */

import { useState } from "preact/hooks";
import { send } from "../../api/client.ts";
import { Dialog } from "../../parts/dialog.tsx";
import { SelectField } from "../../parts/field.tsx";
import { Trouble } from "../../parts/states.tsx";
import { useSubmission } from "../../parts/submission.ts";
import { device as words } from "../../words/en/devices.ts";

const HOURS = [1, 24, 168, 720, 0].map(String);

export function RotateDialog(props: {
  id: string;
  onClose: () => void;
  onRotated: (token: string) => void;
}) {
  const { id, onClose, onRotated } = props;
  const [hours, setHours] = useState("24");
  const { problem, submit } = useSubmission();
  const isCut = hours === "0";
  const rotate = () =>
    submit(async () => {
      const { body } = await send("post", "/api/v1/customer/devices/{device_id}/rotate-token", {
        path: { device_id: id },
        body: { overlap_hours: Number(hours), provision_token: null },
      });
      onRotated(body.provision_token);
    });
  return (
    <Dialog
      title={words.rotateTitle(id)}
      danger={isCut}
      confirm={words.rotateIt}
      onConfirm={rotate}
      onClose={onClose}
      typed={isCut ? id : undefined}
    >
      <p>{words.rotateText}</p>
      <SelectField
        label={words.overlap}
        value={hours}
        choices={HOURS.map((value) => ({ value, label: words.overlaps[value] ?? value }))}
        onChoose={setHours}
      />
      {isCut && <p class="note">{words.cutOff}</p>}
      {problem !== undefined && <Trouble problem={problem} />}
    </Dialog>
  );
}
