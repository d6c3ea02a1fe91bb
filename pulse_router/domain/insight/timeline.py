"""What a device has said, what was refused of it and what never came, in one order. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Final, TypeAlias

import attrs

from pulse_router.domain.sequences import DeviceGap
from pulse_router.domain.telemetry import RejectedMessage, StoredMessage

Entry: TypeAlias = StoredMessage | RejectedMessage | DeviceGap
_RANKS: Final[Sequence[type[Entry]]] = (DeviceGap, RejectedMessage, StoredMessage)
GAP, REFUSAL, MESSAGE = range(len(_RANKS))


@attrs.frozen(order=True)
class Moment:
    """A place in a timeline: by time; of one time gaps, refusals, messages; then by id.

    So a gap stands before the message behind it, by whose arrival it was found.
    """

    at: datetime
    rank: int
    id: int


def moment_of(entry: Entry) -> Moment:
    """Give the place of an entry: a message's by its device's time, others' by that of arrival."""
    match entry:
        case StoredMessage():
            return Moment(entry.time, MESSAGE, entry.event_id)
        case RejectedMessage():
            return Moment(entry.received_at, REFUSAL, entry.id)
        case DeviceGap():
            return Moment(entry.at, GAP, entry.id)


@attrs.frozen
class TimelinePage:
    """A page of a timeline, newest first; `next` is where the one behind it begins, if any does."""

    entries: Sequence[Entry]
    next: Moment | None


def merge(found: Sequence[Entry], limit: int) -> TimelinePage:
    """Put together what was found behind one place.

    Args:
        found: Of each kind the newest, one more than `limit` where there are as many.
        limit: How many a page has.
    """
    entries = sorted(found, key=moment_of, reverse=True)
    page = entries[:limit]
    return TimelinePage(page, moment_of(page[-1]) if len(entries) > limit else None)
