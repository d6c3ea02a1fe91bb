"""What the delivery stage counts; nothing is decided by it."""

from __future__ import annotations

import enum
from collections import Counter
from collections.abc import Mapping

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

    `failed` and `pushed_back` count attempts, the others deliveries; `causes` are what they were
    given up for.
    """

    delivered: int = 0
    failed: int = 0
    pushed_back: int = 0
    dead_lettered: int = 0
    causes: Counter[Cause] = attrs.field(factory=Counter)
    in_flight: int = 0
    latencies: Latencies = attrs.field(factory=Latencies)


class Counting:
    """Whoever has figures, and shows some of them."""

    def __init__(self) -> None:
        self.figures = DeliveryFigures()

    @property
    def delivered(self) -> int:
        """Deliveries made since the start."""
        return self.figures.delivered

    @property
    def failed(self) -> int:
        """Attempts that failed since the start."""
        return self.figures.failed

    @property
    def pushed_back(self) -> int:
        """Attempts that their receivers pushed back since the start."""
        return self.figures.pushed_back

    @property
    def dead_lettered(self) -> int:
        """Deliveries given up since the start."""
        return self.figures.dead_lettered

    @property
    def causes(self) -> Mapping[str, int]:
        """What deliveries were given up for since the start; every cause is in it."""
        return {cause.value: self.figures.causes[cause] for cause in Cause}

    @property
    def in_flight(self) -> int:
        """Attempts under way."""
        return self.figures.in_flight
