"""Deliveries: one message on its way to one destination, and how each attempt ends."""

from __future__ import annotations

import enum
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import attrs

from pulse_router.domain.queue_marks import QueueMark

MAX_ERROR_LENGTH = 2000
HISTORY_LENGTH = 10
"""How many attempts of a delivery are remembered."""
ROW_BYTES = 1024
"""What a delivery takes of memory beside its payload."""
UNBOUNDED_BYTES = 2**62
TOO_MANY = 429
UNAVAILABLE = 503


@attrs.define(unsafe_hash=True)  # frozen, it would take five times as long to make
class Delivery:
    """One message that is due at one route's destination. It begins as `NewDelivery` does.

    `id` is the `webhook-id` at every attempt and replay. `payload` is JSON text without the
    provision token. `attempts` counts those that have ended, `pushbacks` those among them that the
    receiver pushed back, and `pushback_seconds` how long it wanted to be left alone.
    """

    id: int
    tenant_id: str
    route_id: int
    device_id: str
    topic: str
    payload: str
    event_id: int
    event_time: datetime
    trace: str | None = None
    attempts: int = 0
    pushbacks: int = 0
    pushback_seconds: float = 0.0

    @property
    def spent(self) -> int:
        """How many attempts are spent: what was pushed back is not."""
        return self.attempts - self.pushbacks

    @property
    def message_id(self) -> str:
        """What names it to its receiver; tests have negative ids, which no other has."""
        return str(self.id) if self.id >= 0 else f"test_{-self.id}"


class Verdict(enum.Enum):
    """What an attempt's end means for its delivery."""

    DELIVERED = "delivered"
    RETRY = "retry"
    DEAD = "dead"


@attrs.define(unsafe_hash=True)  # as `Delivery`
class Outcome:
    """How one attempt ended.

    `error` is one sentence without secrets or query strings; `retry_after_seconds` is what the
    destination asked for; `disable_route` is set when it said that it is gone for good, and
    `is_too_large` when less at once may be taken. `response` is the beginning of what it said,
    without secrets.
    """

    verdict: Verdict
    error: str = ""
    status: int | None = None
    duration_seconds: float = 0.0
    retry_after_seconds: float | None = None
    disable_route: bool = False
    is_too_large: bool = False
    response: str = ""

    @property
    def is_pushed_back(self) -> bool:
        """Whether the receiver says that it is too much, and not that anything is wrong."""
        if self.verdict is not Verdict.RETRY:
            return False
        return self.status == TOO_MANY or (
            self.status == UNAVAILABLE and self.retry_after_seconds is not None
        )


@attrs.frozen
class ShownRequest:
    """What an attempt would send, as people may see it: secrets are masked.

    `target` is a URL or a topic. `qos` and `retain` are those of a message to a topic.
    """

    method: str
    target: str
    headers: Mapping[str, str] = attrs.field(repr=False)
    body: str = attrs.field(repr=False)
    qos: int | None = None
    retain: bool | None = None


@attrs.frozen
class NotAttempted:
    """Why an attempt that somebody asked for was not made, or not to its end.

    `is_refused` tells that nothing is sent there, for the endpoint fails again and again.
    """

    reason: str
    is_refused: bool = False


@attrs.frozen
class DueDeliveries:
    """A window of what a route has due.

    `next_due_after_seconds` says when the first of the others is due: None when no others are
    pending, 0 when more is due already. `mark` is where the next look begins once these are in
    hand; None where the next one must begin where this one did.
    """

    deliveries: Sequence[Delivery]
    next_due_after_seconds: float | None
    mark: QueueMark | None = None


@attrs.frozen
class AttemptRecord:
    """What is remembered of a failed attempt; texts are fit to be stored.

    One that was pushed back takes the place of the one before it that was, and `pushbacks` counts
    how often it has happened to the delivery; 0 for any other.
    """

    at: datetime
    status: int | None
    duration_seconds: float
    error: str
    response: str
    pushbacks: int = 0


@attrs.frozen
class Reschedule:
    """A failed attempt whose delivery is tried again.

    `attempts`, `pushbacks` and `pushback_seconds` are those of the delivery from now on.
    """

    delivery_id: int
    attempts: int
    retry_after_seconds: float
    error: str
    record: AttemptRecord | None = None
    pushbacks: int = 0
    pushback_seconds: float = 0.0
    is_pushed_back: bool = False


@attrs.frozen
class Burial:
    """A delivery that is given up, after so many attempts were spent.

    `destination_config` holds no secrets.
    """

    delivery: Delivery
    attempts: int
    destination_type: str
    destination_config: Mapping[str, Any]
    error: str
    record: AttemptRecord | None = None


@attrs.frozen
class Settlement:
    """What one transaction of the settler writes.

    `statuses` and `milliseconds` tell how what is `delivered` was answered; `alike` names the route
    that all of it is of, where it was all answered by the same status. `disabled_routes` are
    those whose destination is gone for good. `epochs` are those that the attempts were begun under.
    """

    delivered: Sequence[int] = ()
    rescheduled: Sequence[Reschedule] = ()
    buried: Sequence[Burial] = ()
    disabled_routes: Sequence[int] = ()
    epochs: Mapping[int, int] = attrs.field(factory=dict)
    statuses: Sequence[int | None] = ()
    milliseconds: Sequence[int] = ()
    alike: int | None = None


@attrs.frozen
class PendingDelivery:
    """A delivery that waits, as people look at it.

    `payload` is JSON text, or None where it was not asked for. `attempts` counts those that are
    spent, `pushbacks` those that the receiver pushed back.
    """

    id: int
    tenant_id: str
    route_id: int
    device_id: str
    topic: str
    payload: str | None
    event_id: int
    attempts: int
    next_attempt_at: datetime
    last_error: str | None
    created_at: datetime
    history: Sequence[AttemptRecord] = ()
    pushbacks: int = 0


@attrs.frozen
class PendingPage:
    """A page of what is pending.

    `total` counts all of them; when it is not `is_exact`, there are more.
    """

    deliveries: Sequence[PendingDelivery]
    total: int
    is_exact: bool


class DeadLetterStatus(enum.StrEnum):
    """Where a dead letter stands."""

    FAILED = "FAILED"
    REPLAYED = "REPLAYED"
    DISCARDED = "DISCARDED"


class ClaimRefused(enum.Enum):
    """Why a dead letter could not be claimed for a replay."""

    NOT_FOUND = "not found"
    NOT_FAILED = "not failed"
    BUSY = "already being replayed"


@attrs.frozen
class DeadLetter:
    """A delivery that was given up, kept until a person replays, discards or purges it.

    On a page of many its payload may be left out; `payload_bytes` says there how long it is.
    """

    id: int
    delivery_id: int
    tenant_id: str
    route_id: int
    device_id: str
    event_id: int
    event_time: datetime
    original_topic: str
    payload: str | None
    destination_type: str
    destination_config: Mapping[str, Any]
    error_message: str
    attempts: int
    status: DeadLetterStatus
    created_at: datetime
    replayed_at: datetime | None
    history: Sequence[AttemptRecord] = ()
    payload_bytes: int = 0
    trace: str | None = None
