"""The laws of the delivery stage, under a virtual clock and with a queue in memory."""

from __future__ import annotations

import random
from typing import Any

import attrs
import pytest
import trio
from trio.testing import MockClock, wait_all_tasks_blocked

from pulse_router.delivery.dispatcher import Dispatcher
from pulse_router.delivery.lanes import LOADED_AT_ONCE
from pulse_router.delivery.scheduling.table_line import FETCHERS
from pulse_router.delivery.search import RESCAN_SECONDS
from pulse_router.domain.routes import DestinationType
from tests.support.delivery.deliveries import (
    FakeDeliveryStore,
    FakeRoutes,
    as_new,
    make_delivery,
    make_route,
)
from tests.support.delivery.destinations import DELIVERED, FAILED, FakeDestination
from tests.support.delivery.stage import many, open_stage

# Waking -----------------------------------------------------------------------------------------


async def test_what_is_pending_at_the_start_is_delivered(autojump_clock: MockClock) -> None:
    store = FakeDeliveryStore()
    store.add(*many(3))
    async with open_stage(store=store) as stage:
        await stage.settled(lambda: not store.pending)
    assert sorted(stage.destination.attempted) == [1, 2, 3]


async def test_a_wake_up_delivers_at_once(autojump_clock: MockClock) -> None:
    async with open_stage() as stage:
        before = trio.current_time()
        stage.arrive(make_delivery(1))
        await stage.settled(lambda: not stage.store.pending)
        assert trio.current_time() == before


async def test_a_wake_up_during_a_fetch_is_not_lost(autojump_clock: MockClock) -> None:
    async with open_stage() as stage:
        stage.store.fetch_seconds = 1.0
        stage.arrive(make_delivery(1))
        await trio.sleep(0.5)
        assert stage.store.fetches == 1
        stage.arrive(make_delivery(2))
        await stage.settled(lambda: not stage.store.pending)
        assert trio.current_time() < RESCAN_SECONDS


@pytest.mark.parametrize("seed", range(5))
async def test_no_interleaving_of_arrivals_loses_a_delivery(
    autojump_clock: MockClock, seed: int
) -> None:
    dice = random.Random(seed)
    destination = FakeDestination(
        lambda *_: DELIVERED if dice.random() < 0.8 else FAILED, seconds=lambda _: dice.random()
    )
    routes = [make_route(number) for number in range(1, 4)]
    async with open_stage(destination, *routes, workers=5) as stage:
        stage.store.fetch_seconds = 0.05
        for number in range(200):
            stage.arrive(make_delivery(number, route_id=dice.randint(1, 3)))
            await trio.sleep(dice.random() * 0.2)
        await stage.settled(lambda: not stage.store.pending)
    ended = [*stage.store.delivered, *stage.store.buried]
    assert sorted(ended) == list(range(200))
    assert stage.dispatcher.delivered == len(stage.store.delivered)
    assert stage.dispatcher.dead_lettered == len(stage.store.buried)


async def test_routes_that_nobody_knows_are_loaded_once_and_in_small_pieces(
    autojump_clock: MockClock,
) -> None:
    destination = FakeDestination(seconds=lambda _: 0.0)
    routes = [make_route(number) for number in range(1, 351)]
    async with open_stage(destination, *routes) as stage:
        stage.arrive(*(make_delivery(number, route_id=number) for number in range(1, 351)))
        await stage.settled(lambda: not stage.store.pending)
    assert max(len(ids) for ids in stage.routes.loaded) <= LOADED_AT_ONCE
    assert sum(len(ids) for ids in stage.routes.loaded) <= 350 + 2 * FETCHERS


async def test_work_that_nobody_told_of_is_found_by_the_rescan(autojump_clock: MockClock) -> None:
    async with open_stage() as stage:
        stage.store.add(make_delivery(1))
        await stage.settled(lambda: not stage.store.pending)


async def test_a_lane_exists_only_while_its_route_has_work(autojump_clock: MockClock) -> None:
    async with open_stage() as stage:
        stage.arrive(make_delivery(1))
        assert stage.dispatcher.lanes == 1
        await trio.sleep(0.1)
        assert (stage.dispatcher.lanes, stage.store.delivered) == (0, [1])


async def test_many_wake_ups_cost_few_queries(autojump_clock: MockClock) -> None:
    destination = FakeDestination(seconds=lambda _: 0.01)
    async with open_stage(destination) as stage:
        for number in range(1000):
            stage.arrive(make_delivery(number))
            await trio.sleep(0.001)
        await stage.settled(lambda: not stage.store.pending)
    assert stage.store.fetches < 250
    assert stage.store.settlements < 250
    assert stage.routes.loads < 10


# Neighbours and limits ----------------------------------------------------------------------------


async def test_a_hanging_destination_holds_up_nobody_else(autojump_clock: MockClock) -> None:
    destination = FakeDestination(seconds=lambda route: float("inf") if route.id == 1 else 0.0)
    async with open_stage(destination, make_route(1), make_route(2)) as stage:
        stage.arrive(*many(500, route_id=1))
        await wait_all_tasks_blocked()
        before = trio.current_time()
        stage.arrive(*many(100, route_id=2, first=1000))
        await stage.settled(lambda: len(stage.store.delivered) == 100)
        assert trio.current_time() - before < 1
        assert destination.most_under_way[1] == 1
        assert stage.dispatcher.in_flight == 1
        stage.dispatcher.drain(deadline=trio.current_time())
    assert len(stage.store.pending) == 500


@pytest.mark.parametrize(
    ("config", "most"), [({}, 32), ({"max_in_flight": 3}, 3), ({"ordered": True}, 1)]
)
async def test_a_lane_keeps_its_concurrency(
    autojump_clock: MockClock, config: dict[str, Any], most: int
) -> None:
    destination = FakeDestination(seconds=lambda _: 0.1)
    async with open_stage(destination, make_route(1, **config)) as stage:
        stage.arrive(*many(1500))
        await stage.settled(lambda: not stage.store.pending)
    assert destination.most_under_way[1] == most


async def test_a_republishing_route_has_retries_a_limit_and_an_order_of_its_own(
    autojump_clock: MockClock,
) -> None:
    destination = FakeDestination(
        lambda delivery, *_: FAILED if delivery.id == 2 else DELIVERED, seconds=lambda _: 0.1
    )

    async def attempted(**config: Any) -> list[int]:
        destination.attempts.clear()
        kind = DestinationType.MQTT_REPUBLISH
        route = make_route(1, retry={"max_attempts": 2}, **config)
        route = attrs.evolve(route, destination_type=kind)
        async with open_stage(destination, route, kind=kind) as stage:
            stage.arrive(*many(50))
            await stage.settled(lambda: not stage.store.pending)
            assert list(stage.store.buried) == [2]
        return destination.attempted

    assert await attempted(ordered=True) == [1, 2, 2, *range(3, 51)]
    assert destination.most_under_way.pop(1) == 1
    assert len(await attempted(max_in_flight=3)) == 51
    assert destination.most_under_way[1] == 3


async def test_an_ordered_route_is_delivered_in_order(autojump_clock: MockClock) -> None:
    async with open_stage(
        FakeDestination(seconds=lambda _: 0.1), make_route(1, ordered=True)
    ) as stage:
        stage.arrive(*many(300))
        await stage.settled(lambda: not stage.store.pending)
    assert stage.destination.attempted == list(range(1, 301))


async def test_more_lanes_than_workers_all_get_their_turn(autojump_clock: MockClock) -> None:
    routes = [make_route(number) for number in range(1, 41)]
    async with open_stage(FakeDestination(seconds=lambda _: 1.0), *routes, workers=4) as stage:
        for route in routes:
            stage.arrive(make_delivery(route.id, route_id=route.id))
        await stage.settled(lambda: not stage.store.pending)
    assert sorted(stage.store.delivered) == [route.id for route in routes]


async def test_no_worker_stays_with_its_lane_while_another_waits(autojump_clock: MockClock) -> None:
    destination = FakeDestination(seconds=lambda _: 0.1)
    async with open_stage(destination, make_route(1), make_route(2), workers=1) as stage:
        stage.arrive(*many(20, route_id=1))
        await trio.sleep(0.45)
        stage.arrive(*many(20, route_id=2, first=101))
        await stage.settled(lambda: not stage.store.pending)
    assert [number > 100 for number in destination.attempted[5:35]] == [True, False] * 15


async def test_memory_holds_a_window_whatever_the_backlog(autojump_clock: MockClock) -> None:
    store = FakeDeliveryStore()
    store.add(*many(5000))
    async with open_stage(store=store, workers=16) as stage:
        await stage.settled(lambda: not store.pending)
    # A window, what is under way, what waits for the settler, and one transaction's worth.
    assert store.most_in_memory <= 200 + 8 + 16 + 500


# Trouble and stopping -----------------------------------------------------------------------------


async def test_outcomes_are_held_while_the_database_is_away(autojump_clock: MockClock) -> None:
    destination = FakeDestination(seconds=lambda _: 1.0)
    async with open_stage(destination) as stage:
        stage.arrive(*many(8))
        await trio.sleep(0.5)
        stage.store.outage.is_out = True
        await trio.sleep(30)
        assert stage.store.delivered == []
        assert "the database is away" in stage.problems
        stage.store.outage.is_out = False
        await stage.settled(lambda: not stage.store.pending)
        assert stage.problems[-1] is None
    assert sorted(destination.attempted) == list(range(1, 9))


async def test_an_outage_bounds_what_is_attempted(autojump_clock: MockClock) -> None:
    async with open_stage(workers=4) as stage:
        stage.store.settling.is_out = True
        stage.arrive(*many(5000))
        await trio.sleep(20)
        # What the settler holds, what waits for it, and one in each worker's hands.
        assert len(stage.destination.attempts) <= 3 * 4
        stage.store.settling.is_out = False
        await stage.settled(lambda: not stage.store.pending)
    assert len(stage.destination.attempts) == 5000


async def test_a_drain_finishes_what_is_in_hand_and_loses_nothing(
    autojump_clock: MockClock,
) -> None:
    destination = FakeDestination(seconds=lambda _: 1.0)
    async with open_stage(destination) as stage:
        stage.arrive(*many(100))
        await trio.sleep(0.5)
        stage.dispatcher.drain(deadline=trio.current_time() + 10)
    assert len(destination.attempts) == 1
    assert sorted(stage.store.delivered) == sorted(destination.attempted)
    assert destination.cancelled == []
    assert len(stage.store.pending) == 99


async def test_attempts_that_outlive_the_drain_stay_pending(autojump_clock: MockClock) -> None:
    destination = FakeDestination(seconds=lambda route: float("inf") if route.id == 1 else 1.0)
    async with open_stage(destination, make_route(1), make_route(2)) as stage:
        stage.arrive(make_delivery(1, route_id=1), make_delivery(2, route_id=2))
        await trio.sleep(0.5)
        stage.dispatcher.drain(deadline=trio.current_time() + 5)
    assert destination.cancelled == [1]
    assert (stage.store.delivered, list(stage.store.pending)) == ([2], [1])
    assert stage.store.pending[1].delivery.attempts == 0


async def test_a_drain_ends_although_the_database_is_away(autojump_clock: MockClock) -> None:
    async with open_stage(FakeDestination(seconds=lambda _: 1.0)) as stage:
        stage.arrive(*many(8))
        await trio.sleep(0.5)
        stage.store.outage.is_out = True
        stage.dispatcher.drain(deadline=trio.current_time() + 5)
    assert len(stage.store.pending) == 8


async def test_being_told_before_the_start_and_after_the_end_is_harmless() -> None:
    store = FakeDeliveryStore()
    dispatcher = Dispatcher(store, FakeRoutes(make_route(1)), {})
    dispatcher.committed([as_new(make_delivery())])
    dispatcher.drain()
    await dispatcher.run()
    dispatcher.committed([as_new(make_delivery())])
    assert dispatcher.lanes == 0
