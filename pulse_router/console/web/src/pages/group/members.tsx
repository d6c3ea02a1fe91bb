/** The devices of a group: added by their ids, taken out singly or many, with the way back. */

import { useMemo, useState } from "preact/hooks";
import { type Schema, send } from "../../api/client.ts";
import { link } from "../../app/location.ts";
import { Button } from "../../parts/button.tsx";
import { TextField } from "../../parts/field.tsx";
import { useList } from "../../parts/list.ts";
import { May } from "../../parts/may.tsx";
import { NoneYet, States } from "../../parts/states.tsx";
import { useSubmission } from "../../parts/submission.ts";
import { Table } from "../../parts/table/table.tsx";
import { UNDO_MS, undo } from "../../parts/toasts.tsx";
import { has, isEmpty, NOTHING, type Selection } from "../../rules/selection.ts";
import { common } from "../../words/en/common.ts";
import { groups as words } from "../../words/en/groups.ts";
import { columnsOf } from "../devices/columns.tsx";
import { type Device, listDevices } from "../devices/devices.ts";

const MEMBER = "/api/v1/customer/device-groups/{group_id}/devices/{device_id}";

export function Members(props: { group: Schema<"GroupAnswer">; onChanged: () => void }) {
  const id = props.group.id;
  const [selection, select] = useState<Selection>(NOTHING);
  const list = useList<Device>({
    name: "members",
    key: String(id),
    read: (after, signal) => listDevices({ group_id: String(id) }, after, signal),
    id: (device) => device.device_id,
    again: { changes: ["groups", "devices"] },
  });
  const columns = useMemo(
    () => columnsOf(false).map(({ token: _, sorts: __, ...column }) => column),
    [],
  );
  const each = (method: "put" | "delete", ids: readonly string[]) => async (): Promise<void> => {
    for (const device_id of ids) await send(method, MEMBER, { path: { group_id: id, device_id } });
  };
  const after = (): void => {
    select(NOTHING);
    list.reading.again();
    props.onChanged();
  };
  const chosen = list.rows.filter((device) => has(selection, device.device_id));
  const takeOut = (): void => {
    const ids = chosen.map((device) => device.device_id);
    const said = words.removedMember(ids.length);
    void undo(said, UNDO_MS, each("delete", ids), each("put", ids), after);
  };
  return (
    <>
      <AddForm
        onAdd={async (ids) => {
          await each("put", ids)();
          const nothing = async (): Promise<void> => undefined;
          await undo(words.added(ids.length), UNDO_MS, nothing, each("delete", ids), after);
        }}
      />
      <States
        reading={list.reading}
        lines={6}
        empty={(page) =>
          page.rows.length > 0 ? undefined : (
            <NoneYet icon="group" title={words.noMembers}>
              {words.noMembersText}
            </NoneYet>
          )
        }
      >
        {() => (
          <Table
            name={`group-${id}`}
            caption={props.group.name}
            columns={columns}
            rows={list.rows}
            rowKey={(device) => device.device_id}
            rowName={(device) => words.device(device.device_id)}
            open={(device) => link(`/devices/${encodeURIComponent(device.device_id)}`)}
            total={list.total}
            isExact={list.isExact}
            selection={selection}
            onSelect={select}
            more={list.more}
          />
        )}
      </States>
      {!isEmpty(selection) && chosen.length > 0 && (
        <section class="selection-bar" aria-label={common.actions}>
          <span class="selection-said" role="status">
            {common.rowsSelected(chosen.length)}
          </span>
          <May action="write">
            <Button icon="minus" onClick={takeOut}>
              {words.takeOut(chosen.length)}
            </Button>
          </May>
          <Button tone="plain" icon="cross" onClick={() => select(NOTHING)}>
            {common.selectNone}
          </Button>
        </section>
      )}
    </>
  );
}

function AddForm({ onAdd }: { onAdd: (ids: readonly string[]) => Promise<void> }) {
  const [text, setText] = useState("");
  const { problem, isBusy, submit } = useSubmission();
  const ids = [...new Set(text.split(/[\s,;]+/).filter(Boolean))];
  const add = async (): Promise<void> => {
    if (ids.length === 0) return;
    if (await submit(() => onAdd(ids))) setText("");
  };
  return (
    <form
      class="add-form"
      onSubmit={(event) => {
        event.preventDefault();
        void add();
      }}
    >
      <TextField
        label={words.addLabel}
        hint={words.addHint}
        value={text}
        onInput={setText}
        error={problem?.detail}
        autocomplete="off"
      />
      <May action="write">
        <Button type="submit" icon="plus" busy={isBusy}>
          {words.add}
        </Button>
      </May>
    </form>
  );
}
