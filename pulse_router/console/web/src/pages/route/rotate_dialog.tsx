/** A new secret, with how long the old one goes on; it is shown this once. */

import { useState } from "preact/hooks";
import { send } from "../../api/client.ts";
import { Dialog } from "../../parts/dialog.tsx";
import { SelectField } from "../../parts/field.tsx";
import { SecretDialog } from "../../parts/secret.tsx";
import { sayProblem } from "../../parts/toasts.tsx";
import { routes as words } from "../../words/en/routes.ts";
import type { Route } from "../routes/routes.ts";

/** In hours, the usual one first. */
const OVERLAPS = ["24", "1", "168", "720", "0"] as const;

export function RotateDialog(props: { route: Route; onClose: () => void; onDone: () => void }) {
  const { route } = props;
  const [hours, setHours] = useState<string>(OVERLAPS[0]);
  const [secret, setSecret] = useState<string | undefined>(undefined);
  const rotate = async (): Promise<void> => {
    try {
      const { body } = await send(
        "post",
        "/api/v1/customer/message-routes/{route_id}/rotate-secret",
        { path: { route_id: route.id }, body: { overlap_hours: Number(hours) } },
      );
      setSecret(body.secret);
      props.onDone();
    } catch (fault) {
      sayProblem(fault);
      props.onClose();
    }
  };
  if (secret !== undefined) {
    return (
      <SecretDialog
        title={words.rotated(route.name)}
        secrets={[{ name: words.secretName(route.id), value: secret }]}
        onClose={props.onClose}
      />
    );
  }
  return (
    <Dialog
      title={words.rotate}
      danger={hours === "0"}
      confirm={words.rotate}
      onConfirm={rotate}
      onClose={props.onClose}
    >
      <p>{words.rotateText}</p>
      <SelectField
        label={words.overlap}
        value={hours}
        choices={OVERLAPS.map((value) => ({ value, label: words.overlaps[value] ?? value }))}
        onChoose={setHours}
      />
      {hours === "0" && <p>{words.endsNow}</p>}
    </Dialog>
  );
}
