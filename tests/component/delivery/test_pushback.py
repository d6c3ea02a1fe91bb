"""Receivers that push back: the lane waits, nothing is spent, and their rate is found."""

from __future__ import annotations

import itertools
import random
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import attrs
import pytest
import trio
from trio.testing import MockClock

from pulse_router.delivery.receiver.endpoint import PUSHED_BACK
from pulse_router.delivery.replay import Replayer, ReplayStatus
from pulse_router.domain.deliveries import Delivery, Outcome, Verdict
from pulse_router.domain.lanes.control import OPENS_AFTER
from pulse_router.domain.routes import Route
from tests.support.delivery.dead_letters import Graveyard
from tests.support.delivery.deliveries import FakeDeliveryStore, make_delivery, make_route
from tests.support.delivery.destinations import DEAD, DELIVERED, FAILED, FakeDestination
from tests.support.delivery.stage import many, open_stage

DAY = 86_400.0


def busy(seconds: float | None = None, status: int = 429) -> Outcome:
    error = f"HTTP {status}"
    return Outcome(Verdict.RETRY, error=error, status=status, retry_after_seconds=seconds)


def closed_for(seconds: float, answer: Callable[[float], Outcome]) -> FakeDestination:
    """An endpoint that pushes back until a time, and tells when that is."""
    opens_at = trio.current_time() + seconds

    def respond(*_: object) -> Outcome:
        left = opens_at - trio.current_time()
        return answer(left) if left > 0 else DELIVERED

    return FakeDestination(respond, seconds=lambda _: 0.01)


# What holds the lane ------------------------------------------------------------------------------


@pytest.mark.parametrize("status", [429, 503])
async def test_nothing_of_a_lane_goes_out_before_the_time_that_its_receiver_names(
    autojump_clock: MockClock, status: int
) -> None:
    destination = closed_for(60, lambda left: busy(left, status))
    began_at = trio.current_time()
    async with open_stage(destination) as stage:
        stage.arrive(*many(1000))
        await stage.settled(lambda: not stage.store.pending)
        early = [at for at in destination.attempts if at.at_seconds < began_at + 60]
        assert len(early) == 1, "one finds out"
        assert not stage.dispatcher.health(1).breaker.failures
        assert (stage.dispatcher.failed, stage.dispatcher.pushed_back) == (0, 1)
    assert len(stage.store.delivered) == 1000
    assert {attempt.number for attempt in destination.attempts} == {1}, "none is spent"


async def test_those_that_were_under_way_together_are_pushed_back_together_and_wait_for_one(
    autojump_clock: MockClock,
) -> None:
    is_closed = False
    destination = FakeDestination(
        lambda *_: busy(10.0) if is_closed else DELIVERED, seconds=lambda _: 0.1
    )
    async with open_stage(destination) as stage:
        stage.arrive(*many(3000))
        await trio.sleep(3)
        most = destination.most_under_way[1]
        assert most > 10
        is_closed = True
        before = len(destination.attempts)
        await trio.sleep(1)
        assert len(destination.attempts) - before <= most + 1
        before = len(destination.attempts)
        for _ in range(3):  # still closed: one asks each time
            await trio.sleep(10)
        assert 1 <= len(destination.attempts) - before <= 3
        is_closed = False
        await stage.settled(lambda: not stage.store.pending)
    assert len(stage.store.delivered) == 3000


async def test_a_receiver_that_names_no_time_is_left_alone_longer_and_longer(
    autojump_clock: MockClock,
) -> None:
    route = make_route(1, retry={"initial_seconds": 1, "max_seconds": 60, "multiplier": 2})
    destination = FakeDestination(lambda *_: busy())
    async with open_stage(destination, route) as stage:
        stage.arrive(*many(100))
        await trio.sleep(1000)
        gaps = [
            later.at_seconds - earlier.at_seconds
            for earlier, later in itertools.pairwise(destination.attempts)
        ]
        for number, gap in enumerate(gaps):
            ceiling = min(60, 2**number)
            assert ceiling / 2 <= gap <= ceiling + 0.1
        assert not stage.store.buried
        assert not stage.dispatcher.health(1).breaker.failures
        stage.dispatcher.drain(deadline=trio.current_time())


async def test_a_receiver_whose_times_are_no_help_is_left_alone_longer_and_longer(
    autojump_clock: MockClock,
) -> None:
    async with open_stage(FakeDestination(lambda *_: busy(0.0))) as stage:
        stage.arrive(*many(100))
        await trio.sleep(3600)
        assert len(stage.destination.attempts) < 30
        assert not stage.store.buried
        stage.dispatcher.drain(deadline=trio.current_time())


async def test_a_503_that_names_no_time_is_a_failure(autojump_clock: MockClock) -> None:
    route = make_route(1, retry={"max_attempts": 2})
    async with open_stage(FakeDestination(lambda *_: FAILED), route) as stage:
        stage.arrive(make_delivery(1))
        await stage.settled(lambda: not stage.store.pending)
    assert (stage.dispatcher.failed, stage.dispatcher.pushed_back) == (2, 0)


async def test_a_lane_that_is_held_asks_nothing_of_the_table_and_keeps_no_backlog_in_memory(
    autojump_clock: MockClock,
) -> None:
    store = FakeDeliveryStore()
    store.add(*many(5000))
    async with open_stage(FakeDestination(lambda *_: busy(3000.0)), store=store) as stage:
        await trio.sleep(10)
        fetches = store.fetches
        for number in range(100):
            stage.arrive(*many(10, first=10_000 + 10 * number))
            await trio.sleep(20)
        assert store.fetches == fetches
        assert len(stage.destination.attempts) == 1
        held = stage.dispatcher.stats(1)
        assert held is not None
        assert held.held_until is not None
        left = held.held_until - datetime.now(UTC)
        assert timedelta(seconds=900) < left < timedelta(seconds=1000)
        assert stage.dispatcher.held_lanes == 1
        stage.dispatcher.drain(deadline=trio.current_time())


async def test_one_lane_that_is_held_holds_no_other(autojump_clock: MockClock) -> None:
    destination = FakeDestination(
        lambda _d, route, _n: busy(600.0) if route.id == 1 else DELIVERED,
        seconds=lambda _: 0.01,
    )
    async with open_stage(destination, make_route(1), make_route(2), workers=4) as stage:
        stage.arrive(*many(500))
        await trio.sleep(1)
        assert await stage.seconds_for(make_delivery(9000, route_id=2)) < 0.1
        stage.dispatcher.drain(deadline=trio.current_time())


# What it costs a delivery -------------------------------------------------------------------------


async def test_what_was_pushed_back_for_a_day_in_all_spends_its_attempts_and_is_buried(
    autojump_clock: MockClock,
) -> None:
    destination = FakeDestination(lambda *_: busy(3600.0))
    async with open_stage(destination) as stage:
        began_at = trio.current_time()
        stage.arrive(make_delivery(1))
        await trio.sleep(DAY - 60)
        delivery = stage.store.pending[1].delivery
        assert (delivery.spent, delivery.pushbacks, delivery.pushback_seconds) == (0, 24, DAY)
        await stage.settled(lambda: not stage.store.pending)
        assert trio.current_time() - began_at >= DAY + 4 * 3600
    assert stage.store.buried[1].attempts == 5
    numbers = Counter(attempt.number for attempt in destination.attempts)
    assert numbers == {1: 25, 2: 1, 3: 1, 4: 1, 5: 1}


async def test_a_route_may_bound_the_time_of_pushing_back(autojump_clock: MockClock) -> None:
    route = make_route(1, retry={"max_pushback_seconds": 0, "max_attempts": 3})
    async with open_stage(FakeDestination(lambda *_: busy(1.0)), route) as stage:
        stage.arrive(make_delivery(1))
        await stage.settled(lambda: not stage.store.pending)
    assert [attempt.number for attempt in stage.destination.attempts] == [1, 2, 3]


async def test_the_time_of_pushing_back_lasts_over_restarts(autojump_clock: MockClock) -> None:
    store = FakeDeliveryStore()
    store.add(make_delivery(1))
    for _ in range(24):
        async with open_stage(FakeDestination(lambda *_: busy(3600.0)), store=store):
            await trio.sleep(3610)
    assert store.pending[1].delivery.pushback_seconds >= DAY
    async with open_stage(FakeDestination(lambda *_: busy(3600.0)), store=store) as stage:
        await stage.settled(lambda: not store.pending)
    assert store.buried[1].attempts == 5


async def test_another_router_learns_of_a_closed_door_by_one_request(
    autojump_clock: MockClock,
) -> None:
    store = FakeDeliveryStore()
    store.add(*many(1000))
    for _ in range(3):
        destination = FakeDestination(lambda *_: busy(3000.0), seconds=lambda _: 0.1)
        async with open_stage(destination, store=store):
            await trio.sleep(60)
        assert len(destination.attempts) == 1


async def test_what_failed_and_was_pushed_back_keeps_its_count(autojump_clock: MockClock) -> None:
    answers = iter([FAILED, busy(5.0), FAILED, busy(5.0), DEAD])
    async with open_stage(FakeDestination(lambda *_: next(answers))) as stage:
        stage.arrive(make_delivery(1))
        await stage.settled(lambda: not stage.store.pending)
    assert [attempt.number for attempt in stage.destination.attempts] == [1, 2, 2, 3, 3]
    assert stage.store.buried[1].attempts == 3


async def test_a_probe_that_is_pushed_back_leaves_the_breaker_as_it_is(
    autojump_clock: MockClock,
) -> None:
    answer = FAILED
    destination = FakeDestination(lambda *_: answer)
    async with open_stage(destination) as stage:
        stage.arrive(*many(1000))
        while not stage.dispatcher.health(1).breaker.is_open:  # noqa: ASYNC110 - nobody tells
            await trio.sleep(0.1)
        answer = busy(60.0)
        await trio.sleep(10)
        before = len(destination.attempts)
        await trio.sleep(50)
        assert len(destination.attempts) == before, "not even probes go out"
        assert stage.dispatcher.health(1).breaker.failures == OPENS_AFTER
        answer = DELIVERED
        await stage.settled(lambda: not stage.store.pending)


# Order --------------------------------------------------------------------------------------------


async def test_an_ordered_route_keeps_its_order_over_pushing_back(
    autojump_clock: MockClock,
) -> None:
    chance = random.Random(3)
    destination = FakeDestination(
        lambda *_: busy(chance.choice([None, 0.5, 7.0])) if chance.random() < 0.3 else DELIVERED
    )
    async with open_stage(destination, make_route(1, ordered=True)) as stage:
        stage.arrive(*many(200))
        await stage.settled(lambda: not stage.store.pending)
    assert stage.store.delivered == list(range(1, 201))
    assert [number for number, _ in itertools.groupby(destination.attempted)] == list(range(1, 201))


# People -------------------------------------------------------------------------------------------


async def test_a_replay_goes_out_as_one_request_although_the_lane_is_held_and_is_told(
    autojump_clock: MockClock,
) -> None:
    async with open_stage(FakeDestination(lambda *_: busy(600.0))) as stage:
        graveyard = Graveyard()
        replayer = Replayer(graveyard, stage.routes, stage.dispatcher)
        stage.arrive(*many(100))
        await trio.sleep(5)
        result = await replayer.replay(None, 1)
        assert (result.status, result.error) == (ReplayStatus.FAILED, "HTTP 429")
        assert len(stage.destination.attempts) == 2
        results = await replayer.replay_batch(None, range(2, 50))
        statuses = Counter(result.status for result in results)
        assert statuses == {ReplayStatus.FAILED: 1, ReplayStatus.NOT_ATTEMPTED: 47}
        assert any(PUSHED_BACK in result.error for result in results)
        assert len(stage.destination.attempts) == 3
        stage.dispatcher.drain(deadline=trio.current_time())


async def test_a_change_of_the_destination_opens_the_door_at_once(
    autojump_clock: MockClock,
) -> None:
    def respond(_delivery: Delivery, route: Route, _attempt: int) -> Outcome:
        return DELIVERED if "new" in str(route.destination_config) else busy(3000.0)

    async with open_stage(FakeDestination(respond)) as stage:
        stage.arrive(*many(100))
        await trio.sleep(10)
        renamed = attrs.evolve(make_route(1), name="another name")
        stage.routes.put(renamed)
        await stage.dispatcher.reload_routes()
        await trio.sleep(10)
        assert len(stage.destination.attempts) == 1, "a new name is no new receiver"
        stage.routes.put(make_route(1, url="http://localhost/new"))
        await stage.dispatcher.reload_routes()
        with trio.fail_after(5):
            await stage.settled(lambda: len(stage.store.delivered) >= 99)
        stage.dispatcher.drain(deadline=trio.current_time())
