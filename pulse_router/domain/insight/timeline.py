"""What a device has said and what was refused of it, in one order. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import TypeAlias

import attrs

from pulse_router.domain.telemetry import RejectedMessage, StoredMessage


@attrs.frozen(order=True)
class Moment:
    """A place in a timeline: by time, refusals before messages of the same time, then by id."""

    at: datetime
    is_message: bool
    id: int


Entry: TypeAlias = StoredMessage | RejectedMessage


def moment_of(entry: Entry) -> Moment:
    """Give the place of an entry: a message's by its device's time, a refusal's by arrival."""
    if isinstance(entry, StoredMessage):
        return Moment(entry.time, True, entry.event_id)
    return Moment(entry.received_at, False, entry.id)


@attrs.frozen
class TimelinePage:
    """A page of a timeline, newest first; `next` is where the one behind it begins, if any does."""

    entries: Sequence[Entry]
    next: Moment | None


def merge(
    messages: Sequence[StoredMessage], refusals: Sequence[RejectedMessage], limit: int
) -> TimelinePage:
    """Put together what was found behind one place.

    Args:
        messages: The newest messages, one more than `limit` where there are as many.
        refusals: The same of what was refused.
        limit: How many a page has.
    """
    entries: list[Entry] = [*messages, *refusals]
    entries.sort(key=moment_of, reverse=True)
    page = entries[:limit]
    return TimelinePage(page, moment_of(page[-1]) if len(entries) > limit else None)
