"""The delivery stage on a real database, sending real webhooks to several receivers at once."""

from __future__ import annotations

import itertools
import json
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager
from typing import Any

import attrs
import trio

from pulse_router.delivery.dispatcher import Dispatcher
from pulse_router.domain.deliveries import Delivery, Outcome, Verdict
from pulse_router.domain.routes import DestinationType, Route
from pulse_router.postgres.database import Database
from pulse_router.stores.deliveries.deliveries import PostgresDeliveryStore
from pulse_router.webhook.sender import WebhookDestination, open_webhooks
from tests.support.delivery.deliveries import FakeRoutes, as_new, make_delivery, make_route
from tests.support.delivery.queue import ask, enqueue
from tests.support.delivery.routers import wait_until_empty
from tests.support.delivery.webhooks import LOOPBACK
from tests.support.receivers.journal import Journal

PATIENT = {"max_attempts": 30, "initial_seconds": 0.05, "max_seconds": 0.5}
"""Long enough for a receiver that is away for a few seconds."""


@attrs.define(eq=False)
class Load:
    """Deliveries to the receivers of some URLs; the route of the first is 1.

    Attributes:
        sent: The ids that were sent to each.
        failed: The attempts that did not deliver.
    """

    database: Database
    dispatcher: Dispatcher
    sent: list[set[int]]
    failed: list[Outcome]
    _numbers: Iterator[int] = attrs.field(factory=lambda: itertools.count(1))

    async def arrive(self, count: int, *, more_bytes: int = 0) -> None:
        """Commit so many deliveries to each, and tell of them, as ingest does."""
        payload = json.dumps({"metrics": {}, "more": "x" * more_bytes})
        deliveries = [
            make_delivery(next(self._numbers), route_id=place + 1, payload=payload)
            for _ in range(count)
            for place in range(len(self.sent))
        ]
        new = [as_new(delivery) for delivery in deliveries]
        self.dispatcher.committing(new)
        await enqueue(self.database, *deliveries)
        self.dispatcher.committed(new)
        for delivery in deliveries:
            self.sent[delivery.route_id - 1].add(delivery.id)

    async def settle(self) -> None:
        """Wait until nothing is pending."""
        await wait_until_empty(self.database)

    async def buried(self) -> list[dict[str, Any]]:
        sql = "SELECT route_id, attempts, error_message FROM dead_letter_messages"
        return await ask(self.database, sql)

    async def assert_all_came_once(self, journals: Sequence[Journal], *, may_miss: int = 0) -> None:
        """Nothing was buried or lost, and what was answered 2xx came never again.

        Args:
            journals: Of the receivers, in their order.
            may_miss: How many answers may not have been written down, for they were killed.
        """
        assert await self.buried() == []
        for sent, journal in zip(self.sent, journals, strict=True):
            journal.assert_nothing_came_again()
            assert len(sent - set(journal.accepted())) <= may_miss
            assert set(journal.accepted()) <= sent


@attrs.frozen
class Watched:
    """The webhooks, and what becomes of attempts."""

    webhooks: WebhookDestination
    failed: list[Outcome]

    async def deliver(self, delivery: Delivery, route: Route, *, attempt: int) -> Outcome:
        outcome = await self.webhooks.deliver(delivery, route, attempt=attempt)
        if outcome.verdict is not Verdict.DELIVERED:
            self.failed.append(outcome)
        return outcome


@asynccontextmanager
async def open_load(database: Database, urls: Sequence[str], **config: Any) -> AsyncIterator[Load]:
    """Run a stage with a route to each URL."""
    routes = [
        make_route(place + 1, url=url, **{"retry": PATIENT, "timeout_seconds": 10, **config})
        for place, url in enumerate(urls)
    ]
    async with open_webhooks(LOOPBACK) as webhooks, trio.open_nursery() as nursery:
        watched = Watched(webhooks, [])
        dispatcher = Dispatcher(
            PostgresDeliveryStore(database),
            FakeRoutes(*routes),
            {DestinationType.WEBHOOK: watched},
        )
        await nursery.start(dispatcher.run)
        yield Load(database, dispatcher, [set() for _ in routes], watched.failed)
        dispatcher.drain()
