"""Leases in memory, and a dispatcher that needs them."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

import trio

from pulse_router.delivery.dispatcher import Dispatcher
from pulse_router.domain.deliveries import Delivery
from pulse_router.domain.leases import LEASE_SECONDS, PARTITIONS, Holding
from pulse_router.domain.routes import DestinationType
from tests.support.delivery.deliveries import (
    FakeDeliveryStore,
    FakeRoutes,
    Outage,
    as_new,
    make_delivery,
    make_route,
)
from tests.support.delivery.destinations import FakeDestination


class FakeLeaseStore:
    """Leases of a router beside others of which the test decides."""

    lease_seconds = LEASE_SECONDS

    def __init__(self) -> None:
        self.outage = Outage()
        self.routers = 1
        self.lost: set[int] = set()
        self.released: dict[int, float] = {}
        self.renewals = 0
        self.has_left = False

    def _holding(self, partitions: set[int]) -> Holding:
        return Holding(dict.fromkeys(partitions - self.lost, 1), self.routers)

    async def take_back(self) -> Holding:
        await self.outage.check()
        return self._holding(set(range(PARTITIONS)))

    async def renew(self, epochs: Mapping[int, int]) -> Holding:
        await self.outage.check()
        self.renewals += 1
        return self._holding(set(epochs))

    async def release(self, epochs: Mapping[int, int], *, leave: bool = False) -> None:
        await self.outage.check()
        self.released |= dict.fromkeys(epochs, trio.current_time())
        self.has_left = self.has_left or leave


class Router:
    """A dispatcher with leases; every attempt takes some time."""

    def __init__(
        self,
        seconds: float = 0.1,
        routes: int = 64,
        store: FakeDeliveryStore | None = None,
        **config: Any,
    ) -> None:
        self.seconds = seconds
        self.store = store or FakeDeliveryStore()
        self.leases = FakeLeaseStore()
        self.destination = FakeDestination(seconds=lambda _: self.seconds)
        self.routes = FakeRoutes(*(make_route(number, **config) for number in range(routes)))
        self.dispatcher = Dispatcher(
            self.store,
            self.routes,
            {DestinationType.WEBHOOK: self.destination},
            leases=self.leases,
            random=lambda: 1.0,
        )

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Run it; at the end it finishes what is in hand."""
        async with trio.open_nursery() as nursery:
            await nursery.start(self.dispatcher.run)
            yield
            self.dispatcher.drain()

    def arrive(self, *numbers: int) -> None:
        self.store_here(*(make_delivery(number, route_id=number % 64) for number in numbers))

    def store_here(self, *deliveries: Delivery) -> None:
        """Commit deliveries as the writer does, and tell of them."""
        new = [as_new(delivery) for delivery in deliveries]
        self.dispatcher.committing(new)
        self.store.add(*deliveries)
        self.dispatcher.committed(new)
