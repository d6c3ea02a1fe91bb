"""Lanes beside each other, under a virtual clock: what a bad one holds, and who comes first."""

from __future__ import annotations

import itertools
from collections import Counter

import pytest
import trio
from trio.testing import MockClock

from pulse_router.delivery.dispatcher import FETCHERS
from pulse_router.delivery.search import RESCAN_SECONDS
from pulse_router.delivery.turns import YIELDED_PER_WORKER
from pulse_router.domain.deliveries import Delivery, Outcome, Verdict
from pulse_router.domain.lane_control import (
    OPENS_AFTER,
    PROBE_SECONDS,
    PROBES_PER_SECOND,
    SLOW_SECONDS,
)
from pulse_router.domain.routes import Route
from tests.support.deliveries import (
    DEAD,
    DELIVERED,
    FAILED,
    FakeDeliveryStore,
    FakeDestination,
    make_delivery,
    make_route,
)
from tests.support.delivery_stage import many, open_stage

TIMEOUT_SECONDS = 10.0


def hanging_above(healthy: int) -> FakeDestination:
    """Routes up to this number answer in a millisecond; the others time out."""
    return FakeDestination(
        lambda _delivery, route, _attempt: DELIVERED if route.id <= healthy else FAILED,
        seconds=lambda route: 0.001 if route.id <= healthy else TIMEOUT_SECONDS,
    )


@pytest.mark.parametrize(("healthy", "hanging"), [(1, 1), (20, 20), (20, 200)])
async def test_hanging_endpoints_never_delay_healthy_ones(
    autojump_clock: MockClock, healthy: int, hanging: int
) -> None:
    destination = hanging_above(healthy)
    routes = [make_route(number, retry={"max_attempts": 100}) for number in range(1, 1 + healthy)]
    routes += [make_route(healthy + number) for number in range(1, 1 + hanging)]
    async with open_stage(destination, *routes) as stage:
        # The healthy ones are known; a moment later the others come to life and hang.
        for number in range(1, 1 + healthy):
            stage.arrive(make_delivery(number, route_id=number))
        await trio.sleep(1)
        number, waits = 1000, []
        for _ in range(60):
            for route in routes[healthy:]:
                number += 1
                stage.arrive(make_delivery(number, route_id=route.id))
            for route in routes[:healthy]:
                number += 1
                stage.arrive(make_delivery(number, route_id=route.id))
                before = trio.current_time()
                await stage.settled(lambda number=number: number not in stage.store.pending)  # type: ignore[misc]  # a default binds it
                waits.append(trio.current_time() - before)
            await trio.sleep(0.5)
            assert stage.dispatcher.in_flight - stage.dispatcher.yielded <= 64
        assert max(waits) < 0.1
        stage.dispatcher.drain(deadline=trio.current_time())
    assert max(destination.most_under_way.values()) <= 64 * (1 + YIELDED_PER_WORKER)


async def test_at_a_cold_start_two_hundred_hanging_endpoints_hold_up_a_healthy_one_for_seconds_only(
    autojump_clock: MockClock,
) -> None:
    store = FakeDeliveryStore()
    routes = [make_route(number) for number in range(1, 202)]
    for route in routes:
        store.add(*many(5, route_id=route.id, first=100 * route.id))
    # Nobody knows any of them, and the healthy one comes last.
    destination = FakeDestination(
        lambda _delivery, route, _attempt: DELIVERED if route.id == 201 else FAILED,
        seconds=lambda route: 0.001 if route.id == 201 else TIMEOUT_SECONDS,
    )
    async with open_stage(destination, *routes, store=store) as stage:
        await stage.settled(lambda: len(store.delivered) == 5)
        assert trio.current_time() < TIMEOUT_SECONDS / 4
        assert stage.dispatcher.yielded >= 200 - 64
        # From now on it is known, and waits for nobody.
        for number in range(20):
            await trio.sleep(1)
            before = trio.current_time()
            stage.arrive(make_delivery(number, route_id=201))
            await stage.settled(lambda number=number: number in store.delivered)  # type: ignore[misc]  # a default binds it
            assert trio.current_time() - before < 0.1
        stage.dispatcher.drain(deadline=trio.current_time())
    assert max(destination.most_under_way.values()) <= 64 * (1 + YIELDED_PER_WORKER)


async def test_an_endpoint_that_nobody_knows_finds_room_beside_more_hanging_ones_than_may_yield(
    autojump_clock: MockClock,
) -> None:
    routes = [make_route(number) for number in range(1, 502)]
    async with open_stage(hanging_above(1), *routes) as stage:
        for route in routes[1:]:
            stage.arrive(*many(50, route_id=route.id, first=100 * route.id))
        await trio.sleep(30)
        assert stage.dispatcher.yielded >= 64
        before = trio.current_time()
        stage.arrive(make_delivery(1, route_id=1))
        await stage.settled(lambda: 1 in stage.store.delivered)
        assert trio.current_time() - before < TIMEOUT_SECONDS / 2
        stage.dispatcher.drain(deadline=trio.current_time())


async def test_endpoints_that_nobody_knows_get_their_chance_beside_hanging_ones(
    autojump_clock: MockClock,
) -> None:
    routes = [make_route(number) for number in range(1, 41)]
    async with open_stage(hanging_above(20), *routes) as stage:
        # The hanging ones come first, all at once, with several deliveries each.
        for route in reversed(routes):
            stage.arrive(*many(5, route_id=route.id, first=100 * route.id))
        await stage.settled(lambda: len(stage.store.delivered) == 100)
        assert trio.current_time() < 2 * SLOW_SECONDS
        stage.dispatcher.drain(deadline=trio.current_time())


async def test_an_endpoint_that_starts_to_hang_at_full_speed_leaves_workers_for_others(
    autojump_clock: MockClock,
) -> None:
    hangs = False
    destination = FakeDestination(
        seconds=lambda route: TIMEOUT_SECONDS if hangs and route.id <= 8 else 0.01
    )
    routes = [make_route(number) for number in range(1, 10)]
    async with open_stage(destination, *routes) as stage:
        stage.arrive(make_delivery(1, route_id=9))
        for route_id in range(1, 9):
            stage.arrive(*many(3000, route_id=route_id, first=10_000 * route_id))
        await trio.sleep(2)
        hangs = True
        await trio.sleep(0.5)
        before = trio.current_time()
        stage.arrive(make_delivery(2, route_id=9))
        await stage.settled(lambda: 2 not in stage.store.pending)
        assert trio.current_time() - before < 0.1
        stage.dispatcher.drain(deadline=trio.current_time())


async def test_lanes_without_trust_hold_three_quarters_of_the_workers_at_the_most(
    autojump_clock: MockClock,
) -> None:
    routes = [make_route(number) for number in range(1, 101)]
    async with open_stage(hanging_above(0), *routes) as stage:
        for route in routes:
            stage.arrive(*many(10, route_id=route.id, first=100 * route.id))
        for _ in range(300):
            await trio.sleep(0.1)
            assert stage.dispatcher.in_flight - stage.dispatcher.yielded <= 48
        stage.dispatcher.drain(deadline=trio.current_time())


async def test_a_lane_with_less_under_way_comes_first(autojump_clock: MockClock) -> None:
    destination = FakeDestination(seconds=lambda _: 0.1)
    routes = [make_route(number) for number in range(1, 7)]
    async with open_stage(destination, *routes, workers=8) as stage:
        stage.arrive(*many(2000, route_id=1))
        await trio.sleep(3)
        for route in routes[1:]:
            stage.arrive(*many(200, route_id=route.id, first=10_000 * route.id))
        await trio.sleep(2)
        since = trio.current_time()
        await trio.sleep(3)
        attempts = Counter(
            attempt.route.id for attempt in destination.attempts if attempt.at_seconds >= since
        )
        stage.dispatcher.drain(deadline=trio.current_time())
    assert max(attempts.values()) <= 2 * min(attempts.values())


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
        before = trio.current_time()
        stage.arrive(make_delivery(999_999, route_id=5000))
        await stage.settled(lambda: 999_999 not in stage.store.pending)
        assert trio.current_time() - before < 1
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
