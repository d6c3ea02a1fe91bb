"""Notices a wall clock that is behind what was written down under it. It does not know what was.

A board without a battery clock starts with the time of its last shutdown, or with 1970.
"""

from __future__ import annotations

import ctypes
import time
from collections.abc import Callable
from typing import Final

import attrs
import trio

LOOK_EVERY_SECONDS: Final = 1.0
TOLERATED_SECONDS: Final = 60.0
"""By how much it may be behind: clocks that are kept right are set by less."""
PATIENCE_SECONDS: Final = 24 * 3600.0
"""For how long it is told. A clock that was ahead once would be behind that for years."""

BEHIND: Final = (
    "this machine's clock is behind what was stored under it before: set it right; tokens,"
    " certificates and the times of messages are judged by it"
)

_TIMEX_BYTES: Final = 512
"""More than a `struct timex` has anywhere; all zero, it asks and changes nothing."""
_UNSYNCHRONISED: Final = 5  # TIME_ERROR
_UNKNOWN: Final = -1


def is_synchronised() -> bool | None:
    """Ask the kernel whether the clock is kept right by a time server.

    Returns:
        What it says; None when it cannot be asked, as in a sandbox that forbids it.
    """
    adjtimex = getattr(ctypes.CDLL(None), "adjtimex", None)
    if adjtimex is None:
        return None
    state: int = adjtimex(ctypes.create_string_buffer(_TIMEX_BYTES))
    return None if state == _UNKNOWN else state != _UNSYNCHRONISED


@attrs.define(eq=False)
class ClockWatch:
    """Compares the clock with the newest time that is known to have been.

    Args:
        clock: Gives the wall clock's time, in Unix seconds.
        synchronised: Tells whether the wall clock is kept right; None when that is not known.

    Attributes:
        behind_seconds: By how much it was behind when it was looked at last; 0 when it was not.
    """

    clock: Callable[[], float] = time.time
    synchronised: Callable[[], bool | None] = is_synchronised
    behind_seconds: float = attrs.field(default=0.0, init=False)

    async def run(
        self, newest: Callable[[], float], *, report: Callable[[str | None], None]
    ) -> None:
        """Look for ever.

        Args:
            newest: Gives the newest time that was written down, in Unix seconds.
            report: Told what is wrong, and None when nothing is, or it has been told for a day.
        """
        until = trio.current_time() + PATIENCE_SECONDS
        while True:
            self.behind_seconds = max(0.0, newest() - self.clock())
            is_told = trio.current_time() < until and self._is_wrong()
            report(BEHIND if is_told else None)
            await trio.sleep(LOOK_EVERY_SECONDS)

    def _is_wrong(self) -> bool:
        return self.behind_seconds > TOLERATED_SECONDS and self.synchronised() is not True
