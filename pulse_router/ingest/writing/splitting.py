"""Takes decoded batches apart, so that one tenant's messages can be stored apart from others'.

It knows nothing of whose turn it is.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping
from operator import attrgetter
from typing import Any, Final

from pulse_router.domain.messages import NewDelivery
from pulse_router.ingest.batch import DecodedBatch

_OF_MESSAGES: Final = (
    "messages",
    "deliveries",
    "written",
    "over_limit",
    "last_numbers",
    "gaps",
)
"""What of a batch belongs to one of its messages: each has its tenant's and its event's id."""
_event_id = attrgetter("event_id")


def rows_by_tenant(batch: DecodedBatch) -> Mapping[str, int]:
    """Count the messages of a batch and their deliveries, by tenant."""
    tenants = {message.tenant_id for message in batch.messages}
    if len(tenants) == 1:  # mostly, and a delivery is of its message's tenant
        return dict.fromkeys(tenants, len(batch.messages) + len(batch.deliveries))
    rows = Counter([message.tenant_id for message in batch.messages])
    rows.update([delivery.tenant_id for delivery in batch.deliveries])
    return rows


def separate(
    batch: DecodedBatch, tenants: Collection[str]
) -> tuple[DecodedBatch, Mapping[str, DecodedBatch]]:
    """Take the accepted messages of some tenants out of a batch, in their order.

    Args:
        batch: Emptied by it.
        tenants: Whose.

    Returns:
        All else, with what is noted of all messages; and those, by tenant, with what they brought.
    """
    taken: dict[str, DecodedBatch] = {}
    for message in batch.messages:
        tenant_id = message.tenant_id
        if tenant_id in tenants and tenant_id not in taken:
            taken[tenant_id] = DecodedBatch(batch.arrival, dropped=0)
    if not taken:
        return batch, {}
    for name in _OF_MESSAGES:
        kept: list[Any] = []
        lists = {tenant_id: getattr(part, name) for tenant_id, part in taken.items()}
        for each in getattr(batch, name):
            lists.get(each.tenant_id, kept).append(each)
        setattr(batch, name, kept)
    for part in taken.values():
        _count(part)
        batch.received -= part.received
        batch.matched -= part.matched
        part.traces = _traces_of(batch, part)
    return batch, taken


def cut(part: DecodedBatch, rows: int) -> DecodedBatch:
    """Take the first messages off what `separate` gave, and what they brought.

    Args:
        part: Loses them.
        rows: How many rows at the most, if that is one message or more.
    """
    last = _last_within(part, rows)
    head = DecodedBatch(part.arrival, dropped=0)
    for name in _OF_MESSAGES:
        every = getattr(part, name)
        at = _first_after(every, last)
        setattr(head, name, every[:at])
        setattr(part, name, every[at:])
    _count(head)
    _count(part)
    head.traces = _traces_of(part, head)
    return head


def _last_within(part: DecodedBatch, rows: int) -> int:
    """Find the last message that has room among the first rows; the first one has."""
    counts: dict[int, int] = {}
    deliveries: list[NewDelivery] = part.deliveries
    for delivery in deliveries[: rows + 1]:
        counts[delivery.event_id] = counts.get(delivery.event_id, 0) + 1
    last = part.messages[0].event_id
    rows -= 1 + counts.get(last, 0)
    for message in part.messages[1:]:
        rows -= 1 + counts.get(message.event_id, 0)
        if rows < 0:
            break
        last = message.event_id
    return last


def _first_after(every: list[Any], event_id: int) -> int:
    """Find where what belongs to later messages begins."""
    for at, each in enumerate(every):
        if each.event_id > event_id:
            return at
    return len(every)


def _count(part: DecodedBatch) -> None:
    part.received = len(part.messages)
    part.matched = len(part.deliveries) + len(part.written)


def _traces_of(batch: DecodedBatch, part: DecodedBatch) -> dict[int, str]:
    if not batch.traces:
        return {}
    ids = map(_event_id, part.messages)
    return {event_id: batch.traces[event_id] for event_id in ids if event_id in batch.traces}
