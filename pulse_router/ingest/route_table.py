"""The routes in effect: compiled from the database, swapped as a whole when they change."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final, Protocol

import trio

from pulse_router.domain.routes import MatchableRoute, RouteSet

INDEXED_AT_ONCE: Final = 200
"""How many routes are indexed before others get their turn: half a millisecond."""


class MatchableRouteSource(Protocol):
    """Where the enabled routes of all tenants are read."""

    async def load_matchable(self) -> Sequence[MatchableRoute]:
        """Read and compile every enabled route; one that no longer compiles is left out.

        Raises:
            Unavailable: The database cannot be asked now.
        """
        ...


class RouteTable:
    """Holds the current `RouteSet`.

    Args:
        source: Where the routes are read.
        on_change: Called after each swap, with nothing.
    """

    def __init__(self, source: MatchableRouteSource, *, on_change: Callable[[], None]) -> None:
        self._source = source
        self._on_change = on_change
        self._refreshing = trio.Lock()
        self.current = RouteSet()

    async def refresh(self) -> None:
        """Read the routes anew. When this returns, what was committed before is in effect.

        Raises:
            Unavailable: The database cannot be asked now; the old routes stay in effect.
        """
        async with self._refreshing:
            routes = await self._source.load_matchable()
            made = RouteSet()
            for start in range(0, len(routes), INDEXED_AT_ONCE):
                made.extend(routes[start : start + INDEXED_AT_ONCE])
                await trio.lowlevel.checkpoint()
            self.current = made
        self._on_change()
