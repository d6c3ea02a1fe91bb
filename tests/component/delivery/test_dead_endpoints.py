"""Endpoints that are dead: probes alone are spent, few queries made, and no burst at the end."""

from __future__ import annotations

import itertools
from collections import Counter

import trio
from trio.testing import MockClock

from pulse_router.delivery.scheduling.table_line import FETCHERS
from pulse_router.delivery.search import RESCAN_SECONDS
from pulse_router.domain.deliveries import Delivery, Outcome, Verdict
from pulse_router.domain.lanes.control import OPENS_AFTER, PROBE_SECONDS, PROBES_PER_SECOND
from pulse_router.domain.routes import Route
from tests.support.delivery.deliveries import FakeDeliveryStore, make_delivery, make_route
from tests.support.delivery.destinations import DEAD, DELIVERED, FAILED, FakeDestination
from tests.support.delivery.stage import many, open_stage

# The breaker --------------------------------------------------------------------------------------


async def test_a_dead_endpoint_spends_only_probes_and_the_rest_waits_unspent(
    autojump_clock: MockClock,
) -> None:
    destination = FakeDestination(lambda *_: FAILED)
    async with open_stage(destination) as stage:
        stage.arrive(*many(1000))
        await trio.sleep(600)
        assert stage.dispatcher.health(1).breaker.is_open
        spent = Counter(destination.attempted)
        assert OPENS_AFTER <= len(destination.attempts) <= OPENS_AFTER + 2 + 600 / PROBE_SECONDS
        assert all(spent[number] > 0 for number in stage.store.buried), "buried without a try"
        untried = [n for n, item in stage.store.pending.items() if not item.delivery.attempts]
        assert len(untried) >= 1000 - len(destination.attempts)
        starts = [attempt.at_seconds for attempt in destination.attempts][OPENS_AFTER + 2 :]
        assert all(
            later - earlier >= PROBE_SECONDS - 0.001
            for earlier, later in itertools.pairwise(starts)
        )


async def test_a_backlog_drains_without_a_burst_when_the_endpoint_returns(
    autojump_clock: MockClock,
) -> None:
    is_back = False
    destination = FakeDestination(
        lambda *_: DELIVERED if is_back else FAILED, seconds=lambda _: 0.05
    )
    store = FakeDeliveryStore()
    store.add(*many(3000))
    async with open_stage(destination, make_route(1, max_in_flight=12), store=store) as stage:
        await trio.sleep(60)
        destination.most_under_way.clear()
        is_back = True
        before = trio.current_time()
        await stage.settled(lambda: not store.pending)
        assert trio.current_time() - before < 30
    assert destination.most_under_way[1] <= 12
    assert len(store.delivered) + len(store.buried) == 3000
    assert not stage.dispatcher.health(1).breaker.is_open


async def test_what_the_endpoint_refuses_is_buried_at_once_and_opens_no_breaker(
    autojump_clock: MockClock,
) -> None:
    async with open_stage(FakeDestination(lambda *_: DEAD)) as stage:
        before = trio.current_time()
        stage.arrive(*many(100))
        await stage.settled(lambda: not stage.store.pending)
        assert trio.current_time() - before < PROBE_SECONDS
    assert len(stage.store.buried) == 100


async def test_how_an_endpoint_does_is_remembered_while_its_route_has_no_work(
    autojump_clock: MockClock,
) -> None:
    route = make_route(1, retry={"max_attempts": 1})
    async with open_stage(FakeDestination(lambda *_: FAILED), route) as stage:
        stage.arrive(*many(OPENS_AFTER))
        await stage.settled(lambda: not stage.store.pending)
        await trio.sleep(2 * PROBE_SECONDS)
        assert stage.dispatcher.lanes == 0
        assert stage.dispatcher.health(1).breaker.is_open


# Many lanes ---------------------------------------------------------------------------------------


class CountingStore(FakeDeliveryStore):
    """Counts how many queries run at once."""

    running = 0
    most_running = 0

    async def due(self, *args: object, **kwargs: object) -> object:  # type: ignore[override]  # hands on what it gets
        self.running += 1
        self.most_running = max(self.most_running, self.running)
        try:
            return await super().due(*args, **kwargs)  # type: ignore[arg-type]  # as above
        finally:
            self.running -= 1


async def test_ten_thousand_routes_with_backlog_are_not_ten_thousand_tasks_or_queries(
    autojump_clock: MockClock,
) -> None:
    store = CountingStore()
    store.fetch_seconds = 0.001
    count = 2_000
    store.add(*(make_delivery(number, route_id=number) for number in range(count)))
    routes = [make_route(number) for number in range(count)]
    tasks_before = trio.lowlevel.current_statistics().tasks_living
    async with open_stage(FakeDestination(seconds=lambda _: 0.01), *routes, store=store) as stage:
        await trio.sleep(0.2)
        assert stage.dispatcher.lanes > count / 2
        # Workers, fetchers, and the stage's own few.
        tasks = trio.lowlevel.current_statistics().tasks_living - tasks_before
        assert tasks < 64 + FETCHERS + 10
        await stage.settled(lambda: not store.pending)
    assert store.most_running <= FETCHERS
    assert stage.routes.loads < 30


async def test_a_thousand_dead_lanes_do_not_keep_a_new_one_from_its_start(
    autojump_clock: MockClock,
) -> None:
    refused = Outcome(Verdict.RETRY, error="refused")

    def respond(_delivery: Delivery, route: Route, _attempt: int) -> Outcome:
        return DELIVERED if route.id == 5000 else refused

    routes = [make_route(number) for number in range(1, 1001)]
    async with open_stage(FakeDestination(respond), *routes, make_route(5000)) as stage:
        for route in routes:
            stage.arrive(*many(5, route_id=route.id, first=10 * route.id))
        await trio.sleep(RESCAN_SECONDS / 2)
        assert await stage.seconds_for(make_delivery(999_999, route_id=5000)) < 1
        stage.dispatcher.drain(deadline=trio.current_time())


async def test_hundreds_of_dead_lanes_share_a_few_probes_and_queries(
    autojump_clock: MockClock,
) -> None:
    store = FakeDeliveryStore()
    count, seconds = 400, 20
    store.add(*(make_delivery(number, route_id=number % count) for number in range(12 * count)))
    routes = [
        make_route(number, retry={"max_attempts": 1000, "max_seconds": 0.01})
        for number in range(count)
    ]
    async with open_stage(FakeDestination(lambda *_: FAILED), *routes, store=store) as stage:
        while not all(stage.dispatcher.health(route.id).breaker.is_open for route in routes):  # noqa: ASYNC110 - nobody tells
            await trio.sleep(1)
        await trio.sleep(2 * PROBE_SECONDS)
        attempts, fetches = len(stage.destination.attempts), store.fetches
        await trio.sleep(seconds)
        probed = [attempt.route.id for attempt in stage.destination.attempts[attempts:]]
        assert 0.9 * PROBES_PER_SECOND < len(probed) / seconds < 1.1 * PROBES_PER_SECOND
        assert (store.fetches - fetches) / seconds < 2.2 * PROBES_PER_SECOND
        await trio.sleep(count / PROBES_PER_SECOND)
        probed = [attempt.route.id for attempt in stage.destination.attempts[attempts:]]
        assert set(probed) == {route.id for route in routes}, "each has its turn"
        stage.dispatcher.drain(deadline=trio.current_time())
