"""The routes that lanes work for, as they are now: loaded when needed, renewed when they change.

It knows nothing of deliveries.
"""

from __future__ import annotations

import enum
from collections import OrderedDict
from collections.abc import Collection, Mapping
from typing import Final, TypeAlias

import attrs
import trio

from pulse_router.delivery.attempts import LanePlan
from pulse_router.delivery.ports import RouteLookup
from pulse_router.domain.destinations import WebhookDefaults
from pulse_router.domain.routes import Route
from pulse_router.runtime.stride import Stride

MAX_IDLE: Final = 1024
"""How many routes are remembered that have no lane at the moment."""


class Absent(enum.Enum):
    """Why there is no plan for a route."""

    UNKNOWN = "not loaded yet"
    GONE = "deleted"


Entry: TypeAlias = LanePlan | Absent


class RouteBook:
    """Plans by route. A plan stays the same object until its route changes.

    Args:
        lookup: Where routes are loaded.
        defaults: What the operator has set for what a route leaves open.
    """

    def __init__(self, lookup: RouteLookup, defaults: WebhookDefaults) -> None:
        self._lookup = lookup
        self._defaults = defaults
        self._entries: dict[int, Entry] = {}
        self._idle: OrderedDict[int, None] = OrderedDict()
        self._last_known: dict[int, Route] = {}
        self._loading: set[int] = set()
        self._edition = 0
        self._refreshing = trio.Lock()

    def look_up(self, route_id: int) -> Entry:
        """Give what is known of a route now."""
        return self._entries.get(route_id, Absent.UNKNOWN)

    def is_to_be_loaded(self, route_id: int) -> bool:
        """Whether nothing is known of a route, and nobody is about to change that."""
        return route_id not in self._entries and route_id not in self._loading

    def tenant_of(self, route_id: int) -> str | None:
        """Tell whose a route is, or was; None while that is not known."""
        route = self._last_known.get(route_id)
        return None if route is None else route.tenant_id

    def last_known(self, route_id: int) -> Route | None:
        """Give a route as it was before it was deleted, if it was ever loaded."""
        return self._last_known.get(route_id)

    def plan_of(self, route: Route) -> LanePlan:
        """Make the plan of a route that is at hand, whether it is known here or not."""
        entry = self._entries.get(route.id)
        if isinstance(entry, LanePlan) and entry.route == route:
            return entry
        return LanePlan.of(route, self._defaults)

    def withdraw(self, route: Route) -> None:
        """Have no more attempts made by a route before it is loaded again."""
        entry = self._entries.get(route.id)
        if isinstance(entry, LanePlan) and entry.route == route:
            self._entries[route.id] = attrs.evolve(entry, is_withdrawn=True)

    def retain(self, route_id: int) -> None:
        """Keep what is known of a route until it is released."""
        self._idle.pop(route_id, None)

    def release(self, route_id: int) -> None:
        """Let a route be forgotten when there are too many."""
        self._idle[route_id] = None
        while len(self._idle) > MAX_IDLE:
            forgotten, _ = self._idle.popitem(last=False)
            self._entries.pop(forgotten, None)
            self._last_known.pop(forgotten, None)

    async def load(self, route_ids: Collection[int]) -> None:
        """Learn of routes, in one query.

        Raises:
            Unavailable: They cannot be loaded now.
        """
        self._loading.update(route_ids)
        try:
            while not await self._load(route_ids):
                pass
        finally:
            self._loading.difference_update(route_ids)

    async def _load(self, route_ids: Collection[int]) -> bool:
        """Load routes; tell whether all of them are as new as the newest change."""
        edition = self._edition
        found = await self._lookup.load_routes(route_ids)
        stride = Stride()
        for route_id in route_ids:
            # What was read before the newest change may be older than it.
            if edition != self._edition:
                return False
            self._note(route_id, found)
            await stride.step()
        return edition == self._edition

    async def refresh(self) -> None:
        """Learn of the changes to all known routes, in one query.

        Raises:
            Unavailable: They cannot be loaded now.
        """
        self._edition += 1
        async with self._refreshing:  # one after the other, so that the newest comes last
            known = list(self._entries)
            if not known:
                return
            found = await self._lookup.load_routes(known)
            stride = Stride()
            for route_id in known:
                if route_id in self._entries:
                    self._note(route_id, found)
                await stride.step()

    def _note(self, route_id: int, found: Mapping[int, Route]) -> None:
        route = found.get(route_id)
        if route is None:
            self._entries[route_id] = Absent.GONE
            return
        self._last_known[route_id] = route
        entry = self._entries.get(route_id)
        if not isinstance(entry, LanePlan) or entry.route != route or entry.is_withdrawn:
            self._entries[route_id] = LanePlan.of(route, self._defaults)
