"""What is committed goes straight to its lane, unless something older waits in the table."""

from __future__ import annotations

import random

import pytest
import trio
from trio.testing import MockClock

from pulse_router.delivery.search import RESCAN_SECONDS
from pulse_router.delivery.window import SMALLEST_WINDOW
from pulse_router.domain.deliveries import Delivery, Outcome
from pulse_router.domain.lanes.budget import ByteBudget
from pulse_router.domain.lanes.control import OPENS_AFTER, PROBE_SECONDS
from pulse_router.domain.routes import Route
from tests.support.delivery.deliveries import make_delivery, make_route
from tests.support.delivery.destinations import DELIVERED, FAILED, FakeDestination
from tests.support.delivery.stage import Stage, many, open_stage


async def drain_first(stage: Stage, route_id: int = 1) -> None:
    """Have a lane that knows that nothing is left in the table."""
    stage.arrive(make_delivery(1, route_id=route_id))
    await trio.sleep(1)
    assert not stage.store.pending


async def test_a_drained_lane_asks_the_table_for_nothing(autojump_clock: MockClock) -> None:
    async with open_stage() as stage:
        await drain_first(stage)
        fetches = stage.store.fetches
        for number in range(2, 12):
            stage.arrive(make_delivery(number))
            await trio.sleep(0.1)
        assert stage.destination.attempted == list(range(1, 12))
        assert not stage.store.pending
        assert stage.store.fetches == fetches
        assert stage.dispatcher.lanes == 0


async def test_what_a_window_cannot_hold_is_found_in_the_table(autojump_clock: MockClock) -> None:
    async with open_stage() as stage:
        await drain_first(stage)
        fetches = stage.store.fetches
        stage.arrive(*many(3 * SMALLEST_WINDOW, first=2))
        await trio.sleep(1)
        assert not stage.store.pending
        assert stage.store.fetches > fetches


async def test_what_memory_cannot_hold_is_found_in_the_table(autojump_clock: MockClock) -> None:
    async with open_stage(budget=ByteBudget(0)) as stage:
        await drain_first(stage)
        fetches = stage.store.fetches
        stage.arrive(*many(4, first=2))
        await trio.sleep(1)
        assert not stage.store.pending
        assert stage.store.fetches > fetches


async def test_what_comes_while_the_table_is_asked_is_attempted_once(
    autojump_clock: MockClock,
) -> None:
    async with open_stage() as stage:
        stage.store.fetch_seconds = 0.5
        stage.arrive(make_delivery(1))
        await trio.sleep(0.25)
        stage.arrive(*many(5, first=2))
        await trio.sleep(5)
        assert sorted(stage.destination.attempted) == [1, 2, 3, 4, 5, 6]


async def test_a_lane_whose_endpoint_fails_is_handed_nothing(autojump_clock: MockClock) -> None:
    async with open_stage(FakeDestination(lambda *_: FAILED)) as stage:
        stage.arrive(*many(OPENS_AFTER))
        await trio.sleep(1)
        assert stage.dispatcher.health(1).breaker.is_open
        before = len(stage.destination.attempts)
        stage.arrive(*many(100, first=1000))
        await trio.sleep(4 * PROBE_SECONDS)
        probed = stage.destination.attempted[before:]
        assert len(probed) >= 3
        assert max(probed) < 1000, "the oldest that are due are what an endpoint is probed with"


async def test_a_paused_route_is_handed_nothing_and_all_once_it_goes_on(
    autojump_clock: MockClock,
) -> None:
    async with open_stage() as stage:
        await drain_first(stage)
        stage.routes.put(make_route(1, enabled=False))
        await stage.dispatcher.reload_routes()
        stage.arrive(*many(3, first=2))
        await trio.sleep(1)
        assert stage.destination.attempted == [1]
        stage.routes.put(make_route(1))
        stage.dispatcher.routes_changed()
        await trio.sleep(1)
        assert stage.destination.attempted == [1, 2, 3, 4]


async def test_what_another_router_stores_is_found_all_the_same(autojump_clock: MockClock) -> None:
    async with open_stage() as stage:
        await drain_first(stage)
        stage.store.add(make_delivery(2))
        await trio.sleep(RESCAN_SECONDS + 1)
        assert stage.destination.attempted == [1, 2]


async def test_what_is_new_never_overtakes_what_waits_in_the_table(
    autojump_clock: MockClock,
) -> None:
    destination = FakeDestination(seconds=lambda _: 0.1)
    async with open_stage(destination, make_route(1, ordered=True)) as stage:
        await drain_first(stage)
        stage.arrive(*many(3 * SMALLEST_WINDOW, first=2))
        await trio.sleep(0.1 * SMALLEST_WINDOW / 2)
        stage.arrive(make_delivery(3 * SMALLEST_WINDOW + 2))
        await stage.settled(lambda: not stage.store.pending)
        assert destination.attempted == list(range(1, 3 * SMALLEST_WINDOW + 3))


@pytest.mark.parametrize("seed", range(10))
async def test_an_ordered_route_stays_in_order(autojump_clock: MockClock, seed: int) -> None:
    """Whatever fails, and whenever more comes: each is delivered before the next is attempted."""
    chance = random.Random(seed)

    def respond(_delivery: Delivery, _route: Route, attempt: int) -> Outcome:
        return FAILED if attempt < 4 and chance.random() < 0.3 else DELIVERED

    destination = FakeDestination(respond, seconds=lambda _: chance.choice((0.0, 0.01, 0.2)))
    route = make_route(1, ordered=True, retry={"initial_seconds": 0.5})
    async with open_stage(destination, route) as stage:
        stage.store.fetch_seconds = 0.05
        number = 1
        while number <= 60:
            count = chance.choice((1, 1, 1, 2, 20))
            stage.arrive(*many(count, first=number))
            number += count
            await trio.sleep(chance.choice((0.0, 0.03, 0.1, 3.0)))
        await stage.settled(lambda: not stage.store.pending)
        assert stage.store.delivered == sorted(stage.store.delivered)
        assert destination.attempted == sorted(destination.attempted)
