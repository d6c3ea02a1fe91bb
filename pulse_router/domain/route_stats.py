"""How a route does: what became of its deliveries, and how long its attempts took lately.

Pure. It knows nothing of where counts are kept.
"""

from __future__ import annotations

from array import array
from bisect import bisect_right
from datetime import datetime
from itertools import accumulate
from typing import Final

import attrs

from pulse_router.domain.routes import RouteFault

SHORTEST_SECONDS: Final = 0.0005
STEPS_PER_DOUBLING: Final = 4
"""Four steps a doubling: a percentile is told to a tenth of its value."""
STEPS: Final = 80
"""From half a millisecond to five minutes, the longest that an attempt may take."""
REMEMBERED: Final = 1024
"""When so many attempts are counted, all counts are halved: old ones fade."""


@attrs.frozen
class RouteCounts:
    """What a route has pending, and what became of its other deliveries since counting began.

    `delivered` and `dead_lettered` count deliveries; `failed` counts attempts, once for each
    delivery that they were made for. When `pending` is not exact there are more, and
    `oldest_pending_at` is that of those that are due first.
    """

    route_id: int
    since: datetime
    delivered: int
    failed: int
    dead_lettered: int
    last_error: str | None
    last_error_at: datetime | None
    pending: int
    pending_is_exact: bool
    oldest_pending_at: datetime | None

    def with_fault(self, fault: RouteFault | None) -> RouteCounts:
        """Tell of a fault of the payload filter as the last error, if it is."""
        if fault is None or (self.last_error_at is not None and self.last_error_at >= fault.at):
            return self
        return attrs.evolve(self, last_error=fault.problem, last_error_at=fault.at)


@attrs.frozen
class ListedCounts:
    """A route's counts where it stands in a list, and how many deliveries it has made lately."""

    counts: RouteCounts
    last_minute: int
    last_hour: int


@attrs.frozen
class Latency:
    """How long attempts took lately; recent ones count more."""

    attempts: int
    p50_seconds: float
    p95_seconds: float
    p99_seconds: float


@attrs.frozen
class LaneStats:
    """How a route's lane does in the router that works for it.

    Attributes:
        breaker_is_open: Whether only probes go out.
        concurrency: How many attempts may be under way.
        latency: How long they took; None without any.
        held_until: Until when the receiver wants to be left alone, if it does.
        per_second: How many requests a second it has turned out to take; None without a limit.
    """

    breaker_is_open: bool
    concurrency: int
    latency: Latency | None
    held_until: datetime | None = None
    per_second: float | None = None


class LatencyHistogram:
    """Durations in steps that grow with them: a few hundred bytes, however many are noted."""

    __slots__ = ("_counts", "_total")

    def __init__(self) -> None:
        self._counts = array("H", bytes(2 * STEPS))
        self._total = 0

    def note(self, seconds: float) -> None:
        """Count one."""
        self._counts[_step_of(seconds)] += 1
        self._total += 1
        if self._total >= REMEMBERED:
            self._counts = array("H", [count // 2 for count in self._counts])
            self._total = sum(self._counts)

    def figures(self) -> Latency | None:
        """Give the percentiles of what is remembered; None when that is nothing."""
        if not self._total:
            return None
        return Latency(
            self._total, self._percentile(0.5), self._percentile(0.95), self._percentile(0.99)
        )

    def _percentile(self, share: float) -> float:
        below = accumulate(self._counts)
        step = next(step for step, count in enumerate(below) if count >= share * self._total)
        middle = SHORTEST_SECONDS * 2 ** ((step + 0.5) / STEPS_PER_DOUBLING)
        return float(f"{middle:.2g}")


_BOUNDS: Final = [SHORTEST_SECONDS * 2 ** (step / STEPS_PER_DOUBLING) for step in range(1, STEPS)]
"""From where on the steps begin, the second first: to look there costs less than a logarithm."""


def _step_of(seconds: float) -> int:
    return bisect_right(_BOUNDS, seconds)
