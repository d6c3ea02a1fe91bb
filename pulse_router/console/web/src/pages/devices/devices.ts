/** Devices as these pages ask for them: one tenant's, or, for operators without one, all. */

import { get, type Schema } from "../../api/client.ts";
import { shownTenant } from "../../app/tenant.ts";
import type { BarField } from "../../parts/filter_bar.tsx";
import type { Query } from "../../rules/filters.ts";
import type { PageOf } from "../../rules/paging.ts";
import { devices as words } from "../../words/en/devices.ts";

export type Device = Schema<"DeviceAnswer">;

export const STATUSES = ["ACTIVE", "REVOKED"] as const;
const PAGE = 100;
const SILENT = ["15m", "1h", "1d", "7d"];

/** Whether devices of all tenants are looked at. */
export function isAcross(): boolean {
  return shownTenant.value === undefined;
}

export const devicesPath = () =>
  isAcross() ? ("/api/v1/operator/devices" as const) : ("/api/v1/customer/devices" as const);

/** What the list can be narrowed down by. */
export function fieldsOf(groups: readonly Schema<"GroupAnswer">[], across: boolean): BarField[] {
  if (across) {
    return [
      { name: "of", param: "tenant_id", label: words.fields.tenant, kind: "text", bare: true },
    ];
  }
  const named = new Map(groups.map((group) => [String(group.id), group.name]));
  return [
    { name: "text", param: "q", label: words.fields.text, kind: "text", bare: true },
    {
      name: "status",
      label: words.fields.status,
      kind: "choice",
      excludes: false,
      choices: STATUSES,
    },
    { name: "site", param: "site_id", label: words.fields.site, kind: "text" },
    {
      name: "group",
      param: "group_id",
      label: words.fields.group,
      kind: "id",
      values: groups.map((group) => ({ value: String(group.id), label: group.name })),
      say: (value) => named.get(value) ?? words.group(value),
    },
    {
      name: "silent_for",
      label: words.fields.silent,
      kind: "span",
      values: SILENT.map((value) => ({ value })),
    },
  ];
}

export async function listDevices(
  query: Query,
  after: string | undefined,
  signal: AbortSignal,
): Promise<PageOf<Device>> {
  const page = await get(devicesPath(), {
    query: { ...query, limit: PAGE, ...(after ? { after } : {}) } as object,
    signal,
  });
  return { rows: page.devices, total: page.total, isExact: page.total_is_exact, next: page.next };
}
