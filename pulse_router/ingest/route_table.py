"""The routes in effect: compiled from the database, at the cost of what has changed."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from typing import Final, Protocol

import trio

from pulse_router.domain.routes import MatchableRoute, RouteChanges, RouteSet
from pulse_router.runtime.stride import Stride

CHANGED_AT_ONCE: Final = 200
"""How many changes go into the set as it is, in one go: less than a millisecond."""


class MatchableRouteSource(Protocol):
    """Where the enabled routes of all tenants are read."""

    async def load_changes(
        self, known: Mapping[int, int], only: Collection[int] | None
    ) -> RouteChanges:
        """Read and compile what has changed.

        Args:
            known: The versions of the routes that were read before, by their ids.
            only: Which may have changed; None for any.

        Returns:
            The enabled ones that have changed, and which of those that are known are no more.

        Raises:
            Unavailable: The database cannot be asked now.
        """
        ...


class RouteTable:
    """Holds the current `RouteSet`.

    Args:
        source: Where the routes are read.
        on_change: Called after each change, with nothing.
    """

    def __init__(self, source: MatchableRouteSource, *, on_change: Callable[[], None]) -> None:
        self._source = source
        self._on_change = on_change
        self._refreshing = trio.Lock()
        self._versions: dict[int, int] = {}
        self._routes: dict[int, MatchableRoute] = {}
        self._asked = self._served = 0
        self._all_asked = False
        self._ids_asked: set[int] = set()
        self.current = RouteSet()

    async def refresh(self, only: Collection[int] | None = None) -> None:
        """Read routes anew. When this returns, what was committed before is in effect.

        Whoever comes while one is under way waits for the next, which serves all of them at once.

        Args:
            only: The ids of those that may have changed; None for any.

        Raises:
            Unavailable: The database cannot be asked now; the old routes stay in effect.
        """
        self._asked += 1
        ticket = self._asked
        self._ask(only)
        async with self._refreshing:
            if self._served >= ticket:
                return
            serves, wanted = self._asked, self._take_asked()
            try:
                changes = await self._source.load_changes(self._versions, wanted)
                await self._apply(changes)
            except BaseException:
                self._ask(wanted)  # whoever waits, or comes next, reads them
                raise
            self._served = serves
        self._on_change()

    def get(self, route_id: int) -> MatchableRoute | None:
        """Give a route that is in effect."""
        return self._routes.get(route_id)

    def _ask(self, only: Collection[int] | None) -> None:
        if only is None:
            self._all_asked = True
        else:
            self._ids_asked.update(only)

    def _take_asked(self) -> Collection[int] | None:
        wanted = None if self._all_asked else self._ids_asked
        self._all_asked, self._ids_asked = False, set()
        return wanted

    async def _apply(self, changes: RouteChanges) -> None:
        """Put changes into effect: who looks sees all of them or none."""
        is_small = len(changes.read) + len(changes.gone) <= CHANGED_AT_ONCE
        routes = self._routes if is_small else dict(self._routes)
        changed = [*changes.gone, *(read.id for read in changes.read)]
        removed = [old for each in changed if (old := routes.pop(each, None)) is not None]
        added = [read.route for read in changes.read if read.route is not None]
        routes.update((route.id, route) for route in added)
        if routes is self._routes:
            self.current.change(added=added, removed=removed)
        else:
            self.current = await _index(routes)
            self._routes = routes
        for route_id in changes.gone:
            self._versions.pop(route_id, None)
        self._versions.update((read.id, read.version) for read in changes.read)


async def _index(routes: Mapping[int, MatchableRoute]) -> RouteSet:
    """Index many routes, and let others have their turn meanwhile."""
    made, stride = RouteSet(), Stride()
    for route in routes.values():
        made.change(added=(route,))
        await stride.step()
    return made
