"""An attempt to deliver, as what is pending and what was given up show it alike."""

from __future__ import annotations

import msgspec

from pulse_router.api.requests.responses import utc
from pulse_router.api.requests.values import Time
from pulse_router.domain.deliveries import AttemptRecord


class AttemptAnswer(msgspec.Struct):
    """An attempt; `status` is that of the destination's answer, when there was one.

    `error` is empty when it succeeded, which only a replay's is remembered for. `pushbacks` is
    above 0 where the receiver pushed back, which spends no attempt: only the newest of them is
    shown, with how many there were.
    """

    at: Time
    status: int | None
    duration_seconds: float
    error: str
    response: str
    pushbacks: int


def attempt_answer(record: AttemptRecord) -> AttemptAnswer:
    """Show an attempt."""
    return AttemptAnswer(
        at=utc(record.at),
        status=record.status,
        duration_seconds=record.duration_seconds,
        error=record.error,
        response=record.response,
        pushbacks=record.pushbacks,
    )
