"""Lanes beside each other, under a virtual clock: what a bad one holds, and who comes first."""

from __future__ import annotations

from collections import Counter

import pytest
import trio
from trio.testing import MockClock

from pulse_router.delivery.scheduling.turns import YIELDED_PER_WORKER
from pulse_router.domain.lanes.control import SLOW_SECONDS
from tests.support.delivery.deliveries import FakeDeliveryStore, make_delivery, make_route
from tests.support.delivery.destinations import DELIVERED, FAILED, FakeDestination
from tests.support.delivery.stage import many, open_stage

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
        assert await stage.seconds_for(make_delivery(2, route_id=9)) < 0.1
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
