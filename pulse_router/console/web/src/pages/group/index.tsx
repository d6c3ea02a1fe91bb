/** A group: who is in it, and the way in and out. */

import { useState } from "preact/hooks";
import { get, type Schema, send } from "../../api/client.ts";
import { type Reading, useReading } from "../../api/reading.ts";
import { go, link } from "../../app/location.ts";
import type { PageProps } from "../../app/routes.ts";
import { Icon } from "../../icons.tsx";
import { Button } from "../../parts/button.tsx";
import { Dialog } from "../../parts/dialog.tsx";
import { useWayBack } from "../../parts/list.ts";
import { May } from "../../parts/may.tsx";
import { Page } from "../../parts/page.tsx";
import { States } from "../../parts/states.tsx";
import { say, sayProblem } from "../../parts/toasts.tsx";
import { groups as words } from "../../words/en/groups.ts";
import { titles } from "../../words/en/titles.ts";
import { NameDialog } from "../groups/name_dialog.tsx";
import { Members } from "./members.tsx";
import "../devices/devices.css";

type Shown = Schema<"GroupWithDevices">;

const PATH = "/api/v1/customer/device-groups/{group_id}";

export default function GroupPage({ params }: PageProps<"group_id">) {
  const id = Number(params.group_id);
  const reading = useReading(
    (signal) => get(PATH, { path: { group_id: id }, query: { limit: 1 }, signal }),
    [id],
    { changes: ["groups"] },
  );
  useWayBack("groups", titles.groups, () => link("/groups"));
  const group = reading.value?.group;
  return (
    <Page
      title={group?.name ?? titles.group}
      lead={group && words.members(group.device_count)}
      actions={group && <Actions reading={reading} group={group} />}
    >
      <States reading={reading} lines={2}>
        {(shown) => <Members group={shown.group} onChanged={reading.again} />}
      </States>
    </Page>
  );
}

function Actions({ reading, group }: { reading: Reading<Shown>; group: Shown["group"] }) {
  const [asked, setAsked] = useState<"rename" | "delete" | undefined>(undefined);
  const close = (): void => setAsked(undefined);
  const remove = async (): Promise<void> => {
    try {
      await send("delete", PATH, { path: { group_id: group.id } });
    } catch (fault) {
      sayProblem(fault);
      return;
    }
    close();
    say(words.removed(group.name));
    go(link("/groups"));
  };
  return (
    <>
      <a class="button" href={link("/live", { group_id: group.id })}>
        <Icon name="live" />
        <span>{words.live}</span>
      </a>
      <May action="write">
        <Button icon="edit" onClick={() => setAsked("rename")}>
          {words.rename}
        </Button>
      </May>
      <May action="write">
        <Button icon="trash" onClick={() => setAsked("delete")}>
          {words.remove}
        </Button>
      </May>
      {asked === "rename" && (
        <NameDialog
          title={words.renameTitle(group.name)}
          confirm={words.save}
          group={group}
          onClose={close}
          onDone={() => {
            say(words.renamed);
            reading.again();
          }}
        />
      )}
      {asked === "delete" && (
        <Dialog
          title={words.removeTitle(group.name)}
          danger
          confirm={words.removeIt(group.name)}
          onConfirm={remove}
          onClose={close}
        >
          <p>{words.removeText(group.device_count)}</p>
        </Dialog>
      )}
    </>
  );
}
