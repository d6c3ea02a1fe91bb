"""An attempt to deliver, as what is pending and what was given up show it alike."""

from __future__ import annotations

import msgspec

from pulse_router.api.requests.responses import utc
from pulse_router.api.requests.values import Time
from pulse_router.domain.deliveries import AttemptRecord


class AttemptAnswer(msgspec.Struct):
    """An attempt; `status` is that of the destination's answer, when there was one.

    `error` is empty when it succeeded, which only a replay's is remembered for.
    """

    at: Time
    status: int | None
    duration_seconds: float
    error: str
    response: str


def attempt_answer(record: AttemptRecord) -> AttemptAnswer:
    """Show an attempt."""
    return AttemptAnswer(
        at=utc(record.at),
        status=record.status,
        duration_seconds=record.duration_seconds,
        error=record.error,
        response=record.response,
    )
