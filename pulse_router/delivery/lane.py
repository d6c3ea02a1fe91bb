"""A lane: everything that one route has pending, fetched a window at a time.

It decides what is attempted when. It exists only while its route has work. It knows neither SQL
nor how an attempt is made. The fixed concurrency of its plan is where a growing one can go.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Awaitable, Callable
from typing import Final

import attrs
import trio

from pulse_router.delivery.attempts import LanePlan
from pulse_router.delivery.ports import DeliveryStore
from pulse_router.delivery.route_book import Absent, RouteBook
from pulse_router.domain.deliveries import Delivery
from pulse_router.domain.errors import Unavailable
from pulse_router.runtime.patience import outlast

SMALLEST_WINDOW: Final = 16
LARGEST_WINDOW: Final = 200
BURIED_AT_ONCE: Final = 500
_NEVER: Final = float("inf")


@attrs.frozen(eq=False)
class Job:
    """One attempt that a lane wants made."""

    lane: Lane
    delivery: Delivery


class Lane:
    """The deliveries of one route.

    Args:
        route_id: The route.
        store: The durable queue.
        book: The routes as they are now.
        jobs: Where workers take attempts; it has no buffer, so that nothing waits there.
        report: Told what keeps the lane from working, and None when it is over.
        on_buried: Told how many deliveries of the deleted route were moved.
    """

    def __init__(
        self,
        route_id: int,
        *,
        store: DeliveryStore,
        book: RouteBook,
        jobs: trio.MemorySendChannel[Job],
        report: Callable[[str | None], None],
        on_buried: Callable[[int], None],
    ) -> None:
        self.route_id = route_id
        self._store = store
        self._book = book
        self._jobs = jobs
        self._report = report
        self._on_buried = on_buried
        self._window: deque[Delivery] = deque()
        self._window_size = SMALLEST_WINDOW
        self._in_hand: set[int] = set()
        self._in_flight = 0
        self._may_have_more = True
        self._next_due_at = _NEVER
        self._signal = trio.Event()

    # What others tell the lane; none of it waits.

    def wake(self) -> None:
        """Note that there may be new deliveries in the table."""
        self._may_have_more = True
        self._signal.set()

    def look_again(self) -> None:
        """Note that the route may have changed."""
        self._signal.set()

    def attempted(self, *, succeeded: bool) -> None:
        """Note that an attempt has ended, and another may begin. It is not settled yet."""
        self._in_flight -= 1
        if not succeeded:
            self._window_size = SMALLEST_WINDOW
        self._signal.set()

    def put_back(self, delivery: Delivery) -> None:
        """Note that a delivery was not attempted after all, as its route is paused or gone."""
        self._in_flight -= 1
        self.settled(delivery.id, due_after_seconds=0.0)

    def settled(self, delivery_id: int, *, due_after_seconds: float | None) -> None:
        """Note that the end of an attempt is written.

        Args:
            delivery_id: Which delivery.
            due_after_seconds: When it is due again; None when it is done with.
        """
        self._in_hand.discard(delivery_id)
        if due_after_seconds is not None:
            self._note_due(due_after_seconds)
        self._signal.set()

    @property
    def plan(self) -> LanePlan | None:
        """The plan by which an attempt may be made now; None when the route is paused or gone."""
        entry = self._book.look_up(self.route_id)
        return entry if isinstance(entry, LanePlan) and entry.route.is_enabled else None

    # The lane's own task.

    async def run(self) -> None:
        """Work until nothing is pending, or the route is paused and nothing is in hand.

        Between the last look at what is pending and the return there is no checkpoint: who wakes
        the lane does so before, or finds it gone.
        """
        while True:
            entry = self._book.look_up(self.route_id)
            if entry is Absent.UNKNOWN:
                await self._outlast(lambda: self._book.load(self.route_id))
            elif isinstance(entry, LanePlan) and entry.route.is_enabled:
                if not await self._advance(entry):
                    return
            elif self._let_go():
                await self._wait()
            elif entry is Absent.GONE and self._may_have_more:
                await self._outlast(self._bury)
            else:
                return

    async def _advance(self, plan: LanePlan) -> bool:
        """Do the next thing there is to do; False when there is nothing any more."""
        if self._window:
            if self._in_flight < plan.concurrency:
                await self._start_attempt()
            else:
                await self._wait()
        elif self._may_have_more or trio.current_time() >= self._next_due_at:
            await self._outlast(self._fetch)
        elif self._in_hand or self._next_due_at < _NEVER:
            await self._wait()
        else:
            return False
        return True

    async def _start_attempt(self) -> None:
        delivery = self._window.popleft()
        self._in_hand.add(delivery.id)
        self._in_flight += 1
        await self._jobs.send(Job(self, delivery))

    async def _fetch(self) -> None:
        # Both are cleared before the query: what comes to light while it runs counts again.
        self._may_have_more = False
        self._next_due_at = _NEVER
        try:
            found = await self._store.due(
                self.route_id, exclude=list(self._in_hand), limit=self._window_size
            )
        except Unavailable:
            self._may_have_more = True
            raise
        self._window.extend(found.deliveries)
        if found.next_due_after_seconds is not None:
            self._note_due(found.next_due_after_seconds)
        if len(found.deliveries) >= self._window_size:
            self._window_size = min(2 * self._window_size, LARGEST_WINDOW)

    def _let_go(self) -> bool:
        """Forget what is not under way, for the route is paused or gone; tell if more is."""
        if self._window or self._next_due_at < _NEVER:
            self._window.clear()
            self._next_due_at = _NEVER
            self._may_have_more = True
        return bool(self._in_hand)

    async def _bury(self) -> None:
        self._may_have_more = False
        try:
            buried = await self._store.bury_route(
                self.route_id, self._book.last_known(self.route_id), limit=BURIED_AT_ONCE
            )
        except Unavailable:
            self._may_have_more = True
            raise
        self._on_buried(buried)
        if buried >= BURIED_AT_ONCE:
            self._may_have_more = True

    def _note_due(self, after_seconds: float) -> None:
        self._next_due_at = min(self._next_due_at, trio.current_time() + max(after_seconds, 0.0))

    async def _wait(self) -> None:
        """Wait until somebody tells the lane something, or its next delivery is due."""
        self._signal = trio.Event()
        with trio.move_on_at(_NEVER if self._window else self._next_due_at):
            await self._signal.wait()

    async def _outlast(self, operation: Callable[[], Awaitable[None]]) -> None:
        await outlast(Unavailable, operation, report=self._report)
