"""What became of a route's deliveries; satisfies the API's `RouteStatsStore`.

Counting what is pending stops at a bound, so that a backlog of millions costs no more than one of
thousands.
"""

from __future__ import annotations

from typing import Final

from pulse_router.domain.route_stats import RouteCounts
from pulse_router.postgres.database import Database
from pulse_router.stores.pages import Total
from pulse_router.stores.reading import find_of_tenant

COUNTED_AT_MOST: Final = 10_000

_STATS: Final = """
SELECT route.counted_since, totals.delivered, totals.failed, totals.dead_lettered,
       totals.last_error, totals.last_error_at, pending.count AS pending, pending.oldest
FROM message_routes AS route
LEFT JOIN route_totals AS totals ON totals.route_id = route.id
CROSS JOIN LATERAL (
  SELECT count(*) AS count, min(created_at) AS oldest
  FROM (
    SELECT created_at FROM route_deliveries
    WHERE route_id = $2 AND tenant_id = $1
    ORDER BY next_attempt_at, id LIMIT $3
  ) AS first_due
) AS pending
WHERE route.tenant_id = $1 AND route.id = $2
"""


class PostgresRouteStatsStore:
    """The counts.

    Args:
        database: Where they are kept.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    async def load_counts(self, tenant_id: str, route_id: int) -> RouteCounts | None:
        """See the port. In one question."""
        row = await find_of_tenant(self._database, tenant_id, _STATS, route_id, COUNTED_AT_MOST + 1)
        if row is None:
            return None
        pending = Total.up_to(COUNTED_AT_MOST, row["pending"])
        return RouteCounts(
            route_id=route_id,
            since=row["counted_since"],
            delivered=row["delivered"] or 0,
            failed=row["failed"] or 0,
            dead_lettered=row["dead_lettered"] or 0,
            last_error=row["last_error"],
            last_error_at=row["last_error_at"],
            pending=pending.count,
            pending_is_exact=pending.is_exact,
            oldest_pending_at=row["oldest"],
        )
