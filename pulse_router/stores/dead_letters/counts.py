"""How many dead letters there are, and what they came of; satisfies the API's `DeadLetterCounts`.

Only so many of the newest are looked at: a graveyard of millions costs no more than one of
thousands.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Final

import attrs
import msgspec

from pulse_router.domain.dead_letters.selection import (
    Buckets,
    DeadLetterFilter,
    DeadLetterSummary,
    ErrorCount,
    RouteSummary,
)
from pulse_router.domain.deliveries import DeadLetterStatus
from pulse_router.postgres.database import Database
from pulse_router.postgres.transaction import Record
from pulse_router.stores.dead_letters.filters import conditions_of, written
from pulse_router.stores.lists import BY_ROWS
from pulse_router.stores.reading import read_each
from pulse_router.stores.roles import Role

COUNTED_AT_MOST: Final = 50_000
"""How many of a tenant's dead letters are counted, the newest."""
ERRORS_SHOWN: Final = 5
"""How many errors of a route are told, the most frequent."""
ERROR_LENGTH: Final = 200
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
ROUTES_NAMED: Final = 20
"""How many routes are told by id in the figures of the router; the others are told as one."""

# What is infinite, or before our era, counts as the first or the last moment that can be told.
_AT: Final = "least(greatest(created_at, '0001-01-01Z'), '9999-12-31 23:59:59Z')"
_OLDEST: Final = "extract(epoch FROM coalesce({start}::timestamptz, min(created_at)))::float8"
_NEWEST: Final = "extract(epoch FROM coalesce({end}::timestamptz, max(created_at)))::float8"

# One pass over the newest; what has no index is looked for among these alone. The errors are looked
# for only of the routes that are shown.
_SUMMARY: Final = f"""
WITH looked AS MATERIALIZED (
  SELECT route_id, status, {_AT} AS created_at, error_message, destination_type
  FROM dead_letter_messages WHERE {{indexed}} ORDER BY id DESC LIMIT {{most}}
), newest AS MATERIALIZED (
  SELECT route_id, status, created_at, left(error_message, {ERROR_LENGTH}) AS error
  FROM looked WHERE {{searched}}
), bounds AS (
  SELECT {_OLDEST} AS low, greatest({_NEWEST}, {_OLDEST} + 1) AS high FROM newest
), by_route AS (
  SELECT route_id, count(*) FILTER (WHERE status = 'FAILED') AS failed,
         count(*) FILTER (WHERE status = 'REPLAYED') AS replayed,
         count(*) FILTER (WHERE status = 'DISCARDED') AS discarded,
         max(created_at) AS newest_at
  FROM newest GROUP BY route_id
), page AS (
  SELECT * FROM by_route ORDER BY failed DESC, route_id LIMIT {{limit}} OFFSET {{offset}}
), by_time AS (
  SELECT route_id, error, count(*) AS count, max(created_at) AS newest_at,
         least({{buckets}} - 1, floor({{buckets}} * (extract(epoch FROM created_at)::float8 - low)
                                      / (high - low))::integer) AS bucket
  FROM newest, bounds WHERE status = 'FAILED' AND route_id IN (SELECT route_id FROM page)
  GROUP BY route_id, error, bucket
), by_error AS (
  SELECT route_id, error, sum(count) AS count, max(newest_at) AS newest_at,
         json_agg(json_build_array(bucket, count)) AS buckets,
         row_number() OVER (PARTITION BY route_id ORDER BY sum(count) DESC, max(newest_at) DESC)
           AS place
  FROM by_time GROUP BY route_id, error
)
SELECT page.*, low, high, (SELECT count(*) FROM looked) AS looked,
  (SELECT count(*) FROM by_route) AS routes,
  (SELECT json_agg(json_build_object('error', error, 'count', count, 'newest_at', newest_at,
                                     'buckets', buckets) ORDER BY place)
   FROM by_error WHERE by_error.route_id = page.route_id AND place <= {ERRORS_SHOWN}) AS errors,
  (SELECT json_agg(json_build_array(bucket, count))
   FROM by_time WHERE by_time.route_id = page.route_id) AS buckets
FROM (SELECT true) AS always LEFT JOIN page ON true, bounds ORDER BY failed DESC, route_id
"""  # noqa: S608 - fixed text

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

    async def summarize(
        self,
        tenant_id: str | None,
        *,
        asked: DeadLetterFilter,
        buckets: int,
        limit: int,
        offset: int,
    ) -> DeadLetterSummary:
        """See the port. Only the newest `COUNTED_AT_MOST` are looked at."""
        values: list[object] = [COUNTED_AT_MOST, limit, offset, max(1, buckets)]
        indexed = attrs.evolve(asked, error=None, cause=None, destination_type=None)
        searched = DeadLetterFilter(
            error=asked.error, cause=asked.cause, destination_type=asked.destination_type
        )
        sql = _SUMMARY.format(
            most="$1",
            limit="$2",
            offset="$3",
            buckets="$4::integer",
            indexed=written({"tenant_id = {}": tenant_id, **conditions_of(indexed)}, values),
            searched=written(conditions_of(searched), values),
            start=place_of(asked.start, values),
            end=place_of(asked.end, values),
        )
        rows = await self._database.query(
            Role.OPERATOR if tenant_id is None else Role.APP,
            sql,
            *values,
            tenant_id=tenant_id,
            read_only=True,
            local=BY_ROWS,
        )
        first = rows[0]  # it comes without a route where there is none
        shown = [row for row in rows if row["route_id"] is not None]
        return DeadLetterSummary(
            routes=read_each(self._database, shown, partial(_read_route, buckets=buckets)),
            total=first["routes"],
            is_exact=first["looked"] < COUNTED_AT_MOST,
            buckets=_read_buckets(first, buckets) if buckets and shown else None,
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
    buckets: list[tuple[int, int]]


def place_of(value: object, values: list[object]) -> str:
    """Give the place of a value in a statement."""
    values.append(value)
    return f"${len(values)}"


def _read_buckets(row: Record, number: int) -> Buckets:
    low, high = row["low"], row["high"]
    return Buckets(_EPOCH + timedelta(seconds=low), (high - low) / number, number)


def _read_route(row: Record, *, buckets: int) -> RouteSummary:
    errors = msgspec.json.decode(row["errors"] or "[]", type=list[_StoredError])
    pieces = msgspec.json.decode(row["buckets"] or "[]", type=list[tuple[int, int]])
    return RouteSummary(
        route_id=row["route_id"],
        counts={status: row[status.value.lower()] for status in DeadLetterStatus},
        newest_at=row["newest_at"],
        errors=[
            ErrorCount(each.error, each.count, each.newest_at, _spread(each.buckets, buckets))
            for each in errors
        ],
        buckets=_spread(pieces, buckets),
    )


def _spread(pieces: Sequence[tuple[int, int]], number: int) -> Sequence[int]:
    """Give the counts of all buckets, those of nothing too."""
    counts = [0] * number
    for bucket, count in pieces if number else ():
        counts[max(0, bucket)] += count
    return counts
