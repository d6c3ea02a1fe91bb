"""Keeps receipts in shape: partitions made ahead, old ones dropped, the rest put together.

Runs as `pulse_operator`, as all of the maintenance does.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

from pulse_router.postgres.database import Database
from pulse_router.stores.partitions import (
    AHEAD_DAYS,
    DROPS_AT_MOST,
    STRAY_DAYS_AT_MOST,
    ReceiptPartitions,
)
from pulse_router.stores.receipts.merging import merge_receipts


async def keep_receipts(
    database: Database, *, today: date, retention_day: date | None, keep_days: int
) -> Sequence[str]:
    """Do one round.

    Args:
        database: Where they are.
        today: The UTC date.
        retention_day: The day that ages are counted from; None while it is too early to say.
        keep_days: For how many days they are kept; 0 is for ever.

    Returns:
        The partitions that were dropped.

    Raises:
        PulseError: Something could not be done; the next round tries again.
    """
    partitions = ReceiptPartitions(database)
    for ahead in range(AHEAD_DAYS + 1):
        await partitions.make(today + timedelta(days=ahead))
    await merge_receipts(database)
    for day in await partitions.find_strays(STRAY_DAYS_AT_MOST):
        if day not in (date.min, date.max):
            await partitions.make(day)
    dropped: list[str] = []
    while keep_days and retention_day is not None and len(dropped) < DROPS_AT_MOST:
        name = await partitions.drop_oldest(today, keep_days)
        if name is None:
            break
        dropped.append(name)
    return dropped
