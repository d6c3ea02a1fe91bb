"""Gives others their turn in the midst of long work: by what has passed, not by how much was done.

It does not know what the work is.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Final

import trio

STRIDE_SECONDS: Final = 0.002
"""How long a piece of work may go on before others have their turn."""


class Stride:
    """How long a task works without a pause; each has one of its own.

    A loop does `if stride.is_over(): await stride.rest()` between two things that it does. Only
    where nothing of what it works on may be changed meanwhile does it need more care.

    Args:
        seconds: How long it may be.
        clock: Gives the time, in seconds; real, for it is the machine that others wait for.
    """

    __slots__ = ("_clock", "_ends_at", "_seconds")

    def __init__(
        self,
        seconds: float = STRIDE_SECONDS,
        *,
        clock: Callable[[], float] = time.perf_counter,
    ) -> None:
        self._seconds = seconds
        self._clock = clock
        self._ends_at = clock() + seconds

    def begin(self) -> None:
        """Begin: something has just been waited for."""
        self._ends_at = self._clock() + self._seconds

    def is_over(self) -> bool:
        """Tell whether others should have their turn; costs as much as reading the clock."""
        return self._clock() >= self._ends_at

    async def rest(self) -> None:
        """Let everybody else have a turn, and begin again."""
        await trio.lowlevel.checkpoint()
        self._ends_at = self._clock() + self._seconds

    async def step(self) -> None:
        """Rest where it is over: between two things each of which costs more than looking."""
        if self.is_over():
            await self.rest()
