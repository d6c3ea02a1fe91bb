"""Ordered routes on a real database: strictly by event order, also while leases move."""

from __future__ import annotations

import random
from collections import defaultdict

import pytest
import trio

from pulse_router.delivery.dispatcher import Dispatcher
from pulse_router.domain.deliveries import Delivery, Outcome
from pulse_router.domain.leases import PARTITIONS
from pulse_router.domain.routes import DestinationType, Route
from pulse_router.postgres.database import Database
from pulse_router.stores.deliveries.deliveries import PostgresDeliveryStore
from tests.support.delivery.deliveries import FakeRoutes, make_delivery, make_route
from tests.support.delivery.destinations import DEAD, DELIVERED, FAILED, FakeDestination
from tests.support.delivery.queue import ask, enqueue
from tests.support.delivery.routers import (
    HALVES,
    LEASE_SECONDS,
    leases_of,
    wait_until_empty,
    wait_until_held,
)
from tests.support.waiting import wait_until

pytestmark = pytest.mark.usefixtures("matches_balance")

ROUTES = range(1, 1 + PARTITIONS, PARTITIONS // 8)
"""Some of them lie in either half of the partitions."""
PIECE = 5
RETRY = {"max_attempts": 1000, "initial_seconds": 0.01, "max_seconds": 0.05}


class Endpoint:
    """Fails at random, and notes what has ended, by route."""

    def __init__(self) -> None:
        self.dice = random.Random(3)
        self.failures = 0
        self.ended: defaultdict[int, list[int]] = defaultdict(list)

    def respond(self, delivery: Delivery, route: Route, _attempt: int) -> Outcome:
        ended = self.ended[route.id]
        assert all(number < delivery.id for number in ended), "nothing comes after its successor"
        outcome = self.dice.choice([DELIVERED, DELIVERED, DELIVERED, FAILED, FAILED, DEAD])
        if outcome is FAILED:
            self.failures += 1
        else:
            ended.append(delivery.id)
        return outcome


class Arrivals:
    """Messages for all routes, piece by piece."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.count = 0
        self._coming = trio.Lock()

    async def come(self) -> None:
        async with self._coming:
            numbers = range(self.count, self.count + PIECE)
            await enqueue(
                self.database,
                *(
                    make_delivery(100 * number + route_id, route_id=route_id)
                    for number in numbers
                    for route_id in ROUTES
                ),
            )
            self.count += PIECE

    async def come_until(self, is_enough: trio.Event) -> None:
        """Let there always be some, and never many: it may take long until there are enough."""
        while not is_enough.is_set():
            pending = await ask(self.database, "SELECT 1 FROM route_deliveries")
            if len(pending) < PIECE * len(ROUTES):
                await self.come()
            await trio.sleep(0.1)


async def test_order_holds_while_attempts_fail_and_lanes_change_hands(database: Database) -> None:
    endpoint, arrivals = Endpoint(), Arrivals(database)
    await arrivals.come()

    def make_router(name: str) -> tuple[Dispatcher, FakeDestination]:
        destination = FakeDestination(endpoint.respond, seconds=lambda _: 0.001)
        dispatcher = Dispatcher(
            PostgresDeliveryStore(database),
            FakeRoutes(*(make_route(route_id, ordered=True, retry=RETRY) for route_id in ROUTES)),
            {DestinationType.WEBHOOK: destination},
            leases=leases_of(database, name, seconds=LEASE_SECONDS),
        )
        return dispatcher, destination

    async with trio.open_nursery() as nursery:
        (one, by_one), (two, by_two) = make_router("one"), make_router("two")
        await nursery.start(one.run)
        await nursery.start(two.run)
        has_changed_hands = trio.Event()
        nursery.start_soon(arrivals.come_until, has_changed_hands)
        await wait_until_held(database, HALVES)  # it takes half of the lanes in the middle
        await wait_until(lambda: bool(by_two.attempts))
        has_changed_hands.set()
        await arrivals.come()
        await wait_until_empty(database)
        one.drain()
        two.drain()
    assert endpoint.failures > 20
    assert by_one.attempts
    for route_id in ROUTES:
        assert endpoint.ended[route_id] == [100 * n + route_id for n in range(arrivals.count)]
