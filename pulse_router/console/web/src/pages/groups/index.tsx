/** Groups of devices. */

import { useState } from "preact/hooks";
import { addressOf, get } from "../../api/client.ts";
import { go, link } from "../../app/location.ts";
import { Button } from "../../parts/button.tsx";
import { FilteredList } from "../../parts/filtered_list.tsx";
import { May } from "../../parts/may.tsx";
import { NoneYet } from "../../parts/states.tsx";
import type { Column } from "../../parts/table/columns.ts";
import { Count, Time } from "../../parts/values.tsx";
import { curl, table } from "../../rules/copying.ts";
import type { Query } from "../../rules/filters.ts";
import { groups as words } from "../../words/en/groups.ts";
import { titles } from "../../words/en/titles.ts";
import type { Group } from "./groups.ts";
import { NameDialog } from "./name_dialog.tsx";

const PATH = "/api/v1/customer/device-groups";
const PAGE = 100;

export default function GroupsPage() {
  const [isMaking, setMaking] = useState(false);
  const make = (
    <May action="write">
      <Button tone="primary" icon="plus" onClick={() => setMaking(true)}>
        {words.make}
      </Button>
    </May>
  );
  return (
    <>
      <FilteredList<Group>
        name="groups"
        title={titles.groups}
        fields={[]}
        columns={COLUMNS}
        changes={["groups"]}
        read={listGroups}
        id={(group) => String(group.id)}
        rowKey={(group) => group.id}
        rowName={(group) => group.name}
        open={(group) => link(`/groups/${group.id}`)}
        lead={words.listed}
        request={(query) =>
          curl({ method: "GET", url: location.origin + addressOf(PATH, { query }) })
        }
        markdown={(rows) =>
          table(
            [words.columns.name, words.columns.devices],
            rows.map((row) => [row.name, String(row.device_count)]),
          )
        }
        actions={make}
        none={
          <NoneYet icon="group" title={words.none}>
            {words.noneText}
          </NoneYet>
        }
      />
      {isMaking && (
        <NameDialog
          title={words.make}
          confirm={words.makeIt}
          onClose={() => setMaking(false)}
          onDone={(group) => go(link(`/groups/${group.id}`))}
        />
      )}
    </>
  );
}

const COLUMNS: readonly Column<Group>[] = [
  {
    key: "name",
    head: words.columns.name,
    width: "minmax(160px, 3fr)",
    card: 1,
    cell: (group) => group.name,
  },
  {
    key: "devices",
    head: words.columns.devices,
    width: "96px",
    align: "end",
    card: 2,
    cell: (group) => <Count n={group.device_count} />,
  },
  {
    key: "made",
    head: words.columns.made,
    width: "244px",
    card: 3,
    cell: (group) => <Time at={group.created_at} />,
  },
];

async function listGroups(query: Query, after: string | undefined, signal: AbortSignal) {
  const page = await get(PATH, {
    query: { ...query, limit: PAGE, ...(after ? { after } : {}) } as object,
    signal,
  });
  return { rows: page.groups, total: page.total, isExact: page.total_is_exact, next: page.next };
}
