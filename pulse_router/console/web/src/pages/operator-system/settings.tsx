/** The settings that hold, without secrets, and who has given each. */

import type { Schema } from "../../api/client.ts";
import { useQuery } from "../../app/location.ts";
import { NoneYet } from "../../parts/states.tsx";
import type { Column } from "../../parts/table/columns.ts";
import { Table } from "../../parts/table/table.tsx";
import { shownValue } from "../../rules/clauses.ts";
import { system as words } from "../../words/en/system.ts";

type Setting = Schema<"SettingAnswer">;

const COLUMNS: readonly Column<Setting>[] = [
  {
    key: "key",
    head: words.setting,
    width: "minmax(200px, 2fr)",
    card: 1,
    cell: (setting) => <span class="mono">{setting.key}</span>,
  },
  {
    key: "value",
    head: words.value,
    width: "minmax(160px, 2fr)",
    card: 2,
    cell: (setting) => <Value setting={setting} />,
  },
  {
    key: "origin",
    head: words.origin,
    width: "minmax(200px, 2fr)",
    card: 3,
    cell: ({ origin, source }) => (
      <span class={origin === "default" ? "faint" : undefined}>
        {words.origins[origin]} {source !== null && <span class="mono">{source}</span>}
      </span>
    ),
  },
];

function Value({ setting }: { setting: Setting }) {
  if (!setting.is_set) return <span class="faint">{words.unset}</span>;
  if (setting.is_secret) return <span class="faint">{words.secret}</span>;
  const { value } = setting;
  return <span class="mono">{typeof value === "string" ? value : shownValue(value)}</span>;
}

export function Settings({ settings }: { settings: readonly Setting[] }) {
  const [query, set] = useQuery();
  const isNarrowed = query.get("given") === "true";
  const given = settings.filter((setting) => setting.origin !== "default");
  const rows = isNarrowed ? given : settings;
  return (
    <>
      <label class="check">
        <input
          type="checkbox"
          checked={isNarrowed}
          onChange={(event) =>
            set({ given: event.currentTarget.checked ? "true" : null }, { replace: true })
          }
        />
        {words.onlyGiven(given.length, settings.length)}
      </label>
      {rows.length === 0 ? (
        <NoneYet icon="settings" title={words.noneGiven}>
          {words.noneGivenText}
        </NoneYet>
      ) : (
        <Table
          caption={words.tabs.settings}
          columns={COLUMNS}
          rows={rows}
          rowKey={(setting) => setting.key}
        />
      )}
    </>
  );
}
