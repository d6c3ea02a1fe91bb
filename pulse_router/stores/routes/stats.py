"""What became of a route's deliveries; satisfies the API's `RouteStatsStore`.

Counting what is pending stops at a bound, so that a backlog of millions costs no more than one of
thousands.
"""

from __future__ import annotations

from typing import Final

from pulse_router.domain.route_stats import RouteCounts
from pulse_router.postgres.database import Database
from pulse_router.stores.deltas import READ_ROUTE_MARK, UNMERGED_OF_ROUTE
from pulse_router.stores.pages import Total
from pulse_router.stores.pending_rows import fresh_from_mark
from pulse_router.stores.reading import find_of_tenant
from pulse_router.stores.roles import Role
from pulse_router.stores.sums import in_bigint

COUNTED_AT_MOST: Final = 10_000

# What waits came in the order of `entered`; what has failed, by time.
_STATS: Final = f"""
WITH deltas AS (
  SELECT delivered, failed, dead_lettered, last_error, last_error_at
  FROM {UNMERGED_OF_ROUTE}
  UNION ALL
  SELECT delivered, failed, dead_lettered, last_error, last_error_at
  FROM route_totals WHERE route_id = $2
), totals AS (
  SELECT {in_bigint("sum(delivered)")} AS delivered, {in_bigint("sum(failed)")} AS failed,
         {in_bigint("sum(dead_lettered)")} AS dead_lettered,
         (array_agg(last_error ORDER BY last_error_at DESC)
          FILTER (WHERE last_error IS NOT NULL))[1] AS last_error,
         max(last_error_at) AS last_error_at
  FROM deltas
)
SELECT route.counted_since, totals.*, pending.count AS pending, pending.oldest
FROM message_routes AS route
CROSS JOIN totals
CROSS JOIN LATERAL (
  SELECT count(*) AS count, min(created_at) AS oldest
  FROM (
    (SELECT created_at FROM route_deliveries
     WHERE route_id = $2 AND tenant_id = $1 AND attempts > 0
     ORDER BY next_attempt_at, id LIMIT $3)
    UNION ALL
    ({fresh_from_mark("$2", columns="created_at", most="$3", of_tenant="AND tenant_id = $1")})
  ) AS first_due
) AS pending
WHERE route.tenant_id = $1 AND route.id = $2
"""  # noqa: S608 - fixed text


class PostgresRouteStatsStore:
    """The counts.

    Args:
        database: Where they are kept.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    async def load_counts(self, tenant_id: str, route_id: int) -> RouteCounts | None:
        """See the port. A tenant's role may not read the mark of the totals: the router does."""
        [mark] = await self._database.query(Role.OPERATOR, READ_ROUTE_MARK, read_only=True)
        row = await find_of_tenant(
            self._database,
            tenant_id,
            _STATS,
            route_id,
            COUNTED_AT_MOST + 1,
            mark["entered"],
            mark["in_doubt"],
        )
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
