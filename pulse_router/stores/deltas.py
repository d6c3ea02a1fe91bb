"""What is added to running totals, and not merged into them yet.

Each transaction inserts what it adds: a row of the totals that is written again by each of them
would leave a version behind each time, and while somebody holds an old snapshot every reader and
writer must pass them all. Now and then the deltas are merged. A mark says up to which transaction
they are, and who reads begins there, past those that lie dead; see `domain/queue_marks.py` for what
makes such a mark exact. A merged total is a new row in the place of the one before, and is read by
the functions of `sql/0040`, which pass none that is dead.
"""

from __future__ import annotations

import math
from typing import Final

import trio

from pulse_router.postgres.database import Database
from pulse_router.stores.roles import Role
from pulse_router.stores.sums import in_bigint

MERGE_SECONDS: Final = 30.0
"""How far apart a store merges."""

READ_ROUTE_MARK: Final = "SELECT entered::text, in_doubt::text[] FROM pulse_delta_mark('route')"
"""Reads the mark for `UNMERGED_OF_ROUTE`, which a tenant's role may not."""

MERGED_LEDGER: Final = "pulse_ledger_totals() AS merged"

UNMERGED_LEDGER: Final = "pulse_unmerged_ledger() AS unmerged"

UNMERGED_OF_ROUTE: Final = "pulse_unmerged_of_route($2, $4, $5) AS unmerged"
"""From the mark ($4, $5) on; an older mark than of this moment does as well."""


_ONE_AT_A_TIME: Final = "SELECT pg_advisory_xact_lock(hashtextextended('pulse_deltas', 0))"

_OLDER_LIVES: Final = "SELECT pulse_older_lives()"

# Many rows may be dead, and the planner counts none of them.
_ALONG_INDEXES: Final = """
SET LOCAL enable_seqscan = off; SET LOCAL enable_bitmapscan = off; SET LOCAL jit = off;
SET LOCAL enable_mergejoin = off; SET LOCAL enable_hashjoin = off
"""


def _taken(table: str, name: str) -> str:
    """SQL that takes what is visible out, and moves the mark past it: of one snapshot."""
    mark = f"pulse_delta_mark('{name}')"
    return f"""
gone AS (
  DELETE FROM {table} WHERE ctid = ANY (ARRAY(
    SELECT ctid FROM {table} WHERE entered >= (SELECT entered FROM {mark})
    UNION ALL
    SELECT ctid FROM {table} WHERE entered = ANY ((SELECT in_doubt FROM {mark})::xid8[])
      AND entered < (SELECT entered FROM {mark})))
  RETURNING *
), moved AS (
  DELETE FROM delta_marks
  WHERE name = '{name}' AND id = (SELECT id FROM pulse_newest_delta_mark('{name}'))
), kept AS (
  INSERT INTO delta_marks (name, entered, in_doubt)
  VALUES ('{name}', pg_snapshot_xmax(pg_current_snapshot()),
          ARRAY(SELECT pg_snapshot_xip(pg_current_snapshot())))
)
"""  # noqa: S608 - fixed text


_LEDGER_ADDED: Final = f"""
{_taken("ledger_deltas", "ledger")}, added AS MATERIALIZED (
  SELECT tenant_id, name, sum(value) AS value FROM gone GROUP BY tenant_id, name
)
"""  # noqa: S608 - fixed text

# A route that was deleted meanwhile is not counted any more.
_ROUTES_ADDED: Final = f"""
{_taken("route_deltas", "route")}, added AS MATERIALIZED (
  SELECT route.id AS route_id, route.tenant_id, sums.delivered, sums.failed, sums.dead_lettered,
         sums.last_errors[1] AS last_error, sums.last_errors_at[1] AS last_error_at
  FROM (
    SELECT route_id, sum(delivered) AS delivered, sum(failed) AS failed,
           sum(dead_lettered) AS dead_lettered,
           array_agg(last_error ORDER BY gone.entered DESC, gone.id DESC)
             FILTER (WHERE last_error IS NOT NULL) AS last_errors,
           array_agg(last_error_at ORDER BY gone.entered DESC, gone.id DESC)
             FILTER (WHERE last_error IS NOT NULL) AS last_errors_at
    FROM gone GROUP BY route_id
  ) AS sums JOIN message_routes AS route ON route.id = sums.route_id
)
"""  # noqa: S608 - fixed text

_MERGE_LEDGER: Final = f"""
WITH {_LEDGER_ADDED}, merged AS MATERIALIZED (
  SELECT added.tenant_id, added.name, before.place,
         {in_bigint("added.value + coalesce(before.value, 0)")} AS value
  FROM added LEFT JOIN LATERAL (
    SELECT sum.ctid AS place, sum.value FROM ledger_sums AS sum
    WHERE sum.tenant_id = added.tenant_id AND sum.name = added.name
    ORDER BY sum.id DESC LIMIT 1) AS before ON true
), replaced AS (
  DELETE FROM ledger_sums WHERE ctid = ANY (ARRAY(SELECT place FROM merged))
)
INSERT INTO ledger_sums (tenant_id, name, value) SELECT tenant_id, name, value FROM merged
"""  # noqa: S608 - fixed text

_MERGE_ROUTES: Final = f"""
WITH {_ROUTES_ADDED}, merged AS MATERIALIZED (
  SELECT added.route_id, added.tenant_id, before.place,
         {in_bigint("added.delivered + coalesce(before.delivered, 0)")} AS delivered,
         {in_bigint("added.failed + coalesce(before.failed, 0)")} AS failed,
         {in_bigint("added.dead_lettered + coalesce(before.dead_lettered, 0)")} AS dead_lettered,
         coalesce(added.last_error, before.last_error) AS last_error,
         coalesce(added.last_error_at, before.last_error_at) AS last_error_at
  FROM added LEFT JOIN LATERAL (
    SELECT sum.ctid AS place, sum.* FROM route_sums AS sum
    WHERE sum.route_id = added.route_id ORDER BY sum.id DESC LIMIT 1) AS before ON true
), replaced AS (
  DELETE FROM route_sums WHERE ctid = ANY (ARRAY(SELECT place FROM merged))
)
INSERT INTO route_sums
  (route_id, tenant_id, delivered, failed, dead_lettered, last_error, last_error_at)
SELECT route_id, tenant_id, delivered, failed, dead_lettered, last_error, last_error_at FROM merged
"""  # noqa: S608 - fixed text


def _grown(column: str) -> str:
    return in_bigint(f"totals.{column}::numeric + excluded.{column}")


# For routers of the release before, who read these alone: what was merged elsewhere comes over.
# Contract when none of them may run any more: these go.
_MERGE_LEDGER_FOR_OLDER: Final = f"""
WITH {_LEDGER_ADDED}, over AS (DELETE FROM ledger_sums RETURNING tenant_id, name, value)
INSERT INTO ledger_totals AS totals (tenant_id, name, value)
SELECT tenant_id, name, {in_bigint("sum(value)")}
FROM (SELECT * FROM added UNION ALL SELECT * FROM over) AS each
GROUP BY tenant_id, name ORDER BY tenant_id, name
ON CONFLICT (tenant_id, name) DO UPDATE SET value = {_grown("value")}
"""  # noqa: S608 - fixed text

_MERGE_ROUTES_FOR_OLDER: Final = f"""
WITH {_ROUTES_ADDED}, over AS (
  DELETE FROM route_sums
  RETURNING route_id, tenant_id, delivered, failed, dead_lettered, last_error, last_error_at
)
INSERT INTO route_totals AS totals
  (route_id, tenant_id, delivered, failed, dead_lettered, last_error, last_error_at)
SELECT route_id, tenant_id, {in_bigint("sum(delivered)")}, {in_bigint("sum(failed)")},
       {in_bigint("sum(dead_lettered)")},
       (array_agg(last_error ORDER BY last_error_at DESC)
        FILTER (WHERE last_error IS NOT NULL))[1], max(last_error_at)
FROM (SELECT * FROM added UNION ALL SELECT * FROM over) AS each
GROUP BY route_id, tenant_id ORDER BY route_id
ON CONFLICT (route_id) DO UPDATE
SET delivered = {_grown("delivered")},
    failed = {_grown("failed")},
    dead_lettered = {_grown("dead_lettered")},
    last_error = coalesce(excluded.last_error, totals.last_error),
    last_error_at = coalesce(excluded.last_error_at, totals.last_error_at)
"""  # noqa: S608 - fixed text


async def merge_deltas(database: Database, role: Role) -> None:
    """Merge what was added to the totals; nothing is counted twice, or not at all, meanwhile.

    In a transaction of its own: it waits for whoever else merges, and must hold nothing then.

    Args:
        database: Where the totals are.
        role: Who acts, ingest or the operator.

    Raises:
        Unavailable: The database cannot do it now.
    """
    async with database.transaction(role) as transaction:
        await transaction.execute(_ONE_AT_A_TIME)
        if await transaction.fetch_value(_OLDER_LIVES):
            merge = (_MERGE_LEDGER_FOR_OLDER, _MERGE_ROUTES_FOR_OLDER)
        else:
            merge = (_MERGE_LEDGER, _MERGE_ROUTES)
        await transaction.execute(_ALONG_INDEXES)
        for statement in merge:
            await transaction.execute(statement)


class Merger:
    """Merges what a store has added, as often as is good.

    Args:
        database: Where the totals are.
        role: Who acts.
    """

    def __init__(self, database: Database, role: Role) -> None:
        self._database = database
        self._role = role
        self._next_at = -math.inf

    async def merge_when_due(self) -> None:
        """Merge, unless that was done a moment ago.

        Raises:
            Unavailable: The database cannot do it now.
        """
        now = trio.current_time()
        if now >= self._next_at:
            self._next_at = now + MERGE_SECONDS
            await merge_deltas(self._database, self._role)
