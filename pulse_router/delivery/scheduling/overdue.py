"""Attempts under way, and which of them last so long that others should not wait for them.

It knows neither lanes' limits nor who comes next.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator
from typing import Final

import trio

from pulse_router.delivery.scheduling.turn import Turn
from pulse_router.domain.lanes.control import SLOW_SECONDS

FIRST_LOOK_SECONDS: Final = 0.25
"""How long the first attempt at an endpoint may hold a worker that others wait for."""
CHECK_SECONDS: Final = 0.05
"""How far apart looks are at the least."""


class Overdue:
    """Attempts under way, by when they began."""

    def __init__(self) -> None:
        self._first_ones: OrderedDict[Turn, None] = OrderedDict()
        self._all: OrderedDict[Turn, None] = OrderedDict()
        self._earlier = trio.lowlevel.ParkingLot()

    def add(self, turn: Turn, *, is_first: bool) -> None:
        """Note that an attempt begins, perhaps at an endpoint that nobody knows."""
        self._all[turn] = None
        if is_first:
            self._first_ones[turn] = None
        if len(self._all) == 1 or (is_first and len(self._first_ones) == 1):
            self._earlier.unpark()

    def remove(self, turn: Turn) -> None:
        """Note that an attempt is over."""
        self._all.pop(turn, None)
        if self._first_ones:
            self._first_ones.pop(turn, None)

    async def wait(self) -> None:
        """Wait until some attempt may be overdue."""
        await trio.sleep(CHECK_SECONDS)
        while (due_at := self._next_due_at()) > trio.current_time():
            with trio.move_on_at(due_at):
                await self._earlier.park()

    def hesitant(self, now: float) -> Iterator[Turn]:
        """Give the first attempts at an endpoint that last too long, each once."""
        return _overdue(self._first_ones, now - FIRST_LOOK_SECONDS)

    def slow(self, now: float) -> Iterator[Turn]:
        """Give the attempts that are slow, each once."""
        return _overdue(self._all, now - SLOW_SECONDS)

    def _next_due_at(self) -> float:
        return min(
            (
                next(iter(line)).job.begun_at + seconds
                for line, seconds in (
                    (self._first_ones, FIRST_LOOK_SECONDS),
                    (self._all, SLOW_SECONDS),
                )
                if line
            ),
            default=float("inf"),
        )


def _overdue(line: OrderedDict[Turn, None], latest: float) -> Iterator[Turn]:
    while line and next(iter(line)).job.begun_at <= latest:
        turn, _ = line.popitem(last=False)
        yield turn
