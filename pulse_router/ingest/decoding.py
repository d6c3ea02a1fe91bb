"""An arrival that is being decoded: what all of its messages have in common."""

from __future__ import annotations

from datetime import datetime

import attrs

from pulse_router.domain.messages import DeviceKey, TelemetryEvent
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
    """

    batch: DecodedBatch
    senders: Senders
    received_at: datetime
    latest: datetime
    now: float
    last_seen: dict[DeviceKey, datetime]
    events: list[TelemetryEvent] = attrs.field(factory=list)
