"""Which tenants have more pending, or more dead letters, than their bound; by the books.

It reads as `pulse_operator`, and counts no rows of theirs: what was queued and has not ended waits.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from pulse_router.domain.budgets import Budgets
from pulse_router.postgres.database import Database
from pulse_router.runtime.ledger import NOBODY
from pulse_router.stores.deltas import MERGED_LEDGER, UNMERGED_LEDGER
from pulse_router.stores.ingest.statements import COUNTS_BY_TENANT
from pulse_router.stores.roles import Role

MOST: Final = 1_000
"""How many tenants are told of at once, those with most."""

_OVER: Final = f"""
WITH figures AS (
  SELECT by_tenant.tenant_id, counts.name, counts.value
  FROM pulse_batches() AS batch, {COUNTS_BY_TENANT}
  UNION ALL
  SELECT tenant_id, name, value FROM {MERGED_LEDGER}
  UNION ALL
  SELECT tenant_id, name, value FROM {UNMERGED_LEDGER}
), backlogs AS (
  SELECT tenant_id,
    sum(value::numeric * CASE name WHEN 'queued' THEN 1 WHEN 'delivered' THEN -1
                                   WHEN 'buried' THEN -1 ELSE 0 END) AS pending,
    sum(value::numeric * CASE name WHEN 'buried' THEN 1 WHEN 'replayed' THEN -1
                                   WHEN 'discarded' THEN -1 ELSE 0 END) AS dead
  FROM figures WHERE tenant_id <> $6 GROUP BY tenant_id
), bounded AS (
  SELECT tenant_id, pending, dead,
         nullif(coalesce(own.most_pending, $1), 0) AS most_pending,
         nullif(coalesce(own.most_dead, $2), 0) AS most_dead
  FROM backlogs
  LEFT JOIN unnest($3::text[], $4::bigint[], $5::bigint[])
    AS own (tenant_id, most_pending, most_dead) USING (tenant_id)
)
SELECT tenant_id, CASE WHEN pending > most_pending THEN pending END AS pending_deliveries,
       CASE WHEN dead > most_dead THEN dead END AS dead_letters
FROM bounded WHERE pending > most_pending OR dead > most_dead
ORDER BY pending + dead DESC LIMIT {MOST}
"""  # noqa: S608 - fixed text


class PostgresBacklogs:
    """What the tenants have pending and dead.

    Args:
        database: Where the books are kept.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    async def above(self, budgets: Budgets) -> Mapping[tuple[str, str], int]:
        """See the port."""
        own, default = budgets.own, budgets.default
        rows = await self._database.query(
            Role.OPERATOR,
            _OVER,
            default.pending_deliveries,
            default.dead_letters,
            list(own),
            [budget.pending_deliveries for budget in own.values()],
            [budget.dead_letters for budget in own.values()],
            NOBODY,
            read_only=True,
        )
        return {
            (row["tenant_id"], bound): int(row[bound])
            for row in rows
            for bound in ("pending_deliveries", "dead_letters")
            if row[bound] is not None
        }
