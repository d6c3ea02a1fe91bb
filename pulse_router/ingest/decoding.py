"""An arrival that is being decoded: what all of its messages have in common."""

from __future__ import annotations

from collections.abc import Coroutine
from datetime import datetime

import attrs

from pulse_router.domain.messages import DeviceKey, Message, TelemetryEvent
from pulse_router.ingest.batch import DecodedBatch
from pulse_router.ingest.senders import Senders


@attrs.define
class Decoding:
    """An arrival that is being decoded.

    Attributes:
        batch: What it becomes.
        senders: Who sent its messages.
        received_at: When it was read.
        latest: The latest time that is known to have come: no message may be far after it.
        now: Seconds on a clock that never goes back.
        last_seen: Where it is noted which devices were heard of.
        events: What is to be shown live, and is not yet.
        shown: How many of its messages those who resume can have.
    """

    batch: DecodedBatch
    senders: Senders
    received_at: datetime
    latest: datetime
    now: float
    last_seen: dict[DeviceKey, datetime]
    events: list[TelemetryEvent] = attrs.field(factory=list)
    shown: int = 0

    def take_part(self) -> DecodedBatch:
        """Give what has become of its first messages; what follows is acknowledged with the rest.

        What is to be shown of them must have been.
        """
        part = self.batch
        self.batch, self.shown = DecodedBatch(part.arrival, dropped=0), 0
        self.batch.received = part.received
        part.received = part.accounted_for
        self.batch.received -= part.received
        part.more_follows = True
        return part

    def add(self, message: Message, key: DeviceKey, event: TelemetryEvent | None) -> None:
        """Add a message whose matches are added; this cannot fail.

        Args:
            message: The message.
            key: Its device.
            event: What is to be shown of it.
        """
        self.batch.messages.append(message)
        self.last_seen[key] = self.received_at
        if event is not None:
            self.events.append(event)

    async def add_after(
        self,
        unfinished: Coroutine[None, None, None],
        message: Message,
        key: DeviceKey,
        event: TelemetryEvent | None,
    ) -> None:
        """Add a message when its matches are: that may be waited for, and may fail."""
        await unfinished
        self.add(message, key, event)
