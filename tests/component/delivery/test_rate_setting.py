"""A route that says what its receiver allows: no more requests begin."""

from __future__ import annotations

from collections.abc import Mapping

import pytest
import trio
from trio.testing import MockClock

from tests.support.delivery.deliveries import make_route
from tests.support.delivery.destinations import FakeDestination
from tests.support.delivery.stage import many, open_stage


@pytest.mark.parametrize(
    ("rate", "seconds"),
    [
        ({"per_second": 10}, 9.9),
        ({"per_second": 10, "burst": 50}, 5.0),
        ({"per_second": 0.5}, 198.0),
        ({"per_second": 100_000}, 0.001),
    ],
)
async def test_no_more_requests_begin_than_the_route_allows(
    autojump_clock: MockClock, rate: Mapping[str, float], seconds: float
) -> None:
    async with open_stage(FakeDestination(), make_route(1, rate=rate)) as stage:
        stage.arrive(*many(100))
        began_at = trio.current_time()
        await stage.settled(lambda: not stage.store.pending)
        assert 0.999 * seconds <= trio.current_time() - began_at <= seconds * 1.05 + 0.1
    starts = [attempt.at_seconds for attempt in stage.destination.attempts]
    burst = int(rate.get("burst", 1))
    for first in range(0, len(starts) - burst, 7):
        for last in range(first + burst, len(starts), 11):
            allowed = burst + rate["per_second"] * (starts[last] - starts[first])
            assert last - first + 1 <= allowed + 1.001


async def test_a_rate_counts_batches_as_requests(autojump_clock: MockClock) -> None:
    route = make_route(1, rate={"per_second": 2}, batch={"max_messages": 50, "max_wait_ms": 0})
    async with open_stage(FakeDestination(), route) as stage:
        stage.arrive(*many(500))
        began_at = trio.current_time()
        await stage.settled(lambda: not stage.store.pending)
        assert 4 <= trio.current_time() - began_at < 6
