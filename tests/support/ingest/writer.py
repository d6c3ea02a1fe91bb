"""A writer under a virtual clock, with all that surrounds it in memory."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import attrs
import trio

from pulse_router.domain.event_ids import EventIds
from pulse_router.domain.messages import IngestCounts, Message, NewDelivery
from pulse_router.ingest.batch import DecodedBatch
from pulse_router.ingest.writer import Writer
from tests.support.ingest.fakes import (
    FakeArrival,
    FakeReceiver,
    FakeRecent,
    MemoryIngestStore,
    publication,
)

NOW = datetime(2026, 2, 16, tzinfo=UTC)


def message(event_id: int) -> Message:
    return Message(event_id, NOW, NOW, "TENANT1", "DEV-001", None, "telemetry", "{}", None)


def delivery(event_id: int, route_id: int) -> NewDelivery:
    topic = "tenant/TENANT1/device/DEV-001/telemetry"
    return NewDelivery(event_id, "TENANT1", route_id, "DEV-001", topic, "{}", event_id, NOW)


@attrs.define
class WriterWorld:
    store: MemoryIngestStore = attrs.field(factory=MemoryIngestStore)
    receiver: FakeReceiver = attrs.field(factory=FakeReceiver)
    reports: list[str | None] = attrs.field(factory=list)
    counts: list[IngestCounts] = attrs.field(factory=list)
    recent: FakeRecent = attrs.field(factory=FakeRecent)
    acknowledged: list[Any] = attrs.field(factory=list)
    last_sequence: int = 0
    next_event_id: int = 1

    def batch(self, size: int, *, routes: tuple[int, ...] = ()) -> DecodedBatch:
        event_ids = range(self.next_event_id, self.next_event_id + size)
        self.next_event_id += size
        return DecodedBatch(
            FakeArrival([publication()] * size, log=self.acknowledged),
            received=size,
            matched=size * len(routes),
            messages=[message(event_id) for event_id in event_ids],
            deliveries=[delivery(event_id, route) for event_id in event_ids for route in routes],
            packet_ids=list(event_ids),
            digests=list(event_ids),
            noted=list(event_ids),
        )

    async def write(self, *batches: DecodedBatch) -> None:
        send, receive = trio.open_memory_channel[DecodedBatch](len(batches))
        with send:
            for batch in batches:
                send.send_nowait(batch)
        await self.writer().run(receive)

    def writer(self) -> Writer:
        return Writer(
            store=self.store,
            receiver=self.receiver,
            ids=EventIds(last=77),
            last_sequence=self.last_sequence,
            report=self.reports.append,
            on_commit=self.counts.append,
            recent=self.recent,
        )
