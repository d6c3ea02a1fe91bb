"""Which dead letters are meant: what lists, summaries and jobs are narrowed by."""

from __future__ import annotations

import enum
from collections.abc import Sequence
from datetime import datetime

import attrs

from pulse_router.domain.deliveries import DeadLetterStatus


class Cause(enum.StrEnum):
    """What the last attempt of a dead letter came to, by the class of its answer."""

    REDIRECT = "redirect"
    CLIENT_ERROR = "client_error"
    SERVER_ERROR = "server_error"
    NO_ANSWER = "no_answer"


@attrs.frozen(kw_only=True)
class DeadLetterFilter:
    """Which dead letters are meant; what is None or empty does not narrow them.

    Attributes:
        statuses: Of one of these.
        route_ids: Of one of these routes.
        error: With this text in their error, whatever its case.
        cause: Whose last attempt came to this.
        device_id: Of this device.
        destination_type: Which were to go to a destination of this type.
        start: Which came to be at this time or later.
        end: Which came to be before this time.
        before: With a lower id.
    """

    statuses: Sequence[DeadLetterStatus] = ()
    route_ids: Sequence[int] = ()
    error: str | None = None
    cause: Cause | None = None
    device_id: str | None = None
    destination_type: str | None = None
    start: datetime | None = None
    end: datetime | None = None
    before: int | None = None


ALL: DeadLetterFilter = DeadLetterFilter()
