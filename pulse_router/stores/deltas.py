"""What is added to running totals, and not merged into them yet.

Each transaction inserts what it adds: a row of the totals that is written again by each of them
would leave a version behind each time, and while somebody holds an old snapshot every reader and
writer must pass them all. Now and then the deltas are merged. A mark says up to which transaction
they are, and who reads begins there, past those that lie dead; see `domain/queue_marks.py` for what
makes such a mark exact.
"""

from __future__ import annotations

import math
from typing import Final

import trio

from pulse_router.postgres.database import Database
from pulse_router.stores.roles import Role
from pulse_router.stores.sums import in_bigint

MERGE_SECONDS: Final = 30.0
"""How far apart a store merges: each time leaves a version of each total behind."""

READ_ROUTE_MARK: Final = "SELECT entered::text, in_doubt::text[] FROM pulse_delta_mark('route')"
"""Reads the mark for `UNMERGED_OF_ROUTE`, which a tenant's role may not."""

UNMERGED_LEDGER: Final = "pulse_unmerged_ledger() AS unmerged"

UNMERGED_OF_ROUTE: Final = "pulse_unmerged_of_route($2, $4, $5) AS unmerged"
"""From the mark ($4, $5) on; an older mark than of this moment does as well."""


def _grown(column: str) -> str:
    return in_bigint(f"totals.{column}::numeric + excluded.{column}")


_ONE_AT_A_TIME: Final = "SELECT pg_advisory_xact_lock(hashtextextended('pulse_deltas', 0))"


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
  UPDATE delta_marks SET entered = pg_snapshot_xmax(pg_current_snapshot()),
    in_doubt = ARRAY(SELECT pg_snapshot_xip(pg_current_snapshot()))
  WHERE name = '{name}'
)
"""  # noqa: S608 - fixed text


_MERGE_LEDGER: Final = f"""
WITH {_taken("ledger_deltas", "ledger")}
INSERT INTO ledger_totals AS totals (tenant_id, name, value)
SELECT tenant_id, name, {in_bigint("sum(value)")} FROM gone GROUP BY 1, 2 ORDER BY 1, 2
ON CONFLICT (tenant_id, name) DO UPDATE SET value = {_grown("value")}
"""  # noqa: S608 - fixed text

# A route that was deleted meanwhile is not counted any more.
_MERGE_ROUTES: Final = f"""
WITH {_taken("route_deltas", "route")}
INSERT INTO route_totals AS totals
  (route_id, tenant_id, delivered, failed, dead_lettered, last_error, last_error_at)
SELECT route.id, route.tenant_id, {in_bigint("sum(delivered)")}, {in_bigint("sum(failed)")},
       {in_bigint("sum(dead_lettered)")},
       (array_agg(last_error ORDER BY gone.entered DESC, gone.id DESC)
        FILTER (WHERE last_error IS NOT NULL))[1],
       (array_agg(last_error_at ORDER BY gone.entered DESC, gone.id DESC)
        FILTER (WHERE last_error IS NOT NULL))[1]
FROM gone JOIN message_routes AS route ON route.id = gone.route_id
GROUP BY route.id, route.tenant_id ORDER BY route.id
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
        await transaction.execute(_MERGE_LEDGER)
        await transaction.execute(_MERGE_ROUTES)


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
