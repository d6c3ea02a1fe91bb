"""Shares of something that many use: each user has a few at once, and waits in line for more.

It must not know what is shared, nor who the users are.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import attrs
import trio


@attrs.define
class _Line:
    """What one user holds, and those of its tasks that wait for more."""

    held: int = 0
    waiting: trio.lowlevel.ParkingLot = attrs.field(factory=trio.lowlevel.ParkingLot)


class Shares:
    """Gives places, in the order of asking, as many to a user as it may hold at once.

    Args:
        most_of: Tells how many a user may hold now; 0 is no bound.
        patience_seconds: For how long a task waits for one.
        refuse: Makes the error of one that has waited for so long, of the user and its bound.
    """

    def __init__(
        self,
        most_of: Callable[[str], int],
        *,
        patience_seconds: float,
        refuse: Callable[[str, int], Exception],
    ) -> None:
        self._most_of = most_of
        self._patience_seconds = patience_seconds
        self._refuse = refuse
        self._lines: dict[str, _Line] = {}

    def held(self, user: str) -> int:
        """Tell how many a user holds."""
        line = self._lines.get(user)
        return 0 if line is None else line.held

    @asynccontextmanager
    async def hold(self, user: str) -> AsyncIterator[None]:
        """Wait for a place, and hold it for a block.

        Raises:
            Exception: What `refuse` makes, after the patience is over.
        """
        line = self._lines.setdefault(user, _Line())
        try:
            await self._take(user, line)
        finally:
            self._forget_idle(user, line)
        try:
            yield
        finally:
            self._give_back(user, line)

    async def _take(self, user: str, line: _Line) -> None:
        most = self._most_of(user)
        if not most or (line.held < most and not line.waiting):
            line.held += 1
            return
        with trio.move_on_after(self._patience_seconds):
            await line.waiting.park()
            return  # whoever gives a place back has handed it over
        raise self._refuse(user, most)

    def _give_back(self, user: str, line: _Line) -> None:
        line.held -= 1
        most = self._most_of(user)
        while line.waiting and (not most or line.held < most):
            line.waiting.unpark()
            line.held += 1
        self._forget_idle(user, line)

    def _forget_idle(self, user: str, line: _Line) -> None:
        if not line.held and not line.waiting:
            self._lines.pop(user, None)
