"""How times go to PostgreSQL and come back: exactly, and without ever raising.

The server knows times that `datetime` does not (`infinity`, years before 1 and after 9999), and
asyncpg writes the first and the last that `datetime` knows as infinite. One such row, written by
hand or by another version, must not end whoever reads it: what comes back is always aware, in UTC,
and at the worst the earliest or the latest time there is.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Final

import asyncpg

from pulse_router.runtime.times import EARLIEST, LATEST

_EPOCH: Final = datetime(2000, 1, 1, tzinfo=UTC)
_EPOCH_DAY: Final = _EPOCH.toordinal()
_DAY_MICROSECONDS: Final = 86_400_000_000


class TimeCodec:
    """Times as microseconds since 2000; the last one written is remembered.

    A batch of messages has been received at one time, which is one object.
    """

    __slots__ = ("_last", "_written")

    def __init__(self) -> None:
        self._last = _EPOCH
        self._written = (0,)

    def encode(self, time: datetime) -> tuple[int]:
        """Write a time.

        Raises:
            TypeError: It has no offset.
        """
        if time is self._last:
            return self._written
        since = time - _EPOCH
        self._last = time
        self._written = written = (
            (since.days * 86_400 + since.seconds) * 1_000_000 + since.microseconds,
        )
        return written

    @staticmethod
    def decode(stored: tuple[int]) -> datetime:
        """Read a time; one that is out of reach becomes the first or the last that is not."""
        days, microseconds = divmod(stored[0], _DAY_MICROSECONDS)
        try:
            return _EPOCH + timedelta(days, 0, microseconds)
        except OverflowError:
            return EARLIEST if stored[0] < 0 else LATEST


def encode_date(day: date) -> tuple[int]:
    """Write a date as days since 2000."""
    return (day.toordinal() - _EPOCH_DAY,)


def decode_date(stored: tuple[int]) -> date:
    """Read a date; one that is out of reach becomes the first or the last that is not."""
    try:
        return date.fromordinal(stored[0] + _EPOCH_DAY)
    except (OverflowError, ValueError):
        return date.min if stored[0] < 0 else date.max


async def install(connection: asyncpg.Connection[asyncpg.Record]) -> None:
    """Read and write times in this way on a connection; the server is not asked."""
    times = TimeCodec()
    for name, encoder, decoder in (
        ("timestamptz", times.encode, times.decode),
        ("date", encode_date, decode_date),
    ):
        await connection.set_type_codec(
            name, schema="pg_catalog", encoder=encoder, decoder=decoder, format="tuple"
        )
