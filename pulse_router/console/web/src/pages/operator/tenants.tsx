/** The tenants as a table; a row opens the tenant's overview, read as that tenant. */

import { get, type Schema } from "../../api/client.ts";
import { useReading } from "../../api/reading.ts";
import { link, useQuery } from "../../app/location.ts";
import { session } from "../../app/session.ts";
import { Section } from "../../parts/page.tsx";
import { NoneYet, States } from "../../parts/states.tsx";
import { type Column, readSort, writeSort } from "../../parts/table/columns.ts";
import { Table } from "../../parts/table/table.tsx";
import { Age, Badge, Count } from "../../parts/values.tsx";
import { inOrder } from "../../rules/tenants.ts";
import { operator as words } from "../../words/en/operator.ts";

type Tenant = Schema<"TenantAnswer">;

const MOST = 500;
const EVERY_MS = 10_000;
/** Each is counted up to here. */
const COUNTED = 10_000;

const count = (
  key: "devices" | "pending" | "dead_letters" | "rejected",
  card?: 2 | 3,
): Column<Tenant> => ({
  key,
  head: words.columns[key],
  width: "minmax(88px, 1fr)",
  align: "end",
  sorts: true,
  ...(card ? { card } : {}),
  cell: (tenant) => <Count n={tenant[key]} exact={tenant[key] < COUNTED} />,
});

const COLUMNS: readonly Column<Tenant>[] = [
  {
    key: "tenant_id",
    head: words.columns.tenant_id,
    width: "minmax(160px, 2fr)",
    sorts: true,
    card: 1,
    cell: (tenant) => <span class="mono">{tenant.tenant_id}</span>,
  },
  count("devices"),
  {
    key: "routes",
    head: words.columns.routes,
    width: "minmax(96px, 1fr)",
    align: "end",
    sorts: true,
    cell: (tenant) => words.ofRoutes(tenant.enabled_routes, tenant.routes),
  },
  count("pending", 3),
  count("dead_letters", 2),
  count("rejected"),
  {
    key: "limits",
    head: words.columns.limits,
    width: "minmax(140px, 1.5fr)",
    cell: (tenant) => <Limits tenant={tenant} />,
  },
  {
    key: "last_message_at",
    head: words.columns.last_message_at,
    width: "minmax(120px, 1fr)",
    sorts: true,
    cell: (tenant) => <Age at={tenant.last_message_at} />,
  },
];

export function Tenants() {
  const [query, set] = useQuery();
  const reading = useReading(
    (signal) => get("/api/v1/operator/tenants", { query: { limit: MOST }, signal }),
    [],
    { every: EVERY_MS },
  );
  const sort = readSort(query.get("sort"));
  const own = session.value?.tenant;
  return (
    <Section heading={words.tenants}>
      <States
        reading={reading}
        empty={(page) =>
          page.tenants.length === 0 ? (
            <NoneYet icon="operator" title={words.noTenants}>
              {words.noTenantsText}
            </NoneYet>
          ) : undefined
        }
      >
        {(page) => (
          <Table
            caption={words.tenants}
            name="tenants"
            columns={COLUMNS}
            rows={inOrder(
              page.tenants,
              (sort?.key ?? "weight") as keyof Tenant,
              sort?.isDown ?? true,
            )}
            rowKey={(tenant) => tenant.tenant_id}
            total={page.total}
            isExact={page.total_is_exact}
            open={({ tenant_id }) =>
              link("/", { tenant: tenant_id === own ? undefined : tenant_id })
            }
            sort={sort}
            onSort={(chosen) => set({ sort: writeSort(chosen) }, { replace: true })}
          />
        )}
      </States>
    </Section>
  );
}

/** Which bounds are reached or have refused something. */
function Limits({ tenant }: { tenant: Tenant }) {
  const told = tenant.limits.flatMap(({ name, refused, usage, limit }) => {
    if (refused > 0) return [words.limitRefused(name, refused)];
    return limit !== null && usage !== null && usage >= limit ? [words.limitFull(name)] : [];
  });
  if (told.length === 0) return <span class="faint">{words.limitsFine}</span>;
  return <Badge state="degraded" word={told.join(", ")} />;
}
