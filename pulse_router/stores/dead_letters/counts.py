"""How many dead letters there are, and what they came of; satisfies the API's `DeadLetterCounts`.

Only so many of the newest are looked at: a graveyard of millions costs no more than one of
thousands.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Final

import msgspec

from pulse_router.domain.deliveries import (
    DeadLetterStatus,
    DeadLetterSummary,
    ErrorCount,
    RouteSummary,
)
from pulse_router.postgres.database import Database
from pulse_router.postgres.transaction import Record
from pulse_router.stores.reading import read_each
from pulse_router.stores.roles import Role

COUNTED_AT_MOST: Final = 50_000
"""How many of a tenant's dead letters are counted, the newest."""
ERRORS_SHOWN: Final = 5
"""How many errors of a route are told, the most frequent."""
ERROR_LENGTH: Final = 200
ROUTES_NAMED: Final = 20
"""How many routes are told by id in the figures of the router; the others are told as one."""

# One pass over the newest; the errors are looked for only of the routes that are shown.
_SUMMARY: Final = f"""
WITH newest AS MATERIALIZED (
  SELECT route_id, status, created_at, left(error_message, {ERROR_LENGTH}) AS error
  FROM dead_letter_messages WHERE tenant_id = $1 ORDER BY id DESC LIMIT $2
), by_route AS (
  SELECT route_id, count(*) FILTER (WHERE status = 'FAILED') AS failed,
         count(*) FILTER (WHERE status = 'REPLAYED') AS replayed,
         count(*) FILTER (WHERE status = 'DISCARDED') AS discarded,
         max(created_at) AS newest_at
  FROM newest GROUP BY route_id
), page AS (
  SELECT * FROM by_route ORDER BY failed DESC, route_id LIMIT $3 OFFSET $4
), by_error AS (
  SELECT route_id, error, count(*) AS count, max(created_at) AS newest_at,
         row_number() OVER (PARTITION BY route_id ORDER BY count(*) DESC, max(created_at) DESC)
           AS place
  FROM newest WHERE status = 'FAILED' AND route_id IN (SELECT route_id FROM page)
  GROUP BY route_id, error
)
SELECT page.*, (
  SELECT json_agg(json_build_object('error', error, 'count', count, 'newest_at',
                    least(greatest(newest_at, '0001-01-01Z'), '9999-12-31 23:59:59Z'))
                  ORDER BY place)
  FROM by_error WHERE by_error.route_id = page.route_id AND place <= {ERRORS_SHOWN}
) AS errors
FROM page ORDER BY failed DESC, route_id
"""  # noqa: S608 - fixed text

_TOTALS: Final = """
SELECT count(*) AS counted, count(DISTINCT route_id) AS routes FROM (
  SELECT route_id FROM dead_letter_messages WHERE tenant_id = $1 ORDER BY id DESC LIMIT $2
) AS newest
"""

_BY_ROUTE: Final = """
SELECT route_id, count(*) AS failed
FROM (SELECT route_id FROM dead_letter_messages WHERE status = 'FAILED' LIMIT $1) AS failed
GROUP BY route_id ORDER BY failed DESC, route_id
"""


class PostgresDeadLetterCounts:
    """Counts of dead letters.

    Args:
        database: Where they are kept.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    async def summarize(self, tenant_id: str, *, limit: int, offset: int) -> DeadLetterSummary:
        """See the port. Only the newest `COUNTED_AT_MOST` are looked at."""
        async with self._database.transaction(
            Role.APP, tenant_id=tenant_id, read_only=True
        ) as transaction:
            totals = await transaction.fetch_row(_TOTALS, tenant_id, COUNTED_AT_MOST)
            rows = await transaction.fetch(_SUMMARY, tenant_id, COUNTED_AT_MOST, limit, offset)
        assert totals is not None  # noqa: S101 - a count is a row
        return DeadLetterSummary(
            routes=read_each(self._database, rows, _read_route),
            total=totals["routes"],
            is_exact=totals["counted"] < COUNTED_AT_MOST,
        )

    async def failed_by_route(self) -> Mapping[int | None, int]:
        """See the port. Counts `COUNTED_AT_MOST` at most; `ROUTES_NAMED` routes are told by id."""
        async with self._database.transaction(Role.OPERATOR, read_only=True) as transaction:
            rows = await transaction.fetch(_BY_ROUTE, COUNTED_AT_MOST)
        counts: dict[int | None, int] = {
            row["route_id"]: row["failed"] for row in rows[:ROUTES_NAMED]
        }
        counts[None] = sum(row["failed"] for row in rows[ROUTES_NAMED:])
        return counts


class _StoredError(msgspec.Struct):
    error: str
    count: int
    newest_at: datetime


def _read_route(row: Record) -> RouteSummary:
    errors = msgspec.json.decode(row["errors"] or "[]", type=list[_StoredError])
    return RouteSummary(
        route_id=row["route_id"],
        counts={status: row[status.value.lower()] for status in DeadLetterStatus},
        newest_at=row["newest_at"],
        errors=[ErrorCount(each.error, each.count, each.newest_at) for each in errors],
    )
