"""What the delivery stage counts; nothing is decided by it."""

from __future__ import annotations

import enum
from collections import Counter

import attrs

from pulse_router.delivery.latencies import Latencies


class Cause(enum.StrEnum):
    """What a delivery was given up for."""

    REFUSED = "4xx"
    SERVER_ERROR = "5xx"
    OTHER_ANSWER = "other answer"
    NO_ANSWER = "no answer"
    ROUTE_DELETED = "route deleted"

    @classmethod
    def of_status(cls, status: int | None) -> Cause:
        """Tell by the last answer's status; None when there was no answer."""
        if status is None:
            return cls.NO_ANSWER
        return {4: cls.REFUSED, 5: cls.SERVER_ERROR}.get(status // 100, cls.OTHER_ANSWER)


@attrs.define
class DeliveryFigures:
    """Counts since the start, how many attempts are under way, and how long they take.

    `failed` counts attempts, the others deliveries; `causes` are what they were given up for.
    """

    delivered: int = 0
    failed: int = 0
    dead_lettered: int = 0
    causes: Counter[Cause] = attrs.field(factory=Counter)
    in_flight: int = 0
    latencies: Latencies = attrs.field(factory=Latencies)
