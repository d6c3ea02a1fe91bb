"""Daily partitions, of `telemetry` and of receipts, made and dropped by functions of the database.

It runs as `pulse_operator`, which owns nothing; `sql/0002_telemetry_partitions.sql` says how the
functions keep a clock that jumps from costing data.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import ClassVar, Final

from pulse_router.postgres.database import Database
from pulse_router.stores.roles import Role

_MOVE_SECONDS: Final = 600.0
"""Moving a day's rows out of the default partition took 3 s for a million on a fast disk."""

AHEAD_DAYS: Final = 3
STRAY_DAYS_AT_MOST: Final = 31
"""How many days a round moves out of the default partition."""
DROPS_AT_MOST: Final = 7
"""How many partitions a round drops: when all else fails, somebody has hours to notice."""


class DailyPartitions:
    """Partitions. Every method raises Unavailable when the database cannot do it now.

    Args:
        database: Where they are.
    """

    functions: ClassVar[str]
    """What the names of the functions begin with."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def make(self, day: date) -> int | None:
        """Make the partition of a UTC day.

        Returns:
            How many rows of that day lay in the default partition and came over; None when there
            is nothing to make.
        """
        async with self._database.transaction(
            Role.OPERATOR, statement_seconds=_MOVE_SECONDS
        ) as transaction:
            moved = await transaction.fetch_value(
                f"SELECT {self.functions}_make_partition($1)", day
            )
        return None if moved is None else int(moved)

    async def find_strays(self, limit: int) -> Sequence[date]:
        """Give the UTC days, newest first, that have rows in the default partition."""
        async with self._database.transaction(Role.OPERATOR, read_only=True) as transaction:
            rows = await transaction.fetch(
                f"SELECT {self.functions}_days_without_partition($1) AS day", limit
            )
        return [row["day"] for row in rows]

    async def retention_day(self, today: date) -> date | None:
        """Note that retention runs today; give the day that ages are counted from.

        Returns:
            The day, `today` at the latest; None while it is too early to say.
        """
        async with self._database.transaction(Role.OPERATOR) as transaction:
            day: date | None = await transaction.fetch_value("SELECT retention_day($1)", today)
        return day

    async def drop_oldest(self, today: date, keep_days: int) -> str | None:
        """Drop the oldest partition, when all that it holds is more than `keep_days` old.

        Returns:
            Its name; None when none is that old.
        """
        async with self._database.transaction(Role.OPERATOR) as transaction:
            name: str | None = await transaction.fetch_value(
                f"SELECT {self.functions}_drop_partition($1, $2)", today, keep_days
            )
        return name


class TelemetryPartitions(DailyPartitions):
    """Those of what devices have sent, by the day on which it was received."""

    functions = "telemetry"


class ReceiptPartitions(DailyPartitions):
    """Those of receipts, by the day on which they were settled."""

    functions = "receipts"
