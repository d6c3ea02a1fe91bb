"""How late the loop is stands in its histogram, and the longest of late."""

from __future__ import annotations

import time

import trio
from trio.testing import MockClock

from pulse_router.runtime.loop_lag import BOUNDS, LOOK_EVERY_SECONDS, LoopLag
from tests.support.waiting import wait_until


def test_each_lag_is_counted_in_its_bucket_and_in_those_above() -> None:
    lag = LoopLag()
    for seconds in (0.0, 0.001, 0.0011, 0.3, 99.0):
        lag.note(seconds)
    buckets = dict(lag.cumulative)
    assert (buckets["0.001"], buckets["0.002"], buckets["0.2"]) == (2, 3, 3)
    assert (buckets["0.5"], buckets[str(BOUNDS[-1])], buckets["+Inf"]) == (4, 4, 5)
    assert lag.longest_seconds == 99.0
    assert round(lag.sum_seconds, 4) == 99.3021


async def test_who_works_too_long_is_measured() -> None:
    lag = LoopLag()
    async with trio.open_nursery() as nursery:
        nursery.start_soon(lag.run)
        await trio.sleep(LOOK_EVERY_SECONDS / 2)
        time.sleep(0.2)  # noqa: ASYNC251 - it is what is measured
        await wait_until(lambda: lag.longest_seconds > 0)
        nursery.cancel_scope.cancel()
    assert lag.longest_seconds >= 0.15


async def test_the_longest_is_forgotten_after_a_minute_or_two(autojump_clock: MockClock) -> None:
    lag = LoopLag()
    lag.note(3.0)
    async with trio.open_nursery() as nursery:
        nursery.start_soon(lag.run)
        await trio.sleep(59)
        assert lag.longest_seconds == 3.0
        await trio.sleep(65)
        assert lag.longest_seconds < 1.0
        nursery.cancel_scope.cancel()
