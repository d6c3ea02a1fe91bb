"""Times that every part can work with: aware, in UTC, and within what `datetime` can hold."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Final

EARLIEST: Final = datetime.min.replace(tzinfo=UTC)
LATEST: Final = datetime.max.replace(tzinfo=UTC)


def in_utc(time: datetime) -> datetime:
    """Give a time in UTC; never raises.

    Args:
        time: Any time. One without an offset, as somebody may have written it into a row by hand,
            is taken for UTC.

    Returns:
        The time; where it lies beyond what can be told in UTC, the `EARLIEST` or the `LATEST`.
    """
    if time.tzinfo is UTC:
        return time
    if time.tzinfo is None:
        return time.replace(tzinfo=UTC)
    try:
        return time.astimezone(UTC)
    except OverflowError:
        return EARLIEST if time.year == EARLIEST.year else LATEST
