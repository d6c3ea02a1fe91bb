"""The persisted books: totals, the counts of ingest batches, and what they are held against.

Every count is written in the transaction of what it counts. It must not know what makes books
balance.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Final

from pulse_router.domain.messages import IngestCommit
from pulse_router.postgres.database import Database
from pulse_router.postgres.transaction import Record, Transaction
from pulse_router.runtime.ledger import NOBODY, OTHERS, Figures
from pulse_router.stores.deltas import MERGED_LEDGER, UNMERGED_LEDGER
from pulse_router.stores.ingest.statements import COUNTS_BY_TENANT
from pulse_router.stores.roles import Role
from pulse_router.stores.sums import in_bigint

COUNTED_AT_MOST: Final = 100_000
"""Up to how many pending deliveries, or dead letters, are counted exactly."""

NAMED_TENANTS: Final = 100
"""How many tenants are told by name, the busiest; the others are told as one."""

DEAD_ROWS: Final = "coalesce(pg_stat_get_dead_tuples('public.route_deliveries'::regclass), 0)"
"""How many rows of the queue are dead, but still there for whoever holds an old snapshot: reading
what is pending is reading them too."""

# One statement is one snapshot: what is counted fits what it is held against.
_AUDIT: Final = f"""
WITH batches AS (
  SELECT received, dropped, matched, tenants FROM pulse_batches()
), pending AS (
  SELECT tenant_id FROM route_deliveries
  LIMIT (SELECT CASE WHEN {DEAD_ROWS} > $2 THEN 0 ELSE $2 END)
), dead AS (
  SELECT tenant_id FROM dead_letter_messages WHERE status = 'FAILED' LIMIT $2
), figures AS (
  SELECT $4 AS tenant_id, totals.name, totals.value
  FROM (SELECT sum(received), sum(dropped), sum(matched) FROM batches) AS sums (a, b, c),
       LATERAL (VALUES ('received', a), ('dropped', b), ('matched', c)) AS totals (name, value)
  UNION ALL
  SELECT by_tenant.tenant_id, counts.name, counts.value FROM batches, {COUNTS_BY_TENANT}
  UNION ALL
  SELECT tenant_id, name, value FROM {MERGED_LEDGER}
  UNION ALL
  SELECT tenant_id, name, value FROM {UNMERGED_LEDGER}
  UNION ALL
  SELECT tenant_id, 'pending', count(*) FROM pending GROUP BY tenant_id
  UNION ALL
  SELECT tenant_id, 'dead_lettered', count(*) FROM dead GROUP BY tenant_id
), busiest AS (
  SELECT tenant_id FROM figures WHERE tenant_id <> $4 GROUP BY tenant_id
  ORDER BY coalesce(sum(value) FILTER (WHERE name IN ('stored', 'rejected')), 0) DESC, tenant_id
  LIMIT $1
)
SELECT CASE WHEN tenant_id = $4 OR tenant_id IN (SELECT tenant_id FROM busiest)
            THEN tenant_id ELSE $3 END AS tenant_id,
       name, {in_bigint("sum(value)")} AS value
FROM figures WHERE value IS NOT NULL
GROUP BY 1, 2
UNION ALL
SELECT NULL, 'dead rows', {DEAD_ROWS}
ORDER BY 1, 2
"""  # noqa: S608 - fixed text

_ADD: Final = """
INSERT INTO ledger_deltas (tenant_id, name, value)
SELECT * FROM unnest($1::text[], $2::text[], $3::bigint[])
"""

# How many more deliveries were queued than have ended, by the books.
_PENDING: Final = f"""
SELECT (SELECT coalesce(sum(matched::bigint - written), 0) FROM pulse_batches())
     + (SELECT coalesce(sum(value::numeric * CASE name WHEN 'matched' THEN 1 ELSE -1 END), 0)
        FROM (SELECT name, value FROM {MERGED_LEDGER}
              UNION ALL SELECT name, value FROM {UNMERGED_LEDGER}) AS counts
        WHERE name IN ('matched', 'written', 'delivered', 'buried'))
"""  # noqa: S608 - fixed text


class PostgresLedgerStore:
    """Where the books are read.

    Args:
        database: Where they are kept.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    async def audit(self) -> Figures:
        """See the port. They are the books of all routers on this database."""
        rows = await self._database.query(
            Role.OPERATOR, _AUDIT, NAMED_TENANTS, COUNTED_AT_MOST, OTHERS, NOBODY, read_only=True
        )
        tenants: dict[str, dict[str, int]] = {}
        *figures, (_, _, dead_rows) = rows
        for tenant_id, name, value in figures:
            tenants.setdefault(tenant_id, {})[name] = value
        is_counted = dead_rows <= COUNTED_AT_MOST
        if not is_counted:
            _take_pending_from_books(tenants)
        return Figures(
            tenants=tenants,
            pending_is_exact=is_counted and _sum(tenants, "pending") < COUNTED_AT_MOST,
            dead_lettered_is_exact=_sum(tenants, "dead_lettered") < COUNTED_AT_MOST,
        )


async def pending_by_books(transaction: Transaction) -> int:
    """Tell how many more deliveries were queued than have ended."""
    return int(await transaction.fetch_value(_PENDING))


async def add_to_totals(transaction: Transaction, counts: Mapping[tuple[str, str], int]) -> None:
    """Add to the running totals; nobody waits for anybody.

    Args:
        transaction: That of what is counted.
        counts: By tenant and name.
    """
    entries = sorted((key, value) for key, value in counts.items() if value)
    if entries:
        await transaction.execute(
            _ADD,
            [tenant_id for (tenant_id, _), _ in entries],
            [name for (_, name), _ in entries],
            [value for _, value in entries],
        )


def count_by_tenant(batch: IngestCommit, known: set[str]) -> dict[str, dict[str, int]]:
    """Count what an ingest batch brings each tenant.

    A topic may name any tenant, and the books must not grow by made-up ones: what is refused
    counts for a tenant only when something of it was ever stored.

    Args:
        batch: What is committed.
        known: The tenants of whom something was stored; those of this batch are added.
    """
    stored = Counter([message.tenant_id for message in batch.messages])
    known.update(stored)
    refused = Counter([rejection.tenant_id for rejection in batch.rejections])
    refused.update(batch.capped)
    tenants: dict[str, dict[str, int]] = {}
    for name, counts in (
        ("stored", stored),
        ("rejected", refused),
        ("duplicate", batch.duplicates),
        ("queued", Counter([delivery.tenant_id for delivery in batch.deliveries])),
        ("written", Counter([pair.tenant_id for pair in batch.written])),
        ("over_limit", batch.over_limit),
    ):
        for tenant_id, count in counts.items():
            owner = tenants.setdefault(tenant_id if tenant_id in known else NOBODY, {})
            owner[name] = owner.get(name, 0) + count
    return tenants


def tally(rows: Iterable[Record | tuple[str, int]], name: str) -> dict[tuple[str, str], int]:
    """Add up rows of (tenant id, count, …), in the form that `add_to_totals` takes."""
    counts: Counter[tuple[str, str]] = Counter()
    for row in rows:
        counts[row[0], name] += row[1]
    return counts


def _take_pending_from_books(tenants: Mapping[str, dict[str, int]]) -> None:
    """Say what must be pending where it was not counted."""
    for counts in tenants.values():
        ended = counts.get("delivered", 0) + counts.get("buried", 0)
        if pending := counts.get("queued", 0) - ended:
            counts["pending"] = pending


def _sum(tenants: Mapping[str, Mapping[str, int]], name: str) -> int:
    return sum(counts.get(name, 0) for counts in tenants.values())
