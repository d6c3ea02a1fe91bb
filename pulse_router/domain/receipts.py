"""Receipts: what became of deliveries that succeeded."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

import attrs

from pulse_router.domain.deliveries import AttemptRecord


@attrs.frozen(kw_only=True)
class Receipt:
    """The end of a delivery that succeeded.

    Attributes:
        delivery_id: The delivery's id, which is its `webhook-id`.
        event_id: The message that it delivered.
        route_id: By which route.
        settled_at: When its end was written.
        attempts: How many attempts were spent, the one that succeeded included.
        status: What the destination answered; None where it gives no number.
        milliseconds: How long the attempt that succeeded took.
        history: The failed attempts before it, as far as they are remembered.
    """

    delivery_id: int
    event_id: int
    route_id: int
    settled_at: datetime
    attempts: int
    status: int | None
    milliseconds: float
    history: Sequence[AttemptRecord] = ()


@attrs.frozen(kw_only=True)
class ReceiptFilter:
    """Which receipts are asked for; None asks for nothing.

    Attributes:
        status: What the destination answered.
        start: Not settled before.
        end: Settled before.
    """

    status: int | None = None
    start: datetime | None = None
    end: datetime | None = None


@attrs.frozen
class ReceiptPage:
    """Receipts, the newest first, and where the next page begins; None on the last one.

    Those of a page do not tell their failed attempts.
    """

    receipts: Sequence[Receipt]
    next: tuple[datetime, int] | None


@attrs.frozen
class ReceiptMinute:
    """How many deliveries were made in a minute.

    Attributes:
        at: When it began.
        counts: How many, by what the destination answered; None where it gives no number.
        left_out: How many more of which no receipts were written, as the day had enough.
    """

    at: datetime
    counts: Mapping[int | None, int]
    left_out: int
