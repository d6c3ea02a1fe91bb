"""A decoded batch: what an arrival became, or a part of it, on its way to the writer."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import attrs

from pulse_router.domain.messages import (
    IngestCommit,
    IngestCounts,
    Message,
    NewDelivery,
    OverLimit,
    Rejection,
    Written,
)
from pulse_router.domain.sequences import LastNumber, NewGap
from pulse_router.ingest.arrivals import Arrival


@attrs.define
class DecodedBatch:
    """The messages, rejections and deliveries of one arrival, which is acknowledged with them.

    `matched` counts the matches as they are found: the books compare it with what is written and
    queued. `duplicates`, and `capped`, the rejections that are counted, not stored, go by tenant.
    `over_limit` counts the matches beyond what a tenant's message may have, which nobody gets.
    `noted` says which message each packet id is of, by event id. `traces` are those of messages
    that have one, by event id; `last_numbers` and `gaps` are of what devices count. What belongs to
    a message stands in the order of the messages. `followers` came while it waited for the writer,
    and are written with it. `more_follows` says that this is only a part of its arrival, which is
    acknowledged with a later one.
    """

    arrival: Arrival
    received: int = 0
    dropped: int = attrs.field()
    matched: int = 0
    duplicates: Counter[str | None] = attrs.field(factory=Counter)
    capped: Counter[str | None] = attrs.field(factory=Counter)
    written: list[Written] = attrs.field(factory=list)
    messages: list[Message] = attrs.field(factory=list)
    rejections: list[Rejection] = attrs.field(factory=list)
    deliveries: list[NewDelivery] = attrs.field(factory=list)
    packet_ids: list[int] = attrs.field(factory=list)
    digests: list[int] = attrs.field(factory=list)
    noted: list[int] = attrs.field(factory=list)
    over_limit: list[OverLimit] = attrs.field(factory=list)
    traces: dict[int, str] = attrs.field(factory=dict)
    last_numbers: list[LastNumber] = attrs.field(factory=list)
    gaps: list[NewGap] = attrs.field(factory=list)
    followers: list[DecodedBatch] = attrs.field(factory=list)
    more_follows: bool = False

    @dropped.default
    def _dropped_before(self) -> int:
        return self.arrival.dropped

    @property
    def rows(self) -> int:
        """How many rows are to be stored of it, without its followers."""
        return len(self.messages) + len(self.deliveries) + len(self.rejections)

    @property
    def accounted_for(self) -> int:
        """Of how many messages it is said in here what they became."""
        rejected = len(self.rejections) + self.capped.total()
        return len(self.messages) + rejected + self.duplicates.total()


def join(batches: Sequence[DecodedBatch], *, sequence: int, last_id: int) -> IngestCommit:
    """Join decoded batches, in their order, into what one transaction stores.

    Args:
        batches: At least one.
        sequence: The number of the commit.
        last_id: The highest event or delivery id given so far.
    """
    messages = [message for batch in batches for message in batch.messages]
    rejections = [rejection for batch in batches for rejection in batch.rejections]
    written = [pair for batch in batches for pair in batch.written]
    duplicates = sum((batch.duplicates for batch in batches), Counter[str | None]())
    capped = sum((batch.capped for batch in batches), Counter[str | None]())
    over_limit = Counter[str]()
    for tenant_id, _, matches in (over for batch in batches for over in batch.over_limit):
        over_limit[tenant_id] += matches
    last_numbers = {heard[:3]: heard for batch in batches for heard in batch.last_numbers}
    dropped = sum(batch.dropped for batch in batches)
    return IngestCommit(
        sequence=sequence,
        last_id=last_id,
        messages=messages,
        rejections=rejections,
        deliveries=[delivery for batch in batches for delivery in batch.deliveries],
        packet_ids=[packet_id for batch in batches for packet_id in batch.packet_ids],
        digests=[digest for batch in batches for digest in batch.digests],
        counts=IngestCounts(
            received=sum(batch.received for batch in batches) + dropped,
            stored=len(messages),
            rejected=len(rejections) + capped.total(),
            duplicate=duplicates.total(),
            dropped=dropped,
            matched=sum(batch.matched for batch in batches),
            written=len(written),
        ),
        written=written,
        duplicates=duplicates,
        capped=capped,
        over_limit=over_limit,
        last_numbers=list(last_numbers.values()),
        gaps=[gap for batch in batches for gap in batch.gaps],
    )
