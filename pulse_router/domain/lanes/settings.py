"""What a route may say of its lane: retries, how much is under way at once, and order.

Pure. It knows nothing of destinations, nor how a lane does it.
"""

from __future__ import annotations

from typing import Final

import attrs

from pulse_router.domain.config_fields import FieldReader
from pulse_router.domain.lanes.pace import RateSetting
from pulse_router.domain.retry import RetryPolicy

MAX_IN_FLIGHT: Final = 1000
SLOWEST_RATE: Final = 0.0001
FASTEST_RATE: Final = 100_000
MAX_BURST: Final = 100_000
MAX_PUSHBACK_SECONDS: Final = 30 * 86_400


@attrs.frozen
class LaneSettings:
    """How a route's lane works; an `ordered` one has one attempt under way."""

    retry: RetryPolicy = attrs.field(factory=RetryPolicy)
    max_in_flight: int = 64
    ordered: bool = False
    rate: RateSetting | None = None


def read_lane_settings(reader: FieldReader, defaults: LaneSettings) -> LaneSettings:
    """Read `retry`, `max_in_flight` and `ordered`; faults are noted in the reader.

    Args:
        reader: The configuration of a destination.
        defaults: What holds where it is silent.
    """
    retry = _read_retry(reader.object("retry"), defaults.retry)
    in_flight = reader.integer("max_in_flight", defaults.max_in_flight, low=1, high=MAX_IN_FLIGHT)
    ordered = reader.boolean("ordered", default=defaults.ordered)
    return LaneSettings(retry, 1 if ordered else in_flight, ordered)


def read_rate(reader: FieldReader) -> RateSetting | None:
    """Read `rate`, what the receiver allows; faults are noted in the reader.

    Args:
        reader: The configuration of a destination.
    """
    if reader.value("rate") is None:
        return None
    rate = reader.object("rate")
    if rate.value("per_second") is None:
        rate.fault("per_second", "is required: requests a second, which may be a fraction")
    per_second = rate.number("per_second", 1.0, low=SLOWEST_RATE, high=FASTEST_RATE)
    burst = rate.integer("burst", 1, low=1, high=MAX_BURST)
    rate.refuse_unknown()
    return RateSetting(per_second, burst)


def _read_retry(reader: FieldReader, default: RetryPolicy) -> RetryPolicy:
    policy = RetryPolicy(
        max_attempts=reader.integer("max_attempts", default.max_attempts, low=1, high=10_000),
        initial_seconds=reader.number(
            "initial_seconds", default.initial_seconds, low=0.01, high=3600
        ),
        max_seconds=reader.number("max_seconds", default.max_seconds, low=0.01, high=86_400),
        multiplier=reader.number("multiplier", default.multiplier, low=1, high=100),
        max_pushback_seconds=reader.number(
            "max_pushback_seconds", default.max_pushback_seconds, low=0, high=MAX_PUSHBACK_SECONDS
        ),
    )
    reader.refuse_unknown()
    return policy
