/** How a list is looked at: which columns, how high its rows are, and views that got a name. */

import { signal } from "@preact/signals";
import { useState } from "preact/hooks";
import { go, link, pathOf, useAddress, useQuery } from "../app/location.ts";
import { density } from "../app/preferences.ts";
import {
  chosenColumns,
  readViews,
  turnedColumn,
  type View,
  type Views,
  viewQuery,
  withoutView,
  withView,
} from "../rules/views.ts";
import { lists as words } from "../words/en/lists.ts";
import { copyText } from "./copying.tsx";
import { Dialog } from "./dialog.tsx";
import { TextField } from "./field.tsx";
import { Menu, MenuGroup, MenuItem } from "./menu.tsx";
import { COLUMNS } from "./table/columns.ts";
import { say } from "./toasts.tsx";

const KEY = "pulse.views";
const NAME_LONGEST = 60;

const views = signal<Views>(readViews(localStorage.getItem(KEY)));

function keep(changed: Views): void {
  views.value = changed;
  localStorage.setItem(KEY, JSON.stringify(changed));
}

/** columns: all that the list has. */
export function ViewMenu(props: {
  columns: readonly { key: string; head: string; card?: number }[];
}) {
  const { columns } = props;
  const [isNaming, setNaming] = useState(false);
  const [query, setQuery] = useQuery();
  const address = useAddress();
  const path = pathOf(address.path);
  const here = viewQuery(address.search);
  const own = views.value[path] ?? [];
  const chosen = query.get(COLUMNS);
  const shown = chosenColumns(columns, chosen);
  const first = columns.find((column) => column.card === 1) ?? columns[0];
  const current = own.find((view) => view.query === here);
  const open = (view: View): void =>
    go(link(path, Object.fromEntries(new URLSearchParams(view.query))));
  return (
    <>
      <Menu label={words.view} icon="columns">
        <MenuGroup label={words.columns}>
          {columns
            .filter((column) => column !== first)
            .map((column) => (
              <MenuItem
                key={column.key}
                stays
                checked={shown.includes(column)}
                onChoose={() =>
                  setQuery(
                    { [COLUMNS]: turnedColumn(columns, chosen, column.key) },
                    { replace: true },
                  )
                }
              >
                {column.head}
              </MenuItem>
            ))}
        </MenuGroup>
        <MenuGroup label={words.rows}>
          <MenuItem
            stays
            checked={density.value === "compact"}
            onChoose={() => {
              density.value = density.peek() === "compact" ? "usual" : "compact";
            }}
          >
            {words.compact}
          </MenuItem>
        </MenuGroup>
        <MenuGroup label={words.views}>
          {own.map((view) => (
            <MenuItem key={view.name} checked={view === current} onChoose={() => open(view)}>
              {view.name}
            </MenuItem>
          ))}
          {current === undefined ? (
            <MenuItem onChoose={() => setNaming(true)}>{words.keep}</MenuItem>
          ) : (
            <MenuItem
              onChoose={() => {
                keep(withoutView(views.peek(), path, current.name));
                say(words.forgotten(current.name));
              }}
            >
              {words.forget(current.name)}
            </MenuItem>
          )}
          <MenuItem onChoose={() => void copyText(location.href)}>{words.copyLink}</MenuItem>
        </MenuGroup>
      </Menu>
      {isNaming && (
        <NameView
          taken={own.map((view) => view.name)}
          onClose={() => setNaming(false)}
          onName={(name) => {
            keep(withView(views.peek(), path, { name, query: here }));
            say(words.kept(name));
            setNaming(false);
          }}
        />
      )}
    </>
  );
}

function NameView(props: {
  taken: readonly string[];
  onName: (name: string) => void;
  onClose: () => void;
}) {
  const [name, setName] = useState("");
  const wanted = name.trim();
  return (
    <Dialog
      title={words.keepTitle}
      confirm={words.keepButton}
      isReady={wanted !== "" && wanted.length <= NAME_LONGEST}
      onConfirm={async () => props.onName(wanted)}
      onClose={props.onClose}
    >
      <p>{words.keepText}</p>
      <TextField
        label={words.name}
        value={name}
        onInput={setName}
        {...(props.taken.includes(wanted) && { hint: words.nameTaken })}
      />
    </Dialog>
  );
}
