"""Receipts: what became of deliveries that succeeded."""

from __future__ import annotations

from collections.abc import Sequence
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
