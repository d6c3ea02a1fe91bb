"""Routes that are paused, changed and deleted while work of theirs is pending."""

from __future__ import annotations

import trio
from trio.testing import MockClock, wait_all_tasks_blocked

from tests.support.delivery.deliveries import make_delivery, make_route
from tests.support.delivery.destinations import DELIVERED, FAILED, FakeDestination
from tests.support.delivery.stage import many, open_stage


async def test_disabling_a_route_pauses_and_enabling_resumes(autojump_clock: MockClock) -> None:
    destination = FakeDestination(seconds=lambda _: 1.0)
    async with open_stage(destination) as stage:
        stage.arrive(*many(100))
        await trio.sleep(4.5)
        stage.routes.put(make_route(1, enabled=False))
        stage.dispatcher.routes_changed()
        await trio.sleep(100)
        attempted = len(destination.attempts)
        assert 1 + 2 + 2 + 3 <= attempted <= 30
        assert (stage.dispatcher.lanes, len(stage.store.pending)) == (0, 100 - attempted)
        stage.routes.put(make_route(1))
        stage.dispatcher.routes_changed()
        await stage.settled(lambda: not stage.store.pending)
    assert sorted(destination.attempted) == [delivery.id for delivery in many(100)]


async def test_the_next_attempt_uses_the_route_as_it_is_now(autojump_clock: MockClock) -> None:
    mended = "http://mended/hook"
    destination = FakeDestination(
        lambda _d, route, _n: DELIVERED if route.destination_config["url"] == mended else FAILED
    )
    async with open_stage(destination, make_route(1, retry={"initial_seconds": 100})) as stage:
        stage.arrive(make_delivery(1))
        await wait_all_tasks_blocked()
        stage.routes.put(make_route(1, url=mended))
        await stage.dispatcher.reload_routes()
        await stage.settled(lambda: not stage.store.pending)
    assert stage.store.delivered == [1]
    assert destination.attempts[-1].route.destination_config["url"] == mended


async def test_what_is_pending_of_a_deleted_route_is_buried(autojump_clock: MockClock) -> None:
    destination = FakeDestination(seconds=lambda _: 1.0)
    async with open_stage(destination) as stage:
        stage.arrive(*many(1500))
        await trio.sleep(0.5)
        del stage.routes.routes[1]
        stage.dispatcher.routes_changed()
        await trio.sleep(5)
        assert not stage.store.pending
        assert sorted(stage.store.delivered) == [1]
        assert len(stage.store.buried_with_route) == 1499
        # One that ingest had matched before it heard of the change.
        stage.arrive(make_delivery(9999))
        await trio.sleep(5)
        assert not stage.store.pending
        assert stage.dispatcher.lanes == 0
    assert all(route is not None for _, route in stage.store.buried_with_route)
    assert stage.dispatcher.dead_lettered == stage.dispatcher.causes["route deleted"] == 1500


async def test_an_attempt_that_waits_for_a_worker_is_not_made_once_its_route_is_paused(
    autojump_clock: MockClock,
) -> None:
    destination = FakeDestination(seconds=lambda _: 10.0)
    async with open_stage(destination, make_route(1), make_route(2), workers=1) as stage:
        stage.arrive(make_delivery(1, route_id=1))
        await wait_all_tasks_blocked()
        stage.arrive(make_delivery(2, route_id=2))
        await wait_all_tasks_blocked()
        stage.routes.put(make_route(2, enabled=False))
        stage.dispatcher.routes_changed()
        await trio.sleep(60)
        assert destination.attempted == [1]
        assert list(stage.store.pending) == [2]
        assert stage.dispatcher.lanes == 0
