"""A delivery stage under a virtual clock, with a queue, routes and a destination in memory."""

from __future__ import annotations

import random
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import attrs
import trio

from pulse_router.delivery.attempts import AlreadyWritten
from pulse_router.delivery.dispatcher import Dispatcher
from pulse_router.delivery.ports import Destination
from pulse_router.domain.deliveries import Delivery
from pulse_router.domain.lanes.budget import ByteBudget
from pulse_router.domain.routes import DestinationType, Route
from tests.support.delivery.deliveries import (
    FakeDeliveryStore,
    FakeRoutes,
    as_new,
    make_delivery,
    make_route,
)
from tests.support.delivery.destinations import FakeDestination


@attrs.define(eq=False)
class Stage:
    """A delivery stage and all around it."""

    store: FakeDeliveryStore
    routes: FakeRoutes
    destination: FakeDestination
    dispatcher: Dispatcher
    problems: list[str | None]

    def arrive(self, *deliveries: Delivery) -> None:
        """Commit deliveries as the writer does, and tell of them."""
        new = [as_new(delivery) for delivery in deliveries]
        self.dispatcher.committing(new)
        self.store.add(*deliveries)
        self.dispatcher.committed(new)

    async def settled(self, condition: Callable[[], bool]) -> None:
        """Wait until the table shows something."""
        while not condition():
            changed = trio.Event()
            self.store.on_settled = changed.set
            await changed.wait()

    async def seconds_for(self, delivery: Delivery) -> float:
        """Commit a delivery; gives how long it took to its end."""
        before = trio.current_time()
        self.arrive(delivery)
        await self.settled(lambda: delivery.id not in self.store.pending)
        return trio.current_time() - before


@asynccontextmanager
async def open_stage(
    destination: Destination | None = None,
    *routes: Route,
    store: FakeDeliveryStore | None = None,
    workers: int = 64,
    budget: ByteBudget | None = None,
    kind: DestinationType = DestinationType.WEBHOOK,
) -> AsyncIterator[Stage]:
    """Run a stage whose only destination, beside the database, is of this kind."""
    store = store or FakeDeliveryStore()
    book = FakeRoutes(*(routes or (make_route(1),)), outage=store.outage)
    fake = destination if isinstance(destination, FakeDestination) else FakeDestination()
    problems: list[str | None] = []
    destinations: dict[DestinationType, Destination] = {
        kind: destination or fake,
        DestinationType.POSTGRESQL: AlreadyWritten(),
    }
    dispatcher = Dispatcher(
        store,
        book,
        destinations,
        workers=workers,
        random=random.Random(7).random,
        report=problems.append,
        budget=budget,
    )
    async with trio.open_nursery() as nursery:
        await nursery.start(dispatcher.run)
        yield Stage(store, book, fake, dispatcher, problems)
        dispatcher.drain()
    store.check_books()


def many(count: int, *, route_id: int = 1, first: int = 1) -> list[Delivery]:
    return [make_delivery(number, route_id=route_id) for number in range(first, first + count)]
