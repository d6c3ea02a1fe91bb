"""What is in memory is bounded by bytes, whatever the payloads, the lanes and their endpoints."""

from __future__ import annotations

import random
import weakref
from collections.abc import Collection
from typing import Any

import attrs
import pytest
import trio
from hypothesis import given, settings
from hypothesis import strategies as st
from trio.testing import MockClock

from pulse_router.delivery.scheduling.table_line import FETCHERS
from pulse_router.delivery.window import Window, weight_of
from pulse_router.domain.deliveries import Delivery, DueDeliveries, Settlement
from pulse_router.domain.lanes.budget import ALL_WINDOWS_BYTES, FETCH_SHARE, ByteBudget, LaneBytes
from pulse_router.domain.lanes.tenants import Tenants
from pulse_router.domain.webhook_config import BATCH_BYTES
from tests.support.delivery.deliveries import FakeDeliveryStore, Pending, make_delivery, make_route
from tests.support.delivery.destinations import DEAD, DELIVERED, FAILED, FakeDestination
from tests.support.delivery.stage import open_stage

LARGEST = 64 * 1024


def lane_of(budget: ByteBudget, *, is_trusted: bool = True) -> LaneBytes:
    lane = LaneBytes(budget)
    lane.is_trusted = is_trusted
    return lane


class WatchedStore(FakeDeliveryStore):
    """Weighs what it has handed out and is still held by anybody."""

    def __init__(self) -> None:
        super().__init__()
        self.handed_out: weakref.WeakSet[Delivery] = weakref.WeakSet()
        self.heaviest = 0

    async def due(
        self, route_id: int, *, exclude: Collection[int], limit: int, **wanted: Any
    ) -> DueDeliveries:
        found = await super().due(route_id, exclude=exclude, limit=limit, **wanted)
        copies = [attrs.evolve(delivery) for delivery in found.deliveries]
        for delivery in copies:
            self.handed_out.add(delivery)
        self.weigh()
        return attrs.evolve(found, deliveries=copies)

    async def settle(self, settlement: Settlement) -> None:
        await super().settle(settlement)
        for burial in settlement.buried:  # which this store keeps, and a table does not
            self.handed_out.discard(burial.delivery)

    def weigh(self) -> None:
        self.heaviest = max(self.heaviest, sum(map(weight_of, self.handed_out)))


class WatchedBudget(ByteBudget):
    """Tells what is held."""

    def __init__(self, total: int) -> None:
        super().__init__(total)
        self.total = total

    @property
    def held(self) -> int:
        return self.total - self.free


@given(
    lanes=st.integers(1, 6),
    sizes=st.lists(st.sampled_from([10, 300, 5_000, LARGEST]), min_size=1, max_size=20),
    total=st.sampled_from([0, 200_000, 2_000_000]),
    batch=st.sampled_from([None, 3, 1000]),
    seed=st.integers(0, 2**32),
)
@settings(max_examples=15, deadline=None)
def test_all_windows_together_hold_no_more_than_their_budget(
    lanes: int, sizes: list[int], total: int, batch: int | None, seed: int
) -> None:
    dice = random.Random(seed)
    config: dict[str, Any] = {"retry": {"max_attempts": 3, "initial_seconds": 0.5}}
    if batch is not None:
        config["batch"] = {"max_messages": batch, "max_wait_ms": 1_000}
    store, budget = WatchedStore(), WatchedBudget(total)
    number = 0
    for route_id in range(lanes):
        for size in sizes * 3:
            number += 1
            delivery = make_delivery(number, route_id=route_id, payload="x" * size)
            store.pending[number] = Pending(delivery, 0.0)
            store.matched.add(number)
    destination = FakeDestination(
        lambda *_: dice.choice([DELIVERED, DELIVERED, FAILED, DEAD]),
        seconds=lambda _: dice.random() * 0.05,
    )

    async def main() -> None:
        routes = [make_route(route_id, **config) for route_id in range(lanes)]
        async with open_stage(destination, *routes, store=store, budget=budget) as stage:
            await stage.settled(lambda: not store.pending)
            await trio.sleep(1)
            assert budget.held == 0, "what is done is given back"

    trio.run(main, clock=MockClock(autojump_threshold=0))
    # Each lane may hold one more delivery than there is room for, and so may each fetch.
    assert store.heaviest <= total + (lanes + FETCHERS) * (LARGEST + 2_000)


async def test_large_payloads_before_dead_endpoints_stay_below_their_bound(
    autojump_clock: MockClock,
) -> None:
    store = WatchedStore()
    routes = [make_route(n, batch={"max_messages": 1000, "max_wait_ms": 60_000}) for n in range(16)]
    for number in range(16 * 40):
        payload = f"{number:04}" * (LARGEST // 4)
        store.add(make_delivery(number, route_id=number % 16, payload=payload))
    async with open_stage(FakeDestination(lambda *_: FAILED), *routes, store=store):
        for _ in range(30):
            await trio.sleep(1)
            store.weigh()
    # Nobody is trusted, so that half is kept free.
    assert ALL_WINDOWS_BYTES / 3 < store.heaviest <= ALL_WINDOWS_BYTES / 2 + 16 * LARGEST


async def test_where_nothing_is_left_a_batch_goes_out_as_it_is(autojump_clock: MockClock) -> None:
    route = make_route(1, batch={"max_messages": 10, "max_wait_ms": 60_000})
    async with open_stage(None, route, budget=ByteBudget(0)) as stage:
        stage.arrive(make_delivery(1), make_delivery(2))
        await stage.settled(lambda: not stage.store.pending)
        assert trio.current_time() < 1
    assert stage.destination.batches == [[1], [2]]


def test_a_batch_weighs_a_megabyte_at_the_most_or_is_one_message() -> None:
    window = Window(ByteBudget())
    window.put([make_delivery(n, payload="x" * (BATCH_BYTES // 4)) for n in range(6)], now=0)
    window.put([make_delivery(9, payload="x" * 2 * BATCH_BYTES)], now=0)
    assert window.holds_batch(100)
    taken = [[delivery.id for delivery in window.take(100, now=0)] for _ in range(3)]
    assert taken == [[0, 1, 2], [3, 4, 5], [9]], "with what stands around each"


@pytest.mark.parametrize("total", [1000, 10**9])
def test_a_fetch_is_granted_a_share_of_what_is_left(total: int) -> None:
    budget = ByteBudget(total)
    granted = [lane_of(budget).grant() for _ in range(100)]
    assert 0 < granted[0] <= total // FETCH_SHARE
    assert sum(granted) <= total
    assert granted == sorted(granted, reverse=True)


def test_half_of_it_is_for_those_who_are_trusted() -> None:
    budget = ByteBudget(1000)
    budget.hold(500)
    assert lane_of(budget, is_trusted=False).left <= 0
    assert lane_of(budget, is_trusted=False).grant() == 0
    assert lane_of(budget).grant() > 0


def test_a_lane_holds_an_eighth_at_the_most_and_leaves_some_to_those_that_come_later() -> None:
    budget, tenants = ByteBudget(), Tenants()
    one, held = weight_of(make_delivery(payload="x" * 64_000)), []
    for route_id, name in enumerate(["LOUD"] * 20 + ["QUIET", "LATE"]):
        window = Window(budget)
        window.room.tenant, window.room.is_trusted = tenants.enter(name), True
        for _ in range(4):
            window.grow()
        offered = [make_delivery(n, route_id=route_id, payload="x" * 64_000) for n in range(200)]
        held.append(one * window.fill(offered, now=0.0))
    assert max(held) <= ALL_WINDOWS_BYTES // 8 + one
    assert min(held[:2]) > ALL_WINDOWS_BYTES // 10
    assert sum(held[:20]) <= ALL_WINDOWS_BYTES * 7 // 8 + one
    assert held[20] > ALL_WINDOWS_BYTES // 10, "as much as the first"
    assert held[21] > 0


async def test_what_waits_before_endpoints_that_fail_leaves_room_for_one_that_does_not(
    autojump_clock: MockClock,
) -> None:
    store = WatchedStore()
    routes = [make_route(n, retry={"max_attempts": 1000, "max_seconds": 1}) for n in range(60)]
    number = 0
    for route_id in range(1, 60):
        for _ in range(30):
            number += 1
            payload = "x" * LARGEST
            store.add(make_delivery(number, route_id=route_id, payload=payload))
    destination = FakeDestination(
        lambda _delivery, route, _attempt: DELIVERED if route.id == 0 else FAILED,
        seconds=lambda route: 0.01 if route.id == 0 else 0.5,
    )
    async with open_stage(destination, *routes, store=store) as stage:
        stage.arrive(make_delivery(10_000, route_id=0))
        await trio.sleep(3)
        before = trio.current_time()
        stage.arrive(*(make_delivery(n, route_id=0) for n in range(10_001, 11_001)))
        await stage.settled(lambda: len(store.delivered) == 1_001)
        assert trio.current_time() - before < 2
        stage.dispatcher.drain(deadline=trio.current_time())
    assert store.heaviest <= ALL_WINDOWS_BYTES
