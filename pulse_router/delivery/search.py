"""The search for work: finds routes that have some, at the start, now and then, and when told.

It also writes down where deliveries have ended, so that the first search of whoever comes next
begins there. It knows neither SQL nor what becomes of the routes that it finds.
"""

from __future__ import annotations

import contextlib
from collections.abc import Awaitable, Callable, Collection
from typing import Final

import trio

from pulse_router.delivery.lanes import Lanes
from pulse_router.delivery.leases import Leases
from pulse_router.delivery.ports import DeliveryStore
from pulse_router.delivery.work_search import WorkSearch
from pulse_router.domain.errors import TROUBLE
from pulse_router.domain.queue_marks import QueueMark
from pulse_router.runtime.patience import outlast
from pulse_router.runtime.stride import Stride

RESCAN_SECONDS: Final = 30.0
"""How often, at the least, the table is searched for work that nobody told of."""
SHARED_RESCAN_SECONDS: Final = 1.0
"""The same while there are other routers: what they ingest for our lanes, nobody tells us."""
KEEP_SECONDS: Final = 10.0
"""How often marks that have moved on far enough are written down."""
THOROUGH_SEARCH_SECONDS: Final = 600.0
"""How often, at the most, all is searched whatever those marks say."""
THOROUGH_SHARE: Final = 0.01
"""What part of the time that may take."""


class Search:
    """Looks for routes with work.

    Args:
        store: The durable queue.
        lanes: Which routes have a lane already.
        leases: Whether there are other routers.
        random: Gives numbers from 0 up to 1, so that several routers do not search together.
        report: Told what keeps it from searching, and None when it is over.
        wake: Told of routes that may have work.
        reload: Makes lanes act on the routes as they are now.
    """

    def __init__(
        self,
        store: DeliveryStore,
        lanes: Lanes,
        leases: Leases,
        *,
        random: Callable[[], float],
        report: Callable[[str | None], None],
        wake: Callable[[Collection[int]], None],
        reload: Callable[[], Awaitable[None]],
    ) -> None:
        self._store = store
        self._lanes = lanes
        self._leases = leases
        self._random = random
        self._report = report
        self._wake = wake
        self._reload = reload
        self._changed = trio.Event()

    def soon(self) -> None:
        """Search as soon as may be, for routes or leases have changed; never waits."""
        self._changed.set()

    async def run(self) -> None:
        """Find work at the start, now and then, and when told, for ever; note where it ended."""
        async with trio.open_nursery() as nursery:
            nursery.start_soon(self._keep_marks)
            nursery.start_soon(self._search_thoroughly)
            await self._run()

    async def _run(self) -> None:
        was_told = False
        search = WorkSearch(self._store, report=self._report)
        reload_at = trio.current_time() + RESCAN_SECONDS
        while True:
            found = await search.find(anew=was_told, shared=self._leases.is_shared)
            # Lanes that are alive see a change by themselves, without a query each.
            await self._wake_each(self._lanes.missing(found) if was_told else found)
            was_told = await self._pause()
            if was_told or trio.current_time() >= reload_at:
                await outlast(TROUBLE, self._reload, report=self._report)
                reload_at = trio.current_time() + RESCAN_SECONDS

    async def _keep_marks(self) -> None:
        while True:
            await trio.sleep(KEEP_SECONDS)
            ended: dict[int, QueueMark] = {}
            stride = Stride()
            for route_id, marks in self._lanes.marks:
                if (mark := marks.take_ended()) is not None:
                    ended[route_id] = mark
                await stride.step()
            if ended:
                with contextlib.suppress(*TROUBLE):  # later ones are written another time
                    await self._store.keep_marks(ended)

    async def _search_thoroughly(self) -> None:
        """Find what lies before the marks that are written down, as rows put in by hand may."""
        rest_seconds = THOROUGH_SEARCH_SECONDS
        while True:
            await trio.sleep(rest_seconds)
            began_at = trio.current_time()
            # When it cannot be asked, or takes too long, nothing is held up by that.
            with contextlib.suppress(*TROUBLE):
                work = await self._store.routes_with_work(thoroughly=True)
                await self._wake_each(work.route_ids)
            seconds = trio.current_time() - began_at
            rest_seconds = max(THOROUGH_SEARCH_SECONDS, seconds / THOROUGH_SHARE)

    async def _wake_each(self, route_ids: Collection[int]) -> None:
        stride = Stride()
        for route_id in route_ids:
            self._wake((route_id,))
            await stride.step()

    async def _pause(self) -> bool:
        """Wait until the next search is due; tell whether somebody asked for it."""
        seconds = SHARED_RESCAN_SECONDS if self._leases.is_shared else RESCAN_SECONDS
        # Several routers on one database do not all search at the same time.
        with trio.move_on_after(seconds * (0.5 + 0.5 * self._random())):
            await self._changed.wait()
            self._changed = trio.Event()
            return True
        return False
