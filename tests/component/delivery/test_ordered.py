"""Ordered routes under a virtual clock: one after the other, whatever fails, moves or changes."""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import Any

import pytest
import trio
from hypothesis import given, settings
from hypothesis import strategies as st
from trio.testing import MockClock

from pulse_router.domain.deliveries import Delivery, Outcome, Verdict
from pulse_router.domain.lanes.budget import ByteBudget
from pulse_router.domain.lanes.control import OPENS_AFTER, PROBE_SECONDS
from pulse_router.domain.routes import Route
from tests.support.delivery.deliveries import FakeDeliveryStore, make_delivery, make_route
from tests.support.delivery.destinations import DEAD, DELIVERED, FAILED, FakeDestination
from tests.support.delivery.stage import many, open_stage


def ordered_route(**config: Any) -> Route:
    return make_route(1, ordered=True, **config)


def assert_in_order(attempted: list[int]) -> None:
    """Nothing is attempted before all that is older has been attempted for the last time."""
    assert attempted == sorted(attempted)


class Witness:
    """A destination that fails at random, and sees to it that each attempt is the oldest's turn."""

    def __init__(self, dice: random.Random, max_attempts: int) -> None:
        self.dice = dice
        self.max_attempts = max_attempts
        self.remaining: list[int] = []
        self.attempts = 0
        self.is_busy = False

    async def deliver(self, delivery: Delivery, route: Route, *, attempt: int) -> Outcome:
        assert attempt == delivery.attempts + 1
        return await self.deliver_batch([delivery], route)

    async def deliver_batch(self, deliveries: Sequence[Delivery], _route: Route) -> Outcome:
        assert not self.is_busy, "one in flight"
        self.is_busy = True
        numbers = [delivery.id for delivery in deliveries]
        assert numbers == self.remaining[: len(numbers)], "strictly the oldest first"
        await trio.sleep(self.dice.random() * 0.2)
        self.attempts += 1
        outcome = self.dice.choice([DELIVERED, DELIVERED, DELIVERED, FAILED, FAILED, DEAD])
        for delivery in deliveries:
            is_last = delivery.attempts + 1 == self.max_attempts
            # Of several that are refused together, parts go out.
            is_over = is_last if outcome is FAILED else outcome is DELIVERED or len(numbers) == 1
            if is_over:
                self.remaining.remove(delivery.id)
        self.is_busy = False
        return outcome


@given(
    arrivals=st.lists(st.integers(1, 10), min_size=1, max_size=8),
    seed=st.integers(0, 2**32),
    batch=st.sampled_from([None, 1, 4]),
    max_bytes=st.sampled_from([5_000, 2**30]),
)
@settings(max_examples=25, deadline=None)
def test_whatever_fails_each_attempt_is_the_oldest_ones(
    arrivals: list[int], seed: int, batch: int | None, max_bytes: int
) -> None:
    dice = random.Random(seed)
    witness = Witness(dice, max_attempts=4)
    config: dict[str, Any] = {"retry": {"max_attempts": 4, "initial_seconds": 2}}
    if batch is not None:
        config["batch"] = {"max_messages": batch, "max_wait_ms": 50}

    async def main() -> None:
        async with open_stage(
            witness, ordered_route(**config), budget=ByteBudget(max_bytes)
        ) as stage:
            stage.store.fetch_seconds = 0.01
            number = 1
            for count in arrivals:
                witness.remaining += range(number, number + count)
                stage.arrive(*many(count, first=number))
                number += count
                await trio.sleep(dice.random() * 3)
            await stage.settled(lambda: not stage.store.pending)
        assert witness.remaining == []
        assert witness.attempts >= (number - 1) / (batch or 1)

    trio.run(main, clock=MockClock(autojump_threshold=0))


async def test_a_failure_holds_back_what_comes_after_it_until_it_is_delivered(
    autojump_clock: MockClock,
) -> None:
    busy = Outcome(Verdict.RETRY, error="busy", retry_after_seconds=60.0)
    destination = FakeDestination(
        lambda delivery, _route, attempt: busy if (delivery.id, attempt) == (3, 1) else DELIVERED
    )
    async with open_stage(destination, ordered_route()) as stage:
        stage.arrive(*many(5))
        for number in range(6, 600):
            await trio.sleep(0.1)
            stage.arrive(make_delivery(number))
        assert destination.attempted == [1, 2, 3]
        assert stage.store.fetches < 10, "nothing is looked for while nothing may be sent"
        await stage.settled(lambda: not stage.store.pending)
    assert destination.attempted == [1, 2, 3, *range(3, 600)]


async def test_what_is_buried_lets_the_next_one_go(autojump_clock: MockClock) -> None:
    destination = FakeDestination(
        lambda delivery, _route, _attempt: {2: FAILED, 4: DEAD}.get(delivery.id, DELIVERED)
    )
    route = ordered_route(retry={"max_attempts": 3})
    async with open_stage(destination, route) as stage:
        stage.arrive(*many(6))
        await stage.settled(lambda: not stage.store.pending)
    assert destination.attempted == [1, 2, 2, 2, 3, 4, 5, 6]
    assert list(stage.store.buried) == [2, 4]


async def test_while_the_breaker_is_open_only_the_oldest_is_tried(
    autojump_clock: MockClock,
) -> None:
    is_back = False
    destination = FakeDestination(lambda *_: DELIVERED if is_back else FAILED)
    route = ordered_route(retry={"max_attempts": 1000, "max_seconds": 8})
    async with open_stage(destination, route) as stage:
        stage.arrive(*many(300))
        await trio.sleep(300)
        assert stage.dispatcher.health(1).breaker.is_open
        assert set(destination.attempted) == {1}
        assert len(destination.attempts) <= OPENS_AFTER + 300 / PROBE_SECONDS + 1
        is_back = True
        await stage.settled(lambda: not stage.store.pending)
    assert_in_order(destination.attempted)


async def test_whoever_takes_the_lane_over_goes_on_with_the_oldest(
    autojump_clock: MockClock,
) -> None:
    store = FakeDeliveryStore()
    store.add(*many(20, first=2))
    store.add(make_delivery(1, attempts=3), due_after_seconds=30)
    async with open_stage(None, ordered_route(), store=store) as stage:
        await trio.sleep(29)
        assert stage.destination.attempted == []
        await stage.settled(lambda: not store.pending)
    assert stage.destination.attempted == list(range(1, 22))


@pytest.mark.parametrize("seconds", [0.0, 0.3])
async def test_a_route_that_becomes_ordered_is_from_then_on(
    autojump_clock: MockClock, seconds: float
) -> None:
    dice = random.Random(5)
    destination = FakeDestination(
        lambda *_: DELIVERED if dice.random() < 0.7 else FAILED, seconds=lambda _: seconds
    )
    async with open_stage(destination, make_route(1, retry={"max_attempts": 50})) as stage:
        stage.arrive(*many(400))
        await trio.sleep(2)
        stage.routes.put(ordered_route(retry={"max_attempts": 50}))
        await stage.dispatcher.reload_routes()
        await trio.sleep(2 * seconds)  # what was under way ends
        before = len(destination.attempts)
        await stage.settled(lambda: not stage.store.pending)
    assert len(destination.attempts) > before
    assert_in_order(destination.attempted[before:])
    assert sorted(stage.store.delivered) == list(range(1, 401))
