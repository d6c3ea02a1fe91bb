"""What is remembered of routes whose lanes are gone, for so many of them.

It knows nothing of lanes.
"""

from __future__ import annotations

from collections import OrderedDict
from typing import Final

import attrs

from pulse_router.delivery.leases import Hold
from pulse_router.delivery.marks import Marks
from pulse_router.delivery.receiver.terms import Terms
from pulse_router.domain.lanes.control import Health

MAX_REMEMBERED: Final = 10_000
"""Of how many routes without work something is remembered."""


@attrs.frozen
class Memory:
    """What is remembered of a lane that is gone.

    Attributes:
        health: How its endpoint did.
        drained_under: The hold under which nothing of the route was left in the table, if so. What
            is new there since then, its next lane is offered.
        marks: Where its looks at the table begin.
        terms: How its receiver wants to be served; None where nothing is known.
    """

    health: Health = attrs.field(factory=Health)
    drained_under: Hold | None = None
    marks: Marks | None = None
    terms: Terms | None = None


_NOTHING: Final = Memory()


class Memories:
    """The memories by route, the oldest first."""

    def __init__(self) -> None:
        self._by_route: OrderedDict[int, Memory] = OrderedDict()

    @property
    def marks(self) -> list[tuple[int, Marks]]:
        """Where the looks of each route begin, where that is known."""
        return [(number, it.marks) for number, it in self._by_route.items() if it.marks]

    def look_up(self, route_id: int) -> Memory:
        """Tell what is remembered of a route."""
        return self._by_route.get(route_id, _NOTHING)

    def take(self, route_id: int) -> Memory:
        """Hand over what is remembered of a route, for it has a lane again."""
        return self._by_route.pop(route_id, _NOTHING)

    def keep(self, route_id: int, memory: Memory) -> None:
        """Remember something of a route; when it is too much, the oldest is forgotten."""
        self._by_route[route_id] = memory
        if len(self._by_route) > MAX_REMEMBERED:
            self._by_route.popitem(last=False)

    def note_missed(self, route_id: int) -> None:
        """Note that a route has deliveries in the table that nobody was offered."""
        if (memory := self._by_route.get(route_id)) is not None:
            self._by_route[route_id] = attrs.evolve(memory, drained_under=None)
