"""The dispatcher: finds the routes that have work, and stops everything in good order.

It joins lanes, fetchers, workers and settler. It knows neither SQL nor HTTP.
"""

from __future__ import annotations

import random as random_module
from collections import defaultdict
from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import UTC, datetime
from typing import Final

import trio

from pulse_router.delivery.boundary import SafeAttempts
from pulse_router.delivery.fetcher import Fetcher
from pulse_router.delivery.figures import Counting
from pulse_router.delivery.jobs import RequestedAttempt
from pulse_router.delivery.lanes import Lanes
from pulse_router.delivery.leases import Hold, Leases
from pulse_router.delivery.ports import DeliveryStore, Destination, LeaseStore, RouteLookup
from pulse_router.delivery.route_book import RouteBook
from pulse_router.delivery.scheduling.table_line import FETCHERS
from pulse_router.delivery.search import Search
from pulse_router.delivery.settler import Settler
from pulse_router.delivery.worker import EndedAttempt, Worker
from pulse_router.domain.deliveries import Delivery, NotAttempted, Outcome
from pulse_router.domain.destinations import WebhookDefaults
from pulse_router.domain.lanes.budget import ByteBudget
from pulse_router.domain.lanes.control import Health
from pulse_router.domain.messages import NewDelivery
from pulse_router.domain.route_stats import LaneStats
from pulse_router.domain.routes import DestinationType, Route

SETTLE_SECONDS: Final = 2.0
"""How much longer than attempts the settler may take when all is drained."""
TURN_SECONDS: Final = 30.0
"""How long an attempt that somebody asks for waits for its turn."""
STOPPING: Final = "the router is starting or stopping"


def _utc_now() -> datetime:
    return datetime.now(UTC)


def _ignore(_problem: str | None) -> None:
    pass


class Dispatcher(Counting):
    """The delivery stage; satisfies ingest's `DeliveryReceiver`.

    Args:
        store: The durable queue.
        routes: The routes as they are now.
        destinations: Where to deliver, by type.
        workers: How many attempts are made at once, by all lanes together; those that an endpoint
            keeps waiting do not count, up to four times as many.
        defaults: What the operator has set for what a route leaves open.
        random: Gives numbers from 0 up to 1, for the jitter.
        report: Told what keeps deliveries from moving (the database), and None when it is over.
        utc_now: Gives the time, for the history of attempts.
        leases: What lets several routers share one queue; without it, this one works for all.
        budget: The bytes of deliveries that may be in memory.
    """

    def __init__(
        self,
        store: DeliveryStore,
        routes: RouteLookup,
        destinations: Mapping[DestinationType, Destination],
        *,
        workers: int = 64,
        defaults: WebhookDefaults | None = None,
        random: Callable[[], float] = random_module.random,
        report: Callable[[str | None], None] = _ignore,
        utc_now: Callable[[], datetime] = _utc_now,
        leases: LeaseStore | None = None,
        budget: ByteBudget | None = None,
    ) -> None:
        self._store = store
        self._book = RouteBook(routes, defaults or WebhookDefaults())
        self._destinations = destinations
        self._workers = workers
        self._report = report
        self._utc_now = utc_now
        super().__init__()
        self._lanes = Lanes(
            self._book,
            workers=workers,
            hold_of=self._hold_of,
            budget=budget,
            random=random,
        )
        self._leases = Leases(
            leases,
            # Lanes that are lost are looked at, and the work of those that are won.
            on_change=self.routes_changed,
            busy=self._lanes.busy_partitions,
            random=random,
            report=report,
        )
        self._search = Search(
            store,
            self._lanes,
            self._leases,
            random=random,
            report=report,
            wake=self.wake,
            reload=self.reload_routes,
        )
        self._settler = Settler(
            store,
            figures=self.figures,
            random=random,
            report=report,
            let_go=self._lanes.let_go,
            advance=self._lanes.advance,
            on_lost=self._leases.note_lost,
        )
        self._is_open = False
        self._lanes_scope = trio.CancelScope()
        self._attempts_scope = trio.CancelScope()
        self._settler_scope = trio.CancelScope()

    @property
    def held_lanes(self) -> int:
        """How many routes wait, for their endpoints have asked for it."""
        return self._lanes.held

    @property
    def yielded(self) -> int:
        """Attempts under way that last so long that they hold no worker any more."""
        return self._lanes.turns.yielded

    @property
    def lanes(self) -> int:
        """How many routes have work."""
        return self._lanes.count

    @property
    def open_breakers(self) -> frozenset[int]:
        """The routes that have work and whose breaker is open."""
        return self._lanes.open_breakers

    def health(self, route_id: int) -> Health:
        """Tell how a route's endpoint does: its breaker, and how much it is given at once."""
        return self._lanes.health(route_id)

    def stats(self, route_id: int) -> LaneStats | None:
        """Tell how a route's attempts go lately; None while another router works for it."""
        if self._hold_of(route_id) is None:
            return None
        latency = self.figures.latencies.of(route_id)
        return self._lanes.stats(route_id, latency, utc_now=self._utc_now())

    def wake(self, route_ids: Collection[int]) -> None:
        """Note that these routes have new deliveries in the table; never waits.

        Before `run` has started and after `drain` it does nothing: the table tells at the start.
        """
        for route_id in route_ids if self._is_open else ():
            self._lanes.wake(route_id)

    def hurry(self, route_id: int, *, resumes: bool) -> None:
        """Note that some is due now: with `resumes` to be sent freely, else by a probe."""
        if self._is_open:
            self._lanes.hurry(route_id, resumes=resumes)

    def committing(self, deliveries: Sequence[NewDelivery]) -> None:
        """Note that these are about to come into the table; never waits."""
        self._lanes.handover.begin(deliveries)

    def committed(self, deliveries: Sequence[NewDelivery], *, more: bool = False) -> None:
        """Note that these, which were announced, are in the table now; never waits.

        More of the same commit may follow, between which others have their turn.

        A lane that has nothing older there takes them as they are, up to its window: looking for
        them would cost as much as storing them did.
        """
        if not self._is_open:
            return
        by_route: defaultdict[int, list[NewDelivery]] = defaultdict(list)
        for delivery in self._lanes.handover.end(deliveries, more=more):
            by_route[delivery.route_id].append(delivery)
        for route_id, theirs in by_route.items():
            self._lanes.offer(route_id, theirs)

    def routes_changed(self) -> None:
        """Note that routes may have changed; never waits."""
        self._search.soon()

    def drain(self, *, deadline: float = float("inf")) -> None:
        """Begin to stop: `run` returns when what is in hand has ended and is written; never waits.

        It may be called again with an earlier deadline.

        Args:
            deadline: When (by Trio's clock) attempts that are still under way are given up; they
                stay pending in the table.
        """
        self._is_open = False
        self._lanes.turns.close()
        self._lanes.refuse_requests(STOPPING)
        self._lanes_scope.cancel()
        for scope, latest in (
            (self._attempts_scope, deadline),
            (self._settler_scope, deadline + SETTLE_SECONDS),
        ):
            scope.deadline = min(scope.deadline, latest)

    async def reload_routes(self) -> None:
        """Make lanes act on the routes as they are now; when it returns, they do.

        Raises:
            Unavailable: The routes cannot be loaded now.
        """
        await self._book.refresh()
        await self._lanes.look_again()

    async def attempt(
        self, delivery: Delivery, route: Route, *, is_urgent: bool
    ) -> Outcome | NotAttempted:
        """Make one attempt now for somebody who waits, in its turn and within the lane's limits.

        Args:
            delivery: What to deliver; it is not in the queue.
            route: The route to use, as it is now.
            is_urgent: Whether it is made although the breaker is open.

        Returns:
            How it ended, or why it was not made.
        """
        if not self._is_open:
            return NotAttempted(STOPPING)
        request = RequestedAttempt(delivery, self._book.plan_of(route), is_urgent)
        self._lanes.request(request)
        try:
            with trio.move_on_after(TURN_SECONDS):
                await request.begun.wait()
            if not request.begun.is_set():
                return NotAttempted(f"it had no turn within {TURN_SECONDS:g} s")
            await request.ended.wait()
            return request.answer
        finally:
            if not request.ended.is_set():
                self._lanes.withdraw(request)

    async def run(self, *, task_status: trio.TaskStatus[None] = trio.TASK_STATUS_IGNORED) -> None:
        """Deliver until drained."""
        ended_in, ended_out = trio.open_memory_channel[EndedAttempt](self._workers)
        async with trio.open_nursery() as stages:
            stages.start_soon(self._settle, ended_out)
            stages.start_soon(self._work, ended_in)
            stages.start_soon(self._run_lanes)
            self._is_open = not self._lanes_scope.cancel_called
            task_status.started()
        await self._leases.release_all()

    async def _settle(self, ended: trio.MemoryReceiveChannel[EndedAttempt]) -> None:
        with self._settler_scope:
            await self._settler.run(ended)

    async def _work(self, ended: trio.MemorySendChannel[EndedAttempt]) -> None:
        attempts = SafeAttempts(self._destinations)
        worker = Worker(
            attempts,
            self._lanes,
            self._leases,
            self.figures,
            on_full=self._settler.hurry,
            utc_now=self._utc_now,
        )
        with ended, self._attempts_scope:
            async with trio.open_nursery() as nursery:
                while await self._lanes.turns.hire():
                    nursery.start_soon(worker.run, ended.clone())

    async def _run_lanes(self) -> None:
        fetcher = Fetcher(
            self._store,
            self._book,
            self._lanes,
            figures=self.figures,
            report=self._report,
            on_lost=self._leases.note_lost,
        )
        with self._lanes_scope:
            async with trio.open_nursery() as nursery:
                for _ in range(FETCHERS):
                    nursery.start_soon(fetcher.run)
                nursery.start_soon(self._lanes.ring_alarms)
                nursery.start_soon(self._lanes.turns.watch)
                await nursery.start(self._leases.run)
                await self._search.run()

    def _hold_of(self, route_id: int) -> Hold | None:
        return self._leases.hold_of(route_id)
