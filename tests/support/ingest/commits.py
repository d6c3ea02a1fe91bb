"""Commits of messages, as the writer hands them to the store."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import attrs

from pulse_router.domain.messages import (
    IngestCommit,
    IngestCounts,
    Message,
    NewDelivery,
    Reason,
    Rejection,
)
from pulse_router.postgres.database import Database
from pulse_router.stores.roles import Role

NOW = datetime(2026, 2, 16, tzinfo=UTC)
TOPIC = "tenant/TENANT1/device/DEV-001/telemetry"


def message(event_id: int, **changes: Any) -> Message:
    good = Message(
        event_id, NOW, NOW, "TENANT1", "DEV-001", "SITE-1", "telemetry", '{"t":1.5}', None
    )
    return good._replace(**changes)


def commit_of(*messages: Message, sequence: int = 1, **changes: Any) -> IngestCommit:
    rejection = Rejection(NOW, None, None, "bad", Reason.BAD_TOPIC, "no", b"\x00\xff")
    deliveries = [
        NewDelivery(1000 + m.event_id, "TENANT1", 7, "DEV-001", TOPIC, '{"b":1}', m.event_id, NOW)
        for m in messages
    ]
    whole = IngestCommit(
        sequence=sequence,
        last_id=99,
        messages=messages,
        rejections=[rejection],
        deliveries=deliveries,
        packet_ids=[m.event_id for m in messages],
        digests=[-m.event_id for m in messages],
        counts=IngestCounts(
            received=len(messages) + 1,
            stored=len(messages),
            rejected=1,
            matched=len(messages),
        ),
    )
    return attrs.evolve(whole, **changes)


async def count(database: Database, table: str) -> int:
    async with database.transaction(Role.OPERATOR, read_only=True) as transaction:
        return int(await transaction.fetch_value(f"SELECT count(*) FROM {table}"))


async def counts(database: Database) -> list[int]:
    tables = ("telemetry", "rejected_messages", "route_deliveries", "ingest_batches")
    return [await count(database, table) for table in tables]
