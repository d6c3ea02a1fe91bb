"""The search for routes that have work: all of them when that may have changed, else the new ones.

All of them: from the marks on that are written down, so that nothing is passed that has ended long
since, where somebody holds an old snapshot. In between, other routers' deliveries are found from a
mark on.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import Final

import trio

from pulse_router.delivery.ports import DeliveryStore
from pulse_router.domain.errors import TROUBLE
from pulse_router.domain.queue_marks import Work, WorkMark
from pulse_router.runtime.patience import outlast

WHOLE_SEARCH_SECONDS: Final = 15.0
"""How often all is searched at the most, from the marks that are written down on, unless something
has changed."""
SEARCH_SHARE: Final = 0.05
"""What part of the time that may take, and what the search for new work may."""


class WorkSearch:
    """Finds routes with work.

    Args:
        store: The durable queue.
        report: Told what keeps it from searching, and None when it is over.
    """

    def __init__(self, store: DeliveryStore, *, report: Callable[[str | None], None]) -> None:
        self._store = store
        self._report = report
        self._mark: WorkMark | None = None
        self._whole_at = 0.0
        self._new_at = 0.0

    async def find(self, *, anew: bool, shared: bool) -> Collection[int]:
        """Find what may have work that nobody told of.

        Args:
            anew: Whether all must be searched.
            shared: Whether other routers ingest for our routes too.
        """
        now = trio.current_time()
        if anew or self._mark is None or now >= self._whole_at:
            work, seconds = await self._ask(None)
            self._whole_at = trio.current_time() + max(WHOLE_SEARCH_SECONDS, seconds / SEARCH_SHARE)
        elif shared and now >= self._new_at:
            work, seconds = await self._ask(self._mark)
            self._new_at = trio.current_time() + seconds / SEARCH_SHARE
        else:
            return ()
        self._mark = work.mark
        return work.route_ids

    async def _ask(self, since: WorkMark | None) -> tuple[Work, float]:
        began_at = trio.current_time()

        async def ask() -> Work:
            nonlocal began_at
            began_at = trio.current_time()
            return await self._store.routes_with_work(since)

        work = await outlast(TROUBLE, ask, report=self._report)
        return work, trio.current_time() - began_at
