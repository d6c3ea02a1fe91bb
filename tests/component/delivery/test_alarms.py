"""Alarms: one of each lane counts, and those that do not are no burden."""

from __future__ import annotations

import trio
import trio.lowlevel
from trio.testing import MockClock

from pulse_router.delivery.alarms import SPARE, Alarms
from pulse_router.delivery.lane import Lane
from tests.support.delivery.deliveries import make_delivery, make_route
from tests.support.delivery.destinations import FakeDestination
from tests.support.delivery.stage import open_stage

HOUR = 3600.0


def lanes_of(count: int) -> list[Lane]:
    """They are only told apart."""
    return [object.__new__(Lane) for _ in range(count)]


async def test_the_earliest_alarm_of_a_lane_counts_once(autojump_clock: MockClock) -> None:
    alarms, (one, two) = Alarms(), lanes_of(2)
    rung: list[tuple[float, Lane]] = []
    async with trio.open_nursery() as nursery:
        nursery.start_soon(alarms.ring, lambda lane: rung.append((trio.current_time(), lane)))
        for lane, at in ((one, 30.0), (two, 20.0), (one, 10.0), (one, 40.0)):
            await trio.lowlevel.checkpoint()
            alarms.set(lane, trio.current_time() + at)
        alarms.clear(two)
        await trio.sleep(100)
        nursery.cancel_scope.cancel()
    assert [(round(at), lane) for at, lane in rung] == [(10, one)]


async def test_alarms_that_no_longer_count_do_not_pile_up(autojump_clock: MockClock) -> None:
    alarms, lanes = Alarms(), lanes_of(50)
    async with trio.open_nursery() as nursery:
        nursery.start_soon(alarms.ring, lambda lane: alarms.set(lane, HOUR))
        for lane in lanes:
            alarms.set(lane, HOUR)
        for _ in range(100):
            for lane in lanes:
                alarms.set(lane, trio.current_time() + 0.5)
            await trio.sleep(1)
            assert len(alarms) <= 2 * len(lanes) + SPARE
        nursery.cancel_scope.cancel()


async def test_a_batch_now_and_then_beside_a_late_retry_leaves_nothing_behind(
    autojump_clock: MockClock,
) -> None:
    route = make_route(1, batch={"max_messages": 100, "max_wait_ms": 100})
    async with open_stage(FakeDestination(), route) as stage:
        stage.store.add(make_delivery(1), due_after_seconds=HOUR)
        stage.dispatcher.wake({1})
        await trio.sleep(1)
        for number in range(2, 500):
            stage.arrive(make_delivery(number))
            await trio.sleep(1)
        assert len(stage.store.delivered) == 498
        assert len(stage.dispatcher._lanes._alarms) <= 2 + SPARE
        await trio.sleep(HOUR)
        assert len(stage.store.delivered) == 499
