/** What can be done with a device: at once with a way back where there is one, asked where not. */

import { useState } from "preact/hooks";
import { addressOf, type Schema, send } from "../../api/client.ts";
import { go, link } from "../../app/location.ts";
import { Button } from "../../parts/button.tsx";
import { CopyAs } from "../../parts/copying.tsx";
import { Dialog } from "../../parts/dialog.tsx";
import { May } from "../../parts/may.tsx";
import { SecretDialog } from "../../parts/secret.tsx";
import { say, sayProblem, UNDO_MS, undo } from "../../parts/toasts.tsx";
import { command, curl, record } from "../../rules/copying.ts";
import { device as words } from "../../words/en/devices.ts";
import { titles } from "../../words/en/titles.ts";
import { EditDialog } from "./edit_dialog.tsx";
import { RotateDialog } from "./rotate_dialog.tsx";

type Device = Schema<"DeviceAnswer">;
type Status = Schema<"DeviceStatus">;

const PATH = "/api/v1/customer/devices/{device_id}";

export function Actions({ device, onChanged }: { device: Device; onChanged: () => void }) {
  const [asked, setAsked] = useState<"edit" | "rotate" | "delete" | undefined>(undefined);
  const [token, setToken] = useState<string | undefined>(undefined);
  const close = (): void => setAsked(undefined);
  const id = device.device_id;
  const path = { device_id: id };
  const put = (status: Status) => () => send("patch", PATH, { path, body: { status } });
  const isActive = device.status === "ACTIVE";
  const turn = (): void => {
    const [after, before] = isActive
      ? (["REVOKED", "ACTIVE"] as const)
      : (["ACTIVE", "REVOKED"] as const);
    const sentence = isActive ? words.revoked(id) : words.reinstated(id);
    void undo(sentence, UNDO_MS, put(after), put(before), onChanged);
  };
  return (
    <>
      <CopyAs
        request={() => curl({ method: "GET", url: location.origin + addressOf(PATH, { path }) })}
        command={() => command("devices", "show", id)}
        markdown={() => markdown(device)}
      />
      <May action="write">
        <Button icon="edit" onClick={() => setAsked("edit")}>
          {words.edit}
        </Button>
      </May>
      <May action="write">
        <Button icon="key" onClick={() => setAsked("rotate")}>
          {words.rotate}
        </Button>
      </May>
      <May action="write">
        <Button icon={isActive ? "ban" : "check"} onClick={turn}>
          {isActive ? words.revoke : words.reinstate}
        </Button>
      </May>
      <May action="write">
        <Button icon="trash" onClick={() => setAsked("delete")}>
          {words.remove}
        </Button>
      </May>
      {asked === "edit" && <EditDialog device={device} onClose={close} onChanged={onChanged} />}
      {asked === "rotate" && (
        <RotateDialog
          id={id}
          onClose={close}
          onRotated={(made) => {
            close();
            setToken(made);
            onChanged();
          }}
        />
      )}
      {asked === "delete" && <DeleteDialog id={id} onClose={close} />}
      {token !== undefined && (
        <SecretDialog
          title={words.newToken(id)}
          secrets={[{ name: words.newToken(id), value: token, fileName: `${id}.token` }]}
          onClose={() => setToken(undefined)}
        />
      )}
    </>
  );
}

function DeleteDialog({ id, onClose }: { id: string; onClose: () => void }) {
  const remove = async (): Promise<void> => {
    try {
      await send("delete", PATH, { path: { device_id: id } });
    } catch (fault) {
      sayProblem(fault);
      return;
    }
    onClose();
    say(words.removed(id));
    go(link("/devices"));
  };
  return (
    <Dialog
      title={words.removeTitle(id)}
      danger
      confirm={words.removeIt(id)}
      onConfirm={remove}
      onClose={onClose}
    >
      <p>{words.removeText}</p>
    </Dialog>
  );
}

function markdown(device: Device): string {
  return record(`${titles.device} ${device.device_id}`, [
    [words.facts.device, device.device_id],
    [device.status, device.site_id ?? words.noSite],
    [words.facts.seen, device.last_seen_at ?? ""],
    [words.facts.registered, device.created_at],
  ]);
}
