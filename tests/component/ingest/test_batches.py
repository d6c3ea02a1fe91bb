"""Batches under a virtual clock: when one goes out, with what, and what its end means."""

from __future__ import annotations

from typing import Any

import pytest
import trio
from trio.testing import MockClock

from pulse_router.domain.lanes.control import OPENS_AFTER
from pulse_router.domain.routes import Route
from tests.support.delivery.deliveries import FakeDeliveryStore, make_delivery, make_route
from tests.support.delivery.destinations import DEAD, DELIVERED, FAILED, FakeDestination
from tests.support.delivery.stage import many, open_stage


def batch_route(messages: int = 10, wait_ms: int = 500, **config: Any) -> Route:
    return make_route(1, batch={"max_messages": messages, "max_wait_ms": wait_ms}, **config)


async def test_a_full_batch_goes_out_at_once(autojump_clock: MockClock) -> None:
    async with open_stage(None, batch_route(wait_ms=60_000)) as stage:
        before = trio.current_time()
        stage.arrive(*many(10))
        await stage.settled(lambda: not stage.store.pending)
        assert trio.current_time() - before < 0.1
    assert stage.destination.batches == [list(range(1, 11))]


async def test_what_fills_no_batch_goes_out_when_the_first_has_waited(
    autojump_clock: MockClock,
) -> None:
    async with open_stage(None, batch_route(wait_ms=500)) as stage:
        before = trio.current_time()
        stage.arrive(*many(2))
        await trio.sleep(0.3)
        stage.arrive(make_delivery(3))
        await stage.settled(lambda: not stage.store.pending)
        assert 0.5 <= trio.current_time() - before < 0.6
    assert stage.destination.batches == [[1, 2, 3]]


async def test_arrivals_one_by_one_fill_a_batch(autojump_clock: MockClock) -> None:
    async with open_stage(None, batch_route(wait_ms=60_000)) as stage:
        for number in range(1, 31):
            stage.arrive(make_delivery(number))
            await trio.sleep(0.01)
        await stage.settled(lambda: not stage.store.pending)
        assert trio.current_time() < 5
    assert [len(batch) for batch in stage.destination.batches] == [10, 10, 10]
    assert stage.store.fetches < 60


async def test_a_backlog_drains_in_full_batches(autojump_clock: MockClock) -> None:
    store = FakeDeliveryStore()
    store.add(*many(5_000))
    async with open_stage(None, batch_route(100), store=store) as stage:
        await stage.settled(lambda: not store.pending)
    assert {len(batch) for batch in stage.destination.batches} == {100}
    assert sorted(store.delivered) == list(range(1, 5_001))
    assert stage.dispatcher.delivered == 5_000
    assert store.most_in_memory <= 5_000


async def test_a_failed_batch_costs_each_of_its_messages_one_attempt(
    autojump_clock: MockClock,
) -> None:
    destination = FakeDestination(
        lambda _delivery, _route, attempt: FAILED if attempt < 3 else DELIVERED
    )
    async with open_stage(destination, batch_route()) as stage:
        stage.arrive(*many(10))
        await stage.settled(lambda: not stage.store.pending)
    assert [sorted(batch) for batch in destination.batches] == [list(range(1, 11))] * 3
    assert stage.dispatcher.failed == 2


async def test_what_the_endpoint_refuses_of_a_batch_is_buried_whole(
    autojump_clock: MockClock,
) -> None:
    async with open_stage(FakeDestination(lambda *_: DEAD), batch_route()) as stage:
        stage.arrive(*many(10))
        await stage.settled(lambda: not stage.store.pending)
    assert sorted(stage.store.buried) == list(range(1, 11))
    assert {burial.attempts for burial in stage.store.buried.values()} == {1}


async def test_a_probe_spends_an_attempt_of_one_message_only(autojump_clock: MockClock) -> None:
    destination = FakeDestination(lambda *_: FAILED)
    async with open_stage(destination, batch_route(retry={"initial_seconds": 3600})) as stage:
        stage.arrive(*many(1000))
        await trio.sleep(300)
    assert [len(batch) for batch in destination.batches[OPENS_AFTER + 2 :]]
    assert {len(batch) for batch in destination.batches[OPENS_AFTER + 2 :]} == {1}


async def test_an_ordered_route_keeps_its_order_in_batches(autojump_clock: MockClock) -> None:
    destination = FakeDestination(seconds=lambda _: 0.05)
    async with open_stage(destination, batch_route(7, ordered=True)) as stage:
        stage.arrive(*many(100))
        await stage.settled(lambda: not stage.store.pending)
    sent = [number for batch in destination.batches for number in batch]
    assert sent == list(range(1, 101))


@pytest.mark.parametrize("arrived", [1, 25])
async def test_what_waits_for_its_batch_stays_pending_when_the_stage_stops(
    autojump_clock: MockClock, arrived: int
) -> None:
    async with open_stage(None, batch_route(wait_ms=60_000)) as stage:
        stage.arrive(*many(arrived))
        await trio.sleep(1)
        stage.dispatcher.drain(deadline=trio.current_time() + 5)
    assert len(stage.store.pending) == arrived % 10
