"""Receivers that limit: everything is delivered, with few requests beyond one for each message."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

import pytest
import trio
from trio.testing import MockClock

from pulse_router.domain.deliveries import Delivery, Outcome, Verdict
from pulse_router.domain.retry import parse_asked_seconds
from pulse_router.domain.routes import Route
from tests.support.delivery.destinations import DELIVERED, FakeDestination
from tests.support.delivery.limits import MAKE_LIMITER, WAYS, Limiter, Refusal
from tests.support.delivery.stage import many, open_stage

MESSAGES = 100
EPOCH = 1_700_000_000.0


class LimitingDestination(FakeDestination):
    """An endpoint behind a limiter, which sees a request as soon as it begins."""

    def __init__(self, limiter: Limiter, refusal: Refusal, seconds: float) -> None:
        super().__init__(seconds=lambda _: seconds)
        self._limiter = limiter
        self._refusal = refusal

    async def deliver(self, delivery: Delivery, route: Route, *, attempt: int) -> Outcome:
        now = trio.current_time()
        seconds = self._limiter.ask(now)
        await super().deliver(delivery, route, attempt=attempt)
        if seconds is None:
            self._limiter.done()
            return DELIVERED
        headers = {
            name.lower().encode(): value.encode()
            for name, value in self._refusal.headers(seconds, EPOCH + now).items()
        }
        asked = parse_asked_seconds(
            self._refusal.status, headers, datetime.fromtimestamp(EPOCH + now, UTC)
        )
        return Outcome(
            Verdict.RETRY,
            error=f"HTTP {self._refusal.status}",
            status=self._refusal.status,
            retry_after_seconds=asked,
        )


@pytest.mark.parametrize("make", MAKE_LIMITER.values(), ids=MAKE_LIMITER)
@pytest.mark.parametrize("refusal", WAYS.values(), ids=WAYS)
@pytest.mark.parametrize("seconds", [0.005, 0.2])
async def test_everything_is_delivered_with_at_most_one_and_a_half_requests_a_message(
    autojump_clock: MockClock, make: Callable[[], Limiter], refusal: Refusal, seconds: float
) -> None:
    destination = LimitingDestination(make(), refusal, seconds)
    async with open_stage(destination) as stage:
        stage.arrive(*many(MESSAGES))
        await stage.settled(lambda: not stage.store.pending)
    assert len(stage.store.delivered) == MESSAGES
    assert len(destination.attempts) <= 1.5 * MESSAGES
    assert {attempt.number for attempt in destination.attempts} == {1}
    assert stage.dispatcher.failed == 0


@pytest.mark.parametrize(
    ("name", "per_second"),
    [("1/s", 1), ("1 in 5 s", 0.2), ("10 a second", 10), ("5 a minute", 5 / 60), ("10/s", 10)],
)
async def test_a_slow_receiver_gets_about_what_it_allows(
    autojump_clock: MockClock, name: str, per_second: float
) -> None:
    count = 500
    destination = LimitingDestination(MAKE_LIMITER[name](), WAYS["429 and seconds"], 0.02)
    async with open_stage(destination) as stage:
        began_at = trio.current_time()
        stage.arrive(*many(count))
        await stage.settled(lambda: not stage.store.pending)
        assert count / (trio.current_time() - began_at) > 0.6 * per_second
        found = stage.dispatcher.stats(1)
        assert found is not None
        assert found.per_second is not None
        assert 0.5 * per_second < found.per_second < 2 * per_second


async def test_a_receiver_that_limits_no_more_is_soon_served_at_full_speed(
    autojump_clock: MockClock,
) -> None:
    destination = LimitingDestination(MAKE_LIMITER["1/s"](), WAYS["429 and seconds"], 0.01)
    async with open_stage(destination) as stage:
        stage.arrive(*many(100))
        await stage.settled(lambda: not stage.store.pending)
        destination._limiter = MAKE_LIMITER["100/s, burst 10"]()
        stage.arrive(*many(2000, first=1000))
        began_at = trio.current_time()
        await stage.settled(lambda: not stage.store.pending)
        assert trio.current_time() - began_at < 300
