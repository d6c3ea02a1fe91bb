"""What became of a route's deliveries; satisfies the API's `RouteStatsStore`.

Counting what is pending stops at a bound, so that a backlog of millions costs no more than one of
thousands.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Final

from pulse_router.domain.route_stats import ListedCounts, RouteCounts
from pulse_router.postgres.database import Database
from pulse_router.postgres.transaction import Record
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
  FROM pulse_route_totals(ARRAY[$2])
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


LISTED_AT_MOST: Final = 1_000
"""Up to how many pending deliveries are counted of a route in a list."""

# One statement for a page of routes: what is not merged is gone over once, not for each of them.
_STATS_OF: Final = f"""
WITH mark AS MATERIALIZED (
  SELECT entered, in_doubt FROM pulse_delta_mark('route')
), added AS (
  SELECT route_id, delivered, failed, dead_lettered, last_error, last_error_at
  FROM route_deltas
  WHERE entered >= (SELECT entered FROM mark) AND route_id = ANY ($2::bigint[])
  UNION ALL
  SELECT route_id, delivered, failed, dead_lettered, last_error, last_error_at
  FROM route_deltas
  WHERE entered = ANY ((SELECT in_doubt FROM mark)::xid8[])
    AND entered < (SELECT entered FROM mark) AND route_id = ANY ($2::bigint[])
  UNION ALL
  SELECT route_id, delivered, failed, dead_lettered, last_error, last_error_at
  FROM pulse_route_totals($2::bigint[])
), totals AS (
  SELECT route_id, {in_bigint("sum(delivered)")} AS delivered, {in_bigint("sum(failed)")} AS failed,
         {in_bigint("sum(dead_lettered)")} AS dead_lettered,
         (array_agg(last_error ORDER BY last_error_at DESC)
          FILTER (WHERE last_error IS NOT NULL))[1] AS last_error,
         max(last_error_at) AS last_error_at
  FROM added GROUP BY route_id
), settled AS (
  SELECT route_id, settled_at, left_out, run_settled_at, run_counts FROM delivery_receipts
  WHERE route_id = ANY ($2::bigint[]) AND tenant_id = $1
    AND settled_at > now() - interval '1 hour'
  UNION ALL
  SELECT route_id, settled_at, left_out, run_settled_at, run_counts
  FROM pulse_unmerged_receipts($1)
  WHERE route_id = ANY ($2::bigint[]) AND settled_at > now() - interval '1 hour'
), made AS (
  SELECT route_id, run.at, run.count::bigint
  FROM settled, LATERAL unnest(run_settled_at, run_counts) AS run (at, count)
  UNION ALL
  SELECT route_id, settled_at, left_out FROM settled WHERE left_out > 0
), rates AS (
  SELECT route_id,
         {in_bigint("sum(count) FILTER (WHERE at > now() - interval '1 minute')")} AS last_minute,
         {in_bigint("sum(count)")} AS last_hour
  FROM made WHERE at > now() - interval '1 hour' GROUP BY route_id
)
SELECT r.id, r.counted_since, totals.delivered, totals.failed, totals.dead_lettered,
       totals.last_error, totals.last_error_at, rates.last_minute, rates.last_hour,
       pending.count AS pending, pending.oldest
FROM message_routes AS r
LEFT JOIN totals ON totals.route_id = r.id
LEFT JOIN rates ON rates.route_id = r.id
CROSS JOIN LATERAL (
  SELECT count(*) AS count, min(created_at) AS oldest FROM (
    (SELECT created_at FROM route_deliveries WHERE route_id = r.id AND attempts > 0
     ORDER BY next_attempt_at, id LIMIT $3)
    UNION ALL
    ({fresh_from_mark("r.id", columns="created_at", most="$3")})
  ) AS first_due
) AS pending
WHERE r.tenant_id = $1 AND r.id = ANY ($2::bigint[])
"""  # noqa: S608 - fixed text

_ALONG_INDEXES: Final[Mapping[str, str]] = {
    "enable_seqscan": "off",
    "enable_bitmapscan": "off",
    "jit": "off",
}


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
        return _counts(route_id, row, COUNTED_AT_MOST)

    async def load_counts_of(
        self, tenant_id: str, route_ids: Collection[int]
    ) -> Mapping[int, ListedCounts]:
        """See the port. No tenant's role may read all of it: the router does, for this one."""
        rows = await self._database.query(
            Role.OPERATOR,
            _STATS_OF,
            tenant_id,
            list(route_ids),
            LISTED_AT_MOST + 1,
            tenant_id=tenant_id,
            read_only=True,
            local=_ALONG_INDEXES,
        )
        return {
            row["id"]: ListedCounts(
                _counts(row["id"], row, LISTED_AT_MOST),
                row["last_minute"] or 0,
                row["last_hour"] or 0,
            )
            for row in rows
        }


def _counts(route_id: int, row: Record, counted_at_most: int) -> RouteCounts:
    pending = Total.up_to(counted_at_most, row["pending"])
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
