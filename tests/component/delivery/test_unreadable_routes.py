"""A route whose secrets cannot be read: nothing is sent, spent or buried until they can be."""

from __future__ import annotations

import attrs
import trio
from trio.testing import MockClock

from pulse_router.delivery.search import RESCAN_SECONDS
from tests.support.delivery.deliveries import FakeDeliveryStore, make_route
from tests.support.delivery.destinations import FakeDestination
from tests.support.delivery.stage import many, open_stage

FAULT = "its secrets cannot be read"


async def test_deliveries_wait_unspent_until_the_secrets_can_be_read(
    autojump_clock: MockClock,
) -> None:
    route = make_route(1)
    store = FakeDeliveryStore()
    store.add(*many(3))
    destination = FakeDestination()
    async with open_stage(destination, attrs.evolve(route, fault=FAULT), store=store) as stage:
        stage.arrive(*many(2, first=4))
        await trio.sleep(10 * RESCAN_SECONDS)
        assert destination.attempts == []
        assert len(store.pending) == 5
        assert stage.dispatcher.lanes == 0
        stage.routes.put(route)
        stage.dispatcher.routes_changed()
        await stage.settled(lambda: not store.pending)
    assert sorted(store.delivered) == [1, 2, 3, 4, 5]
    assert {attempt.number for attempt in destination.attempts} == {1}
    assert store.buried == {}


async def test_a_route_that_becomes_unreadable_stops_after_what_is_under_way(
    autojump_clock: MockClock,
) -> None:
    route = make_route(1, max_in_flight=1)
    store = FakeDeliveryStore()
    store.add(*many(20))
    destination = FakeDestination(seconds=lambda _: 1.0)
    async with open_stage(destination, route, store=store) as stage:
        await trio.sleep(2.5)
        stage.routes.put(attrs.evolve(route, fault=FAULT))
        await stage.dispatcher.reload_routes()
        await trio.sleep(10 * RESCAN_SECONDS)
        assert sorted(store.delivered) == [1, 2, 3]
        assert len(store.pending) == 17


async def test_a_deleted_route_is_buried_although_it_could_not_be_read(
    autojump_clock: MockClock,
) -> None:
    route = attrs.evolve(make_route(1), fault=FAULT)
    store = FakeDeliveryStore()
    store.add(*many(3))
    async with open_stage(FakeDestination(), route, store=store) as stage:
        await trio.sleep(1)
        del stage.routes.routes[1]
        stage.dispatcher.routes_changed()
        await trio.sleep(1)
        assert not store.pending
    assert len(store.buried_with_route) == 3
