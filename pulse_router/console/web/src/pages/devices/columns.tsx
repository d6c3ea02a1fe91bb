/** The columns of the list of devices. */

import type { Column } from "../../parts/table/columns.ts";
import { Age, Badge, Time } from "../../parts/values.tsx";
import { table } from "../../rules/copying.ts";
import { devices as words } from "../../words/en/devices.ts";
import type { Device } from "./devices.ts";

const COLUMNS: readonly Column<Device>[] = [
  {
    key: "device",
    head: words.columns.device,
    width: "minmax(140px, 2fr)",
    card: 1,
    sorts: true,
    cell: (device) => <code>{device.device_id}</code>,
  },
  {
    key: "status",
    head: words.columns.status,
    width: "120px",
    card: 2,
    cell: (device) => <Badge state={device.status} />,
    token: (device) => ({ field: "status", value: device.status }),
  },
  {
    key: "site",
    head: words.columns.site,
    width: "minmax(100px, 1fr)",
    cell: (device) => device.site_id !== null && <code>{device.site_id}</code>,
    token: (device) =>
      device.site_id === null ? undefined : { field: "site", value: device.site_id },
  },
  {
    key: "seen",
    head: words.columns.seen,
    width: "minmax(120px, 1fr)",
    card: 3,
    sorts: true,
    cell: (device) =>
      device.last_seen_at === null ? (
        <span class="faint">{words.never}</span>
      ) : (
        <Age at={device.last_seen_at} />
      ),
  },
  {
    key: "registered",
    head: words.columns.registered,
    width: "244px",
    sorts: true,
    cell: (device) => <Time at={device.created_at} />,
  },
];

const TENANT: Column<Device> = {
  key: "tenant",
  head: words.columns.tenant,
  width: "minmax(112px, 1fr)",
  cell: (device) => <code>{device.tenant_id}</code>,
  token: (device) => ({ field: "of", value: device.tenant_id }),
};

/** across: whether they are of several tenants; then there is no order to choose, nor a filter. */
export function columnsOf(across: boolean): readonly Column<Device>[] {
  if (!across) return COLUMNS;
  const plain = COLUMNS.map(({ token: _, sorts: __, ...column }): Column<Device> => column);
  return [TENANT, ...plain];
}

export function markdown(rows: readonly Device[]): string {
  const { device, status, site, seen, registered } = words.columns;
  return table(
    [device, status, site, seen, registered],
    rows.map((row) => [
      row.device_id,
      row.status,
      row.site_id ?? "",
      row.last_seen_at ?? words.never,
      row.created_at,
    ]),
  );
}
