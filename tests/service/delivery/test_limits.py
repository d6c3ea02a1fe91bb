"""Real endpoints that limit, split and push back: nothing is lost, doubled or buried for it."""

from __future__ import annotations

import itertools
import json
from collections import Counter
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Final

import trio

from pulse_router.delivery.dispatcher import Dispatcher
from pulse_router.domain.routes import DestinationType, Route
from pulse_router.postgres.database import Database
from pulse_router.stores.deliveries.deliveries import PostgresDeliveryStore
from pulse_router.webhook.sender import open_webhooks
from tests.support.delivery.deliveries import FakeRoutes, make_delivery, make_route
from tests.support.delivery.endpoints import OK, Judged, Received, answer, open_endpoint
from tests.support.delivery.limited import open_limited
from tests.support.delivery.limits import (
    WAYS,
    AtOnce,
    FixedWindow,
    Limiter,
    SlidingWindow,
    TokenBucket,
)
from tests.support.delivery.queue import ask, enqueue
from tests.support.delivery.webhooks import LOOPBACK
from tests.support.waiting import wait_until

MESSAGES: Final = 30
LIMITERS: Final[Mapping[str, Callable[[], Limiter]]] = {
    "20/s, burst 5": lambda: TokenBucket(20, 5),
    "10 a second": lambda: FixedWindow(10, 1),
    "10 in any second": lambda: SlidingWindow(10, 1),
    "2 at once": lambda: AtOnce(2),
}


@asynccontextmanager
async def open_dispatcher(database: Database, *routes: Route) -> AsyncIterator[Dispatcher]:
    store = PostgresDeliveryStore(database)
    async with open_webhooks(LOOPBACK) as webhooks, trio.open_nursery() as nursery:
        dispatcher = Dispatcher(store, FakeRoutes(*routes), {DestinationType.WEBHOOK: webhooks})
        await nursery.start(dispatcher.run)
        yield dispatcher
        dispatcher.drain()


async def wait_until_all_is_settled(database: Database) -> None:
    with trio.fail_after(120):
        while await ask(database, "SELECT 1 FROM route_deliveries LIMIT 1"):  # noqa: ASYNC110 - the database tells nobody
            await trio.sleep(0.2)


async def test_each_habit_of_limiting_costs_little_more_than_a_request_a_message(
    database: Database,
) -> None:
    async with AsyncExitStack() as stack:
        scenes = {}
        for number, (way, name) in enumerate(itertools.product(WAYS, LIMITERS), start=1):
            endpoint, limited = await stack.enter_async_context(
                open_limited(LIMITERS[name](), WAYS[way])
            )
            scenes[way, name] = make_route(number, url=endpoint.url()), limited
            await enqueue(
                database,
                *(
                    make_delivery(1000 * number + nth, route_id=number)
                    for nth in range(1, MESSAGES + 1)
                ),
            )
        routes = [route for route, _ in scenes.values()]
        async with open_dispatcher(database, *routes) as dispatcher:
            await wait_until_all_is_settled(database)
            assert (dispatcher.dead_lettered, dispatcher.failed) == (0, 0)
    for scene, (_, limited) in scenes.items():
        assert set(limited.accepted.values()) == {1}, scene
        assert len(limited.accepted) == MESSAGES, scene
        assert limited.attempts == {"1"}, scene
        assert limited.requests <= 1.5 * MESSAGES, scene


async def test_a_batch_that_a_real_endpoint_refuses_is_split_until_what_is_wrong_stands_alone(
    database: Database,
) -> None:
    accepted: Counter[str] = Counter()
    largest = 0

    async def judge(request: Received) -> bytes:
        nonlocal largest
        await trio.lowlevel.checkpoint()
        if len(request.body) > 10_000:
            return answer(413)
        events = json.loads(request.body)
        if any(event["id"] == "77" for event in events):
            return answer(422, b"what is that?")
        largest = max(largest, len(request.body))
        accepted.update(event["id"] for event in events)
        return OK

    await enqueue(database, *map(make_delivery, range(1, 201)))
    async with open_endpoint(Judged(judge)) as endpoint:
        route = make_route(1, url=endpoint.url(), batch={"max_messages": 100, "max_wait_ms": 20})
        async with open_dispatcher(database, route) as dispatcher:
            await wait_until_all_is_settled(database)
            assert dispatcher.delivered == 199
    assert accepted == Counter(str(number) for number in range(1, 201) if number != 77)
    assert 2_000 < largest <= 10_000
    letters = await ask(database, "SELECT delivery_id, error_message FROM dead_letter_messages")
    assert [(row["delivery_id"], row["error_message"]) for row in letters] == [
        (77, "HTTP 422 Unprocessable Entity: what is that?")
    ]


async def test_a_router_that_begins_anew_finds_a_closed_door_by_one_request(
    database: Database,
) -> None:
    closed = answer(503, Retry_After="600")
    await enqueue(database, *map(make_delivery, range(1, 101)))
    async with open_endpoint(closed) as endpoint:
        for number in (1, 2, 3):
            async with open_dispatcher(database, make_route(1, url=endpoint.url())) as dispatcher:
                await wait_until(lambda: dispatcher.pushed_back == 1)
                await trio.sleep(0.3)
                assert len(endpoint.requests) == number
                stats = dispatcher.stats(1)
                assert stats is not None
                assert stats.held_until is not None
    rows = await ask(database, "SELECT pushbacks, pushback_seconds FROM route_deliveries")
    assert sum(row["pushbacks"] or 0 for row in rows) == 3
    assert {row["pushback_seconds"] for row in rows} == {None, 600.0}
    numbers = {request.headers["x-pulse-attempt"] for request in endpoint.requests}
    assert numbers == {"1"}
