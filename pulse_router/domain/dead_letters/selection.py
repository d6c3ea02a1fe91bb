"""Which dead letters are meant, and how many they are: filters and summaries."""

from __future__ import annotations

import enum
from collections.abc import Mapping, Sequence
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


@attrs.frozen
class ErrorCount:
    """How many of a route's dead letters came of one error; `error` may be cut.

    `buckets` is how many of them came when.
    """

    error: str
    count: int
    newest_at: datetime
    buckets: Sequence[int] = ()


@attrs.frozen
class RouteSummary:
    """A route's dead letters: how many of each status, and what most of the failed ones came of.

    `buckets` is how many of the failed ones came when.
    """

    route_id: int
    counts: Mapping[DeadLetterStatus, int]
    newest_at: datetime
    errors: Sequence[ErrorCount]
    buckets: Sequence[int] = ()


@attrs.frozen
class Buckets:
    """The time that counts are told by: so many pieces of the same length, from a moment on."""

    start: datetime
    seconds: float
    number: int


@attrs.frozen
class DeadLetterSummary:
    """A page of dead letters by route, those with the most failed ones first.

    `total` counts the routes. When it is not `is_exact`, only the newest dead letters are counted.
    `buckets` is None where none are wanted, or there is nothing to be counted.
    """

    routes: Sequence[RouteSummary]
    total: int
    is_exact: bool
    buckets: Buckets | None = None
