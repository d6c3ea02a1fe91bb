"""A fetcher: does for the lanes, one after another, what they need the database for.

There are a few of them, so that many lanes do not mean many queries at once.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from functools import partial
from typing import Final

import structlog
import trio

from pulse_router.delivery.figures import Cause, DeliveryFigures
from pulse_router.delivery.lane import Lane
from pulse_router.delivery.lanes import Lanes
from pulse_router.delivery.ports import DeliveryStore
from pulse_router.delivery.route_book import RouteBook
from pulse_router.delivery.table_work import TableWork
from pulse_router.domain.deliveries import DueDeliveries
from pulse_router.domain.errors import REFUSALS, TROUBLE, Unavailable
from pulse_router.domain.leases import LeaseLost
from pulse_router.runtime.patience import outlast
from pulse_router.runtime.seldom import Seldom

BURIED_AT_ONCE: Final = 500
REFUSED_SECONDS: Final = 30.0
"""How long a route waits of whose rows something cannot be read."""
_NOT_NOW: Final = DueDeliveries([], REFUSED_SECONDS)

_log = structlog.get_logger()


class Fetcher:
    """Serves the lanes.

    Args:
        store: The durable queue.
        book: The routes as they are now.
        lanes: Who is served.
        figures: Where deliveries are counted that are buried with their route.
        report: Told what keeps it from working, and None when it is over.
        on_lost: Told of partitions that another router turns out to have taken over.
    """

    def __init__(
        self,
        store: DeliveryStore,
        book: RouteBook,
        lanes: Lanes,
        *,
        figures: DeliveryFigures,
        report: Callable[[str | None], None],
        on_lost: Callable[[Collection[int]], None],
    ) -> None:
        self._store = store
        self._book = book
        self._lanes = lanes
        self._figures = figures
        self._report = report
        self._seldom = Seldom()
        self._on_lost = on_lost

    async def run(self) -> None:
        """Serve one lane after another, for ever."""
        while True:
            lane = await self._lanes.next_at_table()
            work = self._lanes.work_of(lane)
            if work is TableWork.LOAD:
                await self._load(lane)
            elif work is TableWork.FETCH:
                await self._fetch(lane)
            elif work is TableWork.BURY:
                await self._bury(lane)
            self._lanes.back_from_table(lane)

    async def _load(self, lane: Lane) -> None:
        wanted = [lane.route_id, *self._lanes.unknown_routes()]
        await outlast(TROUBLE, lambda: self._book.load(wanted), report=self._report)

    async def _fetch(self, lane: Lane) -> None:
        fetch = lane.begin_fetch(trio.current_time())
        found = _NOT_NOW
        try:
            found = await outlast(
                Unavailable,
                lambda: self._store.due(
                    lane.route_id,
                    exclude=fetch.exclude,
                    limit=fetch.limit,
                    max_bytes=fetch.max_bytes,
                    in_order=fetch.in_order,
                    since=fetch.since,
                ),
                report=self._report,
            )
        except REFUSALS as error:  # a row of this route's is to blame
            self._tell(lane, error)
        lane.fetched(found, fetch=fetch, now=trio.current_time())

    async def _bury(self, lane: Lane) -> None:
        hold = lane.begin_burial()
        if hold is None:
            lane.bury_more(is_more=True)
            return
        bury = partial(
            self._store.bury_route,
            lane.route_id,
            self._book.last_known(lane.route_id),
            limit=BURIED_AT_ONCE,
            epochs=hold.as_epochs(lane.route_id),
        )
        buried = 0
        try:
            buried = await outlast(Unavailable, bury, report=self._report)
        except LeaseLost as lost:
            self._on_lost(lost.partitions)
            lane.bury_more(is_more=True)
        except REFUSALS as error:  # the next search for work finds it again
            self._tell(lane, error)
        self._figures.dead_lettered += buried
        self._figures.causes[Cause.ROUTE_DELETED] += buried
        lane.bury_more(is_more=buried >= BURIED_AT_ONCE)

    def _tell(self, lane: Lane, error: Exception) -> None:
        if self._seldom.is_due(lane.route_id):
            _log.error(
                "PostgreSQL refuses what is asked for a route, and it waits",
                route_id=lane.route_id,
                problem=str(error),
            )
