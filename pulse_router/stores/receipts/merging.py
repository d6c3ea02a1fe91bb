"""Puts receipts together beside the work, and sees that a day's do not take too much room.

Runs as `pulse_operator`. `sql/0034_receipts.sql` says how they lie; it must not know who settles.
"""

from __future__ import annotations

import math
from typing import Final

import structlog
import trio

from pulse_router.postgres.database import Database
from pulse_router.runtime.seldom import Seldom
from pulse_router.stores.roles import Role

MERGE_SECONDS: Final = 30.0
"""How far apart they are put together."""
MERGED_ROWS: Final = 2_000
"""How many rows one transaction takes."""
MAX_BYTES_PER_DAY: Final = 256 * 1024 * 1024
TOLD_SECONDS: Final = 3600.0

_ONE_AT_A_TIME: Final = "SELECT pg_advisory_xact_lock(hashtextextended('pulse_receipts', 0))"
BELOW: Final = "SELECT pg_snapshot_xmax(pg_current_snapshot())::text"
MERGE: Final = "SELECT pulse_merge_receipts($1, $2::text::xid8)"
_BYTES: Final = "SELECT pulse_receipt_bytes((now() AT TIME ZONE 'UTC')::date)"

_log = structlog.get_logger()


async def merge_receipts(database: Database, *, rows: int = MERGED_ROWS) -> None:
    """Put together what was settled before, piece by piece, each in a transaction of its own.

    Args:
        database: Where the receipts are.
        rows: How many rows a piece takes.

    Raises:
        Unavailable: The database cannot do it now.
    """
    [(below,)] = await database.query(Role.OPERATOR, BELOW, read_only=True)
    found = rows
    while found >= rows:
        async with database.transaction(Role.OPERATOR) as transaction:
            await transaction.execute(_ONE_AT_A_TIME)
            found = await transaction.fetch_value(MERGE, rows, below)


class ReceiptMerger:
    """Puts receipts together as often as is good, and tells whether the day has enough of them.

    Args:
        database: Where they are kept.
        max_bytes_per_day: How much room those of a UTC day may take, roughly: it is looked at when
            they are put together.
    """

    def __init__(self, database: Database, *, max_bytes_per_day: int = MAX_BYTES_PER_DAY) -> None:
        self._database = database
        self._max_bytes = max_bytes_per_day
        self._next_at = -math.inf
        self._seldom = Seldom(TOLD_SECONDS)
        self.bytes_today = 0

    @property
    def is_full(self) -> bool:
        """Whether what succeeds at once leaves no receipt, for the day has enough of them."""
        return self.bytes_today >= self._max_bytes

    async def merge_when_due(self) -> None:
        """Merge, unless that was done a moment ago.

        Raises:
            Unavailable: The database cannot do it now.
        """
        now = trio.current_time()
        if now >= self._next_at:
            self._next_at = now + MERGE_SECONDS
            await merge_receipts(self._database)
            await self._look()

    async def _look(self) -> None:
        """See how much room today's receipts take."""
        [(self.bytes_today,)] = await self._database.query(Role.OPERATOR, _BYTES, read_only=True)
        if self.is_full and self._seldom.is_due("full"):
            _log.warning(
                "the receipts of today take all the room that they may: what is delivered at the"
                " first attempt leaves none until midnight (UTC), and is counted",
                bytes=self.bytes_today,
                max_bytes_per_day=self._max_bytes,
            )
