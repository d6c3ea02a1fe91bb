"""How far each delivery of a message has come, from whatever is left of it. Pure."""

from __future__ import annotations

import enum
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Final

import attrs

from pulse_router.domain.deliveries import (
    AttemptRecord,
    DeadLetter,
    DeadLetterStatus,
    PendingDelivery,
)
from pulse_router.domain.event_ids import unix_seconds_of
from pulse_router.domain.receipts import Receipt


class DeliveryState(enum.StrEnum):
    """How far a delivery has come."""

    PENDING = "pending"
    DELIVERED = "delivered"
    FAILED = "failed"
    REPLAYED = "replayed"
    DISCARDED = "discarded"


_OF_DEAD: Final = {
    DeadLetterStatus.FAILED: DeliveryState.FAILED,
    DeadLetterStatus.REPLAYED: DeliveryState.REPLAYED,
    DeadLetterStatus.DISCARDED: DeliveryState.DISCARDED,
}


@attrs.frozen(kw_only=True)
class DeliveryEnd:
    """How far a delivery has come.

    Attributes:
        delivery_id: Its id.
        event_id: Of which message.
        route_id: By which route.
        state: How far it is.
        created_at: When it was made.
        ended_at: When it was delivered or given up; None while it is pending.
        attempts: How many attempts were spent.
        pushbacks: How many the receiver pushed back, where that is known.
        history: Those that failed, as far as they are remembered.
        status: What the attempt that succeeded was answered, if that was a number.
        milliseconds: How long that attempt took.
        error: What went wrong last.
        next_attempt_at: When the next attempt is due.
        dead_letter_id: Under which id it was given up.
    """

    delivery_id: int
    event_id: int
    route_id: int
    state: DeliveryState
    created_at: datetime
    ended_at: datetime | None = None
    attempts: int
    pushbacks: int = 0
    history: Sequence[AttemptRecord] = ()
    status: int | None = None
    milliseconds: float | None = None
    error: str | None = None
    next_attempt_at: datetime | None = None
    dead_letter_id: int | None = None


def ends_of(
    pending: Iterable[PendingDelivery], receipts: Iterable[Receipt], dead: Iterable[DeadLetter]
) -> Sequence[DeliveryEnd]:
    """Say how far each delivery has come, in the order in which they were made.

    What was read in this order may be told twice, as it went on meanwhile: the later word counts.
    """
    ends = {each.id: _of_pending(each) for each in pending}
    ends |= {each.delivery_id: _of_receipt(each) for each in receipts}
    ends |= {each.delivery_id: _of_dead(each) for each in dead}
    return [ends[number] for number in sorted(ends)]


def made_at(delivery_id: int) -> datetime:
    """Tell when a delivery was made, as its id says."""
    return datetime.fromtimestamp(unix_seconds_of(delivery_id), UTC)


def _of_pending(delivery: PendingDelivery) -> DeliveryEnd:
    return DeliveryEnd(
        delivery_id=delivery.id,
        event_id=delivery.event_id,
        route_id=delivery.route_id,
        state=DeliveryState.PENDING,
        created_at=delivery.created_at,
        attempts=delivery.attempts,
        pushbacks=delivery.pushbacks,
        history=delivery.history,
        error=delivery.last_error,
        next_attempt_at=delivery.next_attempt_at,
    )


def _of_receipt(receipt: Receipt) -> DeliveryEnd:
    return DeliveryEnd(
        delivery_id=receipt.delivery_id,
        event_id=receipt.event_id,
        route_id=receipt.route_id,
        state=DeliveryState.DELIVERED,
        created_at=made_at(receipt.delivery_id),
        ended_at=receipt.settled_at,
        attempts=receipt.attempts,
        history=receipt.history,
        status=receipt.status,
        milliseconds=receipt.milliseconds,
    )


def _of_dead(letter: DeadLetter) -> DeliveryEnd:
    return DeliveryEnd(
        delivery_id=letter.delivery_id,
        event_id=letter.event_id,
        route_id=letter.route_id,
        state=_OF_DEAD[letter.status],
        created_at=made_at(letter.delivery_id),
        ended_at=letter.replayed_at or letter.created_at,
        attempts=letter.attempts,
        history=letter.history,
        error=letter.error_message,
        dead_letter_id=letter.id,
    )


def say_end(end: DeliveryEnd) -> str:
    """Put it into a few words, such as `delivered at attempt 3, after 14.2 s`."""
    attempts = f"{end.attempts} attempt{'' if end.attempts == 1 else 's'}"
    match end.state:
        case DeliveryState.PENDING:
            if not end.attempts and not end.history:
                return "waits for its first attempt"
            return f"waits for its next attempt after {attempts}: {end.error}"
        case DeliveryState.DELIVERED:
            seconds = ((end.ended_at or end.created_at) - end.created_at).total_seconds()
            return f"delivered at attempt {end.attempts}, after {max(seconds, 0):.3g} s"
        case DeliveryState.FAILED:
            return f"given up after {attempts}: {end.error}"
        case DeliveryState.REPLAYED:
            return f"given up after {attempts} in all, and replayed"
        case DeliveryState.DISCARDED:
            return f"given up after {attempts}, and discarded: {end.error}"
