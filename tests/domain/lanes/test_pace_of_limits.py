"""What a receiver allows is found and used, and little is refused: simulated, nothing is waited."""

from __future__ import annotations

import heapq
import math
from collections.abc import Callable
from random import Random

import attrs
import pytest

from pulse_router.domain.lanes.pace import Pace
from pulse_router.domain.retry import RetryPolicy
from tests.support.delivery.limits import FixedWindow, Limiter, SlidingWindow, TokenBucket

START: float = 1000.0
AT_ONCE = 32
ANSWERED_IN = 0.002


@attrs.frozen
class Seen:
    accepted: list[float]
    requests: int

    def per_second(self, since: float, until: float) -> float:
        return sum(since <= at - START < until for at in self.accepted) / (until - since)


def whole_seconds(seconds: float) -> float:
    return math.ceil(seconds)


def send_for(seconds: float, limiter: Limiter, says: Callable[[float], float | None]) -> Seen:
    """Let a lane that always has something to send meet a receiver, for so long."""
    pace, random, retry = Pace(), Random(7), RetryPolicy()
    under_way: list[tuple[float, float]] = []
    accepted: list[float] = []
    now, requests = START, 0
    while now < START + seconds:
        most = 1 if pace.refusals else AT_ONCE
        begins_at = max(now, pace.opens_at) if len(under_way) < most else math.inf
        if not under_way or begins_at < under_way[0][0]:
            now = begins_at
            pace.begun(now, in_flight=len(under_way), setting=None)
            answered_at = now + ANSWERED_IN * random.uniform(0.7, 1.7)
            heapq.heappush(under_way, (answered_at, now))
            continue
        now, begun_at = heapq.heappop(under_way)
        requests += 1
        wait = limiter.ask(now)
        if wait is None:
            limiter.done()
            accepted.append(now)
            pace.passed(now, begun_at=begun_at)
        else:
            pace.pushed_back(
                now, begun_at=begun_at, asked=says(wait), random=random.random(), retry=retry
            )
    return Seen(accepted, requests)


@pytest.mark.parametrize(
    ("limiter", "allowed", "used", "most"),
    [
        pytest.param(lambda: TokenBucket(1, 1), 1, 0.85, 1.4, id="1/s"),
        pytest.param(lambda: TokenBucket(10, 1), 10, 0.8, 1.1, id="10/s"),
        pytest.param(lambda: TokenBucket(100, 20), 100, 0.85, 1.1, id="100/s"),
        pytest.param(lambda: TokenBucket(500, 50), 500, 0.85, 1.1, id="500/s"),
        pytest.param(lambda: TokenBucket(2000, 200), 2000, 0.85, 1.1, id="2,000/s"),
        pytest.param(lambda: TokenBucket(8000, 800), 8000, 0.85, 1.1, id="8,000/s"),
        pytest.param(lambda: FixedWindow(20, 1), 20, 0.85, 1.1, id="20 in each second"),
        pytest.param(lambda: SlidingWindow(30, 10), 3, 0.8, 1.2, id="30 in any 10 s"),
    ],
)
def test_what_a_receiver_allows_is_used_though_it_names_whole_seconds(
    limiter: Callable[[], Limiter], allowed: float, used: float, most: float
) -> None:
    seen = send_for(120, limiter(), whole_seconds)
    assert seen.per_second(0, 120) > used * allowed
    assert seen.requests < most * len(seen.accepted)


def test_within_some_seconds_half_of_what_is_allowed_is_found() -> None:
    seen = send_for(20, TokenBucket(500, 50), whole_seconds)
    assert seen.per_second(0, 20) > 0.6 * 500
    assert seen.per_second(10, 20) > 0.75 * 500


@attrs.define
class Changing:
    """A receiver that allows another rate from some time on."""

    before: Limiter
    after: Limiter
    at: float

    def ask(self, now: float) -> float | None:
        return (self.after if now >= START + self.at else self.before).ask(now)

    def done(self) -> None:
        pass


@pytest.mark.parametrize(("before", "after"), [(100, 1000), (1000, 100)])
def test_a_limit_that_is_changed_is_found_again(before: float, after: float) -> None:
    changing = Changing(TokenBucket(before, 20), TokenBucket(after, 20), at=300)
    seen = send_for(600, changing, whole_seconds)
    assert seen.per_second(100, 300) > 0.85 * before
    assert seen.per_second(480, 600) > 0.8 * after
