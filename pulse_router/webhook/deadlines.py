"""Cuts connections whose exchange lasts too long: one task watches all of them.

A scope of Trio's for each exchange would cost as much as signing the request. It knows nothing of
what is exchanged.
"""

from __future__ import annotations

from typing import Final

import trio

from pulse_router.webhook.lines import Line

_NEVER: Final = float("inf")


class Deadlines:
    """The connections in use, and when each of them is cut."""

    def __init__(self) -> None:
        self._ends: dict[Line, float] = {}
        self._looks_at = _NEVER
        self._earlier = trio.lowlevel.ParkingLot()

    def add(self, line: Line, deadline: float) -> None:
        """Have a connection cut at a time, on Trio's clock, unless it is removed before."""
        self._ends[line] = deadline
        if deadline < self._looks_at:
            self._looks_at = deadline
            self._earlier.unpark()

    def remove(self, line: Line) -> None:
        """Leave a connection alone; nothing happens to one that was cut."""
        self._ends.pop(line, None)

    async def watch(self) -> None:
        """Cut what is overdue, for ever."""
        while True:
            self._looks_at = min(self._ends.values(), default=_NEVER)
            with trio.move_on_at(self._looks_at):
                await self._earlier.park()
            now = trio.current_time()
            for line in [line for line, end in self._ends.items() if end <= now]:
                del self._ends[line]
                line.cut()
