"""The terms of a receiver: what it has taught its lane of how it wants to be served.

They hold for one configuration of the route, for another one may be about another receiver; and
they outlive the lane. It knows neither the table nor what is delivered.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Final

import trio

from pulse_router.domain.lanes.control import Health
from pulse_router.domain.lanes.pace import Pace
from pulse_router.domain.route_stats import LaneStats, Latency
from pulse_router.domain.webhook_config import BATCH_BYTES

REMEMBERED_SECONDS: Final = 3600.0
"""How long a receiver is not asked again whether it takes larger batches."""


class Terms:
    """What is known of the receiver of one route.

    Attributes:
        config: The configuration for which it holds.
        pace: How fast requests may begin.
    """

    __slots__ = ("_most_bytes", "_most_until", "config", "pace")

    def __init__(self) -> None:
        self.config: Mapping[str, Any] | None = None
        self.pace = Pace()
        self._most_bytes = 0
        self._most_until = 0.0

    @property
    def are_known(self) -> bool:
        """Whether anything is worth to be remembered."""
        return self.pace.opens_at > 0 or self._most_until > 0

    def max_bytes(self, now: float) -> int:
        """Tell what the body of a batch may weigh now."""
        return self._most_bytes if now < self._most_until else BATCH_BYTES

    def note_too_large(self, size: int, now: float) -> None:
        """Note that a batch of this weight is too large: half of it is tried, and kept to."""
        if now < self._most_until:
            size = min(size, 2 * self._most_bytes)
        self._most_bytes, self._most_until = size // 2, now + REMEMBERED_SECONDS

    def keep_to(self, config: Mapping[str, Any]) -> None:
        """Forget what was learnt under another configuration."""
        if config is self.config:
            return
        if self.config is not None and config != self.config:
            self.pace, self._most_until = Pace(), 0.0
        self.config = config


def stats_of(
    health: Health, terms: Terms, latency: Latency | None, *, utc_now: datetime
) -> LaneStats:
    """Tell how a route's attempts go lately.

    Args:
        health: How its endpoint does.
        terms: How it wants to be served.
        latency: How long attempts took.
        utc_now: The time.
    """
    now = trio.current_time()
    held_seconds = terms.pace.held_until - now
    return LaneStats(
        breaker_is_open=health.breaker.is_open,
        concurrency=health.concurrency.limit,
        latency=latency,
        held_until=utc_now + timedelta(seconds=held_seconds) if held_seconds > 0 else None,
        per_second=terms.pace.rate(now),
    )
