/** Tenants in an order: those that are stuck or noisy first, or by a column. */

export interface Counted {
  readonly tenant_id: string;
  readonly pending: number;
  readonly dead_letters: number;
  readonly rejected: number;
  readonly limits: readonly { readonly refused: number }[];
}

/** How much a tenant needs somebody: dead letters weigh most, then what waits, then what is refused. */
export function weight(tenant: Counted): number {
  const refused = tenant.limits.reduce((sum, limit) => sum + limit.refused, 0);
  return tenant.dead_letters * 4 + tenant.pending * 2 + tenant.rejected + refused;
}

/** Sort by a column, `weight` where none is named; ties by name. */
export function inOrder<T extends Counted>(
  tenants: readonly T[],
  column: keyof T | "weight",
  isDown: boolean,
): T[] {
  const value = (tenant: T): unknown => (column === "weight" ? weight(tenant) : tenant[column]);
  const turned = isDown ? -1 : 1;
  return tenants.toSorted(
    (one, other) =>
      turned * compare(value(one), value(other)) || compare(one.tenant_id, other.tenant_id),
  );
}

function compare(one: unknown, other: unknown): number {
  if (typeof one === "number" && typeof other === "number") return one - other;
  const [left, right] = [String(one ?? ""), String(other ?? "")];
  return left < right ? -1 : left > right ? 1 : 0;
}
