/** The columns of the list of alerts. */

import { link } from "../../app/location.ts";
import type { IconName } from "../../icons.tsx";
import type { Column } from "../../parts/table/columns.ts";
import { Age, Badge, Time, type Tone } from "../../parts/values.tsx";
import { table } from "../../rules/copying.ts";
import { alerts as words } from "../../words/en/alerts.ts";
import type { Alert } from "./alerts.ts";

const SEVERITY: Readonly<Record<Alert["severity"], readonly [Tone, IconName]>> = {
  CRITICAL: ["bad", "warn"],
  WARNING: ["warn", "warn"],
  INFO: ["plain", "info"],
};

export const columns: readonly Column<Alert>[] = [
  {
    key: "status",
    head: words.columns.status,
    width: "168px",
    card: 2,
    cell: (alert) => <Badge state={alert.status} />,
    token: (alert) => ({ field: "status", value: alert.status }),
  },
  {
    key: "severity",
    head: words.columns.severity,
    width: "132px",
    cell: (alert) => {
      const [tone, icon] = SEVERITY[alert.severity];
      return <Badge state="" tone={tone} icon={icon} word={alert.severity} />;
    },
    token: (alert) => ({ field: "severity", value: alert.severity }),
  },
  {
    key: "title",
    head: words.columns.title,
    width: "minmax(160px, 3fr)",
    card: 1,
    cell: (alert) => alert.title,
  },
  {
    key: "device",
    head: words.columns.device,
    width: "minmax(100px, 1fr)",
    card: 3,
    cell: (alert) => (
      <a href={link(`/devices/${encodeURIComponent(alert.device_id)}`)}>
        <code>{alert.device_id}</code>
      </a>
    ),
    token: (alert) => ({ field: "device", value: alert.device_id }),
  },
  {
    key: "key",
    head: words.columns.key,
    width: "minmax(80px, 1fr)",
    cell: (alert) => <code>{alert.key}</code>,
  },
  {
    key: "opened",
    head: words.columns.opened,
    width: "244px",
    cell: (alert) => <Time at={alert.opened_at} />,
  },
  {
    key: "changed",
    head: words.columns.changed,
    width: "104px",
    cell: (alert) => <Age at={alert.updated_at} />,
  },
];

export function markdown(rows: readonly Alert[]): string {
  const { status, severity, title, device, key, opened } = words.columns;
  return table(
    [status, severity, title, device, key, opened],
    rows.map((row) => [row.status, row.severity, row.title, row.device_id, row.key, row.opened_at]),
  );
}
