"""Reads what was announced since somebody last looked, exactly, by the snapshots of both moments.

It must not know what an announcement means. A mark is good for the server and the database that it
was taken from: transactions of another have other numbers.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import attrs

from pulse_router.postgres.database import Database
from pulse_router.postgres.transaction import Transaction
from pulse_router.stores.roles import Role

MANY: Final = 1000
"""More than so many are not worth being told one by one."""

# The limits of what a dump of another server may have brought along are the snapshot's own.
_READ: Final = """
WITH now AS (SELECT pg_current_snapshot() AS snapshot), seen AS (SELECT ($1::text)::pg_snapshot AS
  snapshot)
SELECT pg_postmaster_start_time()::text || ' '
    || (SELECT oid FROM pg_database WHERE datname = current_database()) AS server,
  now.snapshot::text AS snapshot,
  EXISTS (SELECT FROM public.announced_pruned p
          WHERE p.xid >= pg_snapshot_xmin(seen.snapshot)
            AND p.xid < pg_snapshot_xmax(now.snapshot)) AS is_pruned,
  ARRAY(SELECT DISTINCT c.payload FROM public.announced_changes c
        WHERE c.xid >= pg_snapshot_xmin(seen.snapshot)
          AND NOT pg_visible_in_snapshot(c.xid, seen.snapshot)
          AND pg_visible_in_snapshot(c.xid, now.snapshot) LIMIT $2) AS payloads
FROM now, seen
"""

# Only of transactions that all have ended: who has looked since has seen them. A clock that has
# jumped leaves rows of its own time behind.
_PRUNE: Final = """
WITH gone AS (
  DELETE FROM public.announced_changes
  WHERE made_at NOT BETWEEN clock_timestamp() - interval '1 hour'
                        AND clock_timestamp() + interval '1 hour'
    AND (xid < pg_snapshot_xmin(pg_current_snapshot())
         OR xid >= pg_snapshot_xmax(pg_current_snapshot()))
  RETURNING xid
), newest AS (
  SELECT xid FROM gone WHERE xid < pg_snapshot_xmin(pg_current_snapshot())
  ORDER BY xid DESC LIMIT 1
)
UPDATE public.announced_pruned p SET xid = newest.xid FROM newest WHERE newest.xid > p.xid
"""


@attrs.frozen
class Mark:
    """A moment: which transactions could be seen then, and on which server."""

    server: str
    snapshot: str


@attrs.frozen
class News:
    """What was announced since a moment; `payloads` is None when that is not known, or too much."""

    payloads: Sequence[str] | None
    mark: Mark


class AnnouncementLog:
    """The table of what was announced."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def read_since(self, mark: Mark | None) -> News:
        """Read what was committed since; the answer's mark is the moment of the reading.

        Args:
            mark: The moment; None for one that nobody has noted.

        Raises:
            Unavailable: The database cannot be asked now.
        """
        async with self._database.transaction(Role.INGEST, read_only=True) as transaction:
            [row] = await transaction.fetch(_READ, mark and mark.snapshot, MANY + 1)
        now = Mark(row["server"], row["snapshot"])
        is_known = (
            mark is not None
            and mark.server == now.server
            and not row["is_pruned"]
            and len(row["payloads"]) <= MANY
        )
        return News(row["payloads"] if is_known else None, now)


async def prune_announcements(transaction: Transaction) -> None:
    """Remove what was announced more than an hour ago."""
    await transaction.execute(_PRUNE)
