/** The registry: who may speak, where it stands, and since when it has been silent. */

import { useMemo } from "preact/hooks";
import { addressOf } from "../../api/client.ts";
import { useReading } from "../../api/reading.ts";
import { link, useQuery } from "../../app/location.ts";
import { Icon } from "../../icons.tsx";
import { FilteredList } from "../../parts/filtered_list.tsx";
import { NoneYet } from "../../parts/states.tsx";
import type { Sort } from "../../parts/table/columns.ts";
import { command, curl } from "../../rules/copying.ts";
import { devices as words } from "../../words/en/devices.ts";
import { titles } from "../../words/en/titles.ts";
import { readGroups } from "../groups/groups.ts";
import { columnsOf, markdown } from "./columns.tsx";
import { type Device, devicesPath, fieldsOf, isAcross, listDevices } from "./devices.ts";

/** Which column each order of the API is that of; the first is the usual one. */
const ORDERS = { device_id: "device", silent: "seen", newest: "registered" } as const;
type Order = keyof typeof ORDERS;

export default function DevicesPage() {
  const [query, setQuery] = useQuery();
  const across = isAcross();
  const groups = useReading((stop) => (across ? Promise.resolve([]) : readGroups(stop)), [across], {
    changes: ["groups"],
  }).value;
  const fields = useMemo(() => fieldsOf(groups ?? [], across), [groups, across]);
  const columns = useMemo(() => columnsOf(across), [across]);
  const asked = query.get("sort");
  const order: Order = asked !== undefined && asked in ORDERS ? (asked as Order) : "device_id";
  const extra = useMemo(
    () => (across || order === "device_id" ? {} : { sort: order }) as Record<string, string>,
    [across, order],
  );
  const sortBy = ({ key }: Sort): void => {
    const chosen = (Object.keys(ORDERS) as Order[]).find((each) => ORDERS[each] === key);
    setQuery({ sort: chosen === order || chosen === "device_id" ? null : chosen });
  };
  return (
    <FilteredList<Device>
      name={across ? "devices-of-all" : "devices"}
      title={titles.devices}
      fields={fields}
      columns={columns}
      changes={["devices"]}
      read={listDevices}
      id={(device) => `${device.tenant_id}/${device.device_id}`}
      rowKey={(device) => `${device.tenant_id}/${device.device_id}`}
      rowName={(device) => words.device(device.device_id)}
      open={(device) =>
        link(
          `/devices/${encodeURIComponent(device.device_id)}`,
          across ? { tenant: device.tenant_id } : {},
        )
      }
      lead={words.listed}
      extra={extra}
      {...(!across && {
        sort: { key: ORDERS[order], isDown: order === "newest" },
        onSort: sortBy,
      })}
      request={(wanted) =>
        curl({ method: "GET", url: location.origin + addressOf(devicesPath(), { query: wanted }) })
      }
      command={() => command("devices", "list")}
      markdown={markdown}
      actions={!across && <Ways />}
      none={
        across ? (
          <NoneYet icon="device" title={words.noneAcross} />
        ) : (
          <NoneYet
            icon="device"
            title={words.none}
            action={
              <a class="button primary" href={link("/devices/new")}>
                {words.register}
              </a>
            }
            command={command("devices", "add", "DEV-1")}
          >
            {words.noneText}
          </NoneYet>
        )
      }
    />
  );
}

/** How devices come into the list. */
function Ways() {
  return (
    <>
      <a class="button" href={link("/devices/bulk")}>
        <Icon name="upload" />
        <span>{words.many}</span>
      </a>
      <a class="button primary" href={link("/devices/new")}>
        <Icon name="plus" />
        <span>{words.register}</span>
      </a>
    </>
  );
}
