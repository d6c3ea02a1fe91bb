/** A group is made, or renamed. */

import { useState } from "preact/hooks";
import { send } from "../../api/client.ts";
import { Problem } from "../../api/problem.ts";
import { Dialog } from "../../parts/dialog.tsx";
import { TextField } from "../../parts/field.tsx";
import { Trouble } from "../../parts/states.tsx";
import { groups as words } from "../../words/en/groups.ts";
import type { Group } from "./groups.ts";

/** group: the one that is renamed; without it one is made. */
export function NameDialog(props: {
  title: string;
  confirm: string;
  group?: Group;
  onClose: () => void;
  onDone: (group: Group) => void;
}) {
  const { group, onClose, onDone } = props;
  const [name, setName] = useState(group?.name ?? "");
  const [problem, setProblem] = useState<Problem | undefined>(undefined);
  const fault = problem?.errors.find((error) => error.path === "name")?.message;
  const save = async (): Promise<void> => {
    try {
      const { body } =
        group === undefined
          ? await send("post", "/api/v1/customer/device-groups", { body: { name } })
          : await send("put", "/api/v1/customer/device-groups/{group_id}", {
              path: { group_id: group.id },
              body: { name },
            });
      onClose();
      onDone(body);
    } catch (caught) {
      if (!(caught instanceof Problem)) throw caught;
      setProblem(caught);
    }
  };
  return (
    <Dialog title={props.title} confirm={props.confirm} onConfirm={save} onClose={onClose}>
      <TextField
        label={words.name}
        value={name}
        onInput={setName}
        error={fault === undefined ? undefined : problem?.detail || fault}
        autocomplete="off"
      />
      {problem !== undefined && fault === undefined && <Trouble problem={problem} />}
    </Dialog>
  );
}
