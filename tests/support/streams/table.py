"""A table of events in memory, behind the same port as PostgreSQL's."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection, Mapping
from datetime import UTC, datetime

import attrs
import msgspec
import trio

from pulse_router.domain.live import EventPage, ResumePoint, as_event
from pulse_router.domain.messages import Message, MetricValue, TelemetryEvent

TIME = datetime(2026, 2, 16, tzinfo=UTC)


def make_message(
    event_id: int,
    device_id: str = "DEV-1",
    tenant_id: str = "T",
    msg_type: str = "telemetry",
    metrics: Mapping[str, MetricValue] | None = None,
) -> Message:
    text = msgspec.json.encode({"n": event_id} if metrics is None else metrics).decode()
    return Message(event_id, TIME, TIME, tenant_id, device_id, "S", msg_type, text, None)


@attrs.define
class MemoryEventStore:
    """Committed rows, by id.

    `meanwhile` is awaited by each question, before it looks and again before it answers.
    """

    rows: list[Message] = attrs.field(factory=list)
    meanwhile: Callable[[], Awaitable[None]] = trio.lowlevel.checkpoint
    questions: int = 0

    async def load_resume_point(
        self, tenant_id: str, *, after: int, up_to: int, at_most: int
    ) -> ResumePoint:
        ids = sorted(row.event_id for row in await self._streamed(tenant_id))
        missed = [event_id for event_id in ids if after < event_id <= up_to]
        if len(missed) > at_most:
            return ResumePoint(False, missed[-at_most])
        if any(event_id <= after for event_id in ids):
            return ResumePoint(True)
        return ResumePoint(False, missed[0] if missed else None)

    async def load_events(
        self,
        tenant_id: str,
        *,
        after: int,
        up_to: int,
        devices: Collection[str] | None,
        metric_names: Collection[str],
        limit: int,
    ) -> EventPage:
        streamed = await self._streamed(tenant_id)
        rows = [row for row in streamed if after < row.event_id <= up_to]
        page = sorted(rows)[:limit]
        events = [as_event(row) for row in page if devices is None or row.device_id in devices]
        wanted = [e for e in events if not metric_names or set(metric_names) & set(e.metrics)]
        return EventPage(wanted, page[-1].event_id if len(page) == limit else None)

    async def load_latest(self, tenant_id: str, device_id: str) -> TelemetryEvent | None:
        rows = [row for row in await self._streamed(tenant_id) if row.device_id == device_id]
        return as_event(max(rows)) if rows else None

    async def _streamed(self, tenant_id: str) -> list[Message]:
        self.questions += 1
        await self.meanwhile()
        rows = [r for r in self.rows if r.tenant_id == tenant_id and r.msg_type == "telemetry"]
        await self.meanwhile()
        return rows
