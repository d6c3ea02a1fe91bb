"""Telemetry put into the table as ingest puts it, without ingest."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from typing import Any

from pulse_router.domain.messages import Message
from pulse_router.postgres.database import Database
from pulse_router.stores.roles import Role

NOON = timedelta(hours=12)


def at_noon(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, 12, tzinfo=UTC)


def message(event_id: int, received_at: datetime, **changes: Any) -> Message:
    """A message whose device's clock is right, unless `time` says otherwise."""
    good = Message(
        event_id=event_id,
        time=received_at,
        received_at=received_at,
        tenant_id="TENANT1",
        device_id="DEV-001",
        site_id="SITE-1",
        msg_type="telemetry",
        metrics='{"t":1.5}',
        extra=None,
    )
    return good._replace(**changes)


async def store(database: Database, messages: Iterable[Message]) -> None:
    async with database.transaction(Role.INGEST) as transaction:
        await transaction.copy("telemetry", Message._fields, list(messages))


async def rows_by_partition(database: Database) -> dict[str, int]:
    """How many rows lie in which partition; those that are empty are absent."""
    async with database.transaction(Role.OPERATOR, read_only=True) as transaction:
        rows = await transaction.fetch(
            "SELECT tableoid::regclass::text AS name, count(*) AS rows FROM telemetry GROUP BY 1"
        )
    return {row["name"]: row["rows"] for row in rows}


async def partition_days(database: Database) -> list[date]:
    """The days that have a partition, in order."""
    async with database.transaction(Role.OPERATOR, read_only=True) as transaction:
        rows = await transaction.fetch(
            "SELECT lower FROM telemetry_partitions() WHERE lower IS NOT NULL ORDER BY lower"
        )
    return [row["lower"].astimezone(UTC).date() for row in rows]
