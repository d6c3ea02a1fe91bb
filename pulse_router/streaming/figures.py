"""Shows tenants how their books and routes move: once a second, written once for all who look.

It knows nothing of connections, nor of where the counts are kept.
"""

from __future__ import annotations

import heapq
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from functools import cached_property
from typing import Final, TypeAlias

import attrs
import msgspec
import structlog
import trio

from pulse_router.domain.errors import TROUBLE
from pulse_router.domain.insight.flows import Flows, RouteFlows
from pulse_router.runtime.ledger import books_by_flows
from pulse_router.runtime.seldom import Seldom
from pulse_router.streaming.ports import FlowSource

TICK_SECONDS: Final = 1.0
SHARE: Final = 0.1
"""What part of the time the database may spend on it: where it is slow, they come less often."""
PATIENCE_SECONDS: Final = 3.0
WHOLE_SECONDS: Final = 30.0
"""How often every route is looked at, not only those that have moved lately."""
MAX_ROUTES: Final = 500
"""How many routes a message tells of: of more, those that moved most."""

_GREATEST: Final = 2**63 - 1
_log = structlog.get_logger()


@attrs.frozen(slots=False)
class Figures:
    """How much was added to a tenant's books and to its routes.

    Attributes:
        at: When the counts were read.
        seconds: In how long it was added; 0 for the first reading, which nothing is added to.
        totals: The books as they are.
        books: What was added to each entry; what is in stock may have become less.
        routes: What was added to the routes that have moved.
    """

    at: datetime
    seconds: float
    totals: Mapping[str, int]
    books: Mapping[str, int]
    routes: Mapping[int, RouteFlows]

    def after(self, earlier: Figures) -> Figures:
        """Add what was told before, for who has not taken it."""
        routes = dict(earlier.routes)
        for route_id, moved in self.routes.items():
            routes[route_id] = routes.get(route_id, RouteFlows()).plus(moved)
        return Figures(
            self.at,
            self.seconds + earlier.seconds,
            self.totals,
            {name: value + earlier.books.get(name, 0) for name, value in self.books.items()},
            routes,
        )

    @cached_property
    def text(self) -> str:
        """The message as it is sent."""
        told = heapq.nlargest(MAX_ROUTES, self.routes.items(), key=lambda item: sum(item[1]))
        message = {
            "type": "figures",
            "at": self.at,
            "seconds": round(self.seconds, 3),
            "totals": {name: _cut(value) for name, value in self.totals.items()},
            "books": {name: _cut(value) for name, value in self.books.items()},
            "routes": [
                {"route_id": route_id, **RouteFlows(*map(_cut, moved))._asdict()}
                for route_id, moved in told
            ],
            "routes_left_out": len(self.routes) - len(told),
        }
        return msgspec.json.encode(message).decode()


Show: TypeAlias = Callable[[Figures], None]
"""Told how the books have moved; never waits."""


@attrs.define
class _Watched:
    """A tenant that somebody looks at, and what was known of it last."""

    shows: set[Show] = attrs.field(factory=set)
    read_at: float | None = None
    books: Mapping[str, int] = attrs.field(factory=dict)
    routes: dict[int, RouteFlows] = attrs.field(factory=dict)
    moved: frozenset[int] = frozenset()


class FiguresFeed:
    """Who looks at which tenant's figures.

    Args:
        source: Where the counts are read.
        unix_time: Gives the time of day.
    """

    def __init__(self, source: FlowSource, unix_time: Callable[[], float] = time.time) -> None:
        self._source = source
        self._unix_time = unix_time
        self._watched: dict[str, _Watched] = {}
        self._somebody = trio.Event()
        self._whole_at = 0.0
        self._seldom = Seldom()

    def watch(self, tenant_id: str, show: Show) -> None:
        """Show the tenant's figures, soon and then once a second."""
        self._watched.setdefault(tenant_id, _Watched()).shows.add(show)
        self._somebody.set()

    def leave(self, tenant_id: str, show: Show) -> None:
        """Show them no more."""
        watched = self._watched.get(tenant_id)
        if watched is not None:
            watched.shows.discard(show)
            if not watched.shows:
                del self._watched[tenant_id]

    async def run(self) -> None:
        """Show the figures, for ever; while nobody looks, nothing is asked."""
        while True:
            if not self._watched:
                self._somebody = trio.Event()
                await self._somebody.wait()
            start = trio.current_time()
            await self._tell()
            end = trio.current_time()
            await trio.sleep_until(max(start + TICK_SECONDS, end + (end - start) / SHARE))

    async def _tell(self) -> None:
        """Read the counts and show what was added; where they cannot be read, the next time."""
        watched = dict(self._watched)
        now = trio.current_time()
        is_whole = now >= self._whole_at
        whole = [name for name, it in watched.items() if is_whole or it.read_at is None]
        moved = [route_id for it in watched.values() for route_id in it.moved]
        try:
            with trio.fail_after(PATIENCE_SECONDS):
                flows = await self._source.load_flows(list(watched), whole=whole, routes=moved)
        except (*TROUBLE, trio.TooSlowError) as error:
            _log.debug("the figures cannot be read now", problem=str(error))
            return
        except Exception:  # noqa: BLE001 - whatever it is, there is a next time
            if self._seldom.is_due("read"):
                _log.exception("the figures cannot be read")
            return
        if is_whole:
            self._whole_at = now + WHOLE_SECONDS
        for tenant_id, each in watched.items():
            try:
                if tenant_id in whole:  # what is deleted is forgotten
                    each.routes = {
                        route_id: it
                        for route_id, it in each.routes.items()
                        if route_id in flows.routes.get(tenant_id, {})
                    }
                self._show(tenant_id, each, flows)
            except Exception:  # noqa: BLE001 - whatever it is, it is this tenant's
                if self._seldom.is_due(tenant_id):
                    _log.exception("a tenant's figures cannot be shown", tenant_id=tenant_id)

    def _show(self, tenant_id: str, watched: _Watched, flows: Flows) -> None:
        now = trio.current_time()
        totals = books_by_flows(flows.tenants.get(tenant_id, {}))
        routes = flows.routes.get(tenant_id, {})
        is_first = watched.read_at is None
        before = totals if is_first else watched.books
        moved = {} if is_first else _moved(watched.routes, routes)
        figures = Figures(
            datetime.fromtimestamp(self._unix_time(), UTC),
            0.0 if watched.read_at is None else now - watched.read_at,
            totals,
            {name: value - before.get(name, 0) for name, value in totals.items()},
            moved,
        )
        watched.read_at, watched.books, watched.moved = now, totals, frozenset(moved)
        watched.routes.update(routes)
        for show in tuple(watched.shows):
            show(figures)


def _cut(value: int) -> int:
    """Cut a number to what JSON may hold here; what somebody has written by hand may add up."""
    return max(-_GREATEST, min(_GREATEST, value))


def _moved(
    before: Mapping[int, RouteFlows], now: Mapping[int, RouteFlows]
) -> Mapping[int, RouteFlows]:
    changes = ((each, it.since(before.get(each, RouteFlows()))) for each, it in now.items())
    return {route_id: moved for route_id, moved in changes if any(moved)}
