"""Days of telemetry in the table, and rounds of maintenance long after."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, date, timedelta

from pulse_router.postgres.database import Database
from pulse_router.stores.roles import Role
from pulse_router.stores.telemetry.maintenance import Retention
from tests.support.ingest.telemetry import at_noon, message, store

DAY = date(2020, 3, 31)
TEN_DAYS = Retention(
    telemetry_days=10, rejected_days=10, dead_letter_days=10, alert_days=10, audit_days=10
)


def before(day: date, days: int) -> date:
    return day - timedelta(days=days)


async def fill(database: Database, days: Iterable[date]) -> None:
    """Put a message into each day's partition."""
    async with database.transaction(Role.OPERATOR) as transaction:
        for day in days:
            await transaction.fetch_value("SELECT telemetry_make_partition($1)", day)
    await store(database, [message(day.toordinal(), at_noon(day)) for day in days])


async def note_days(database: Database, *days: date) -> date | None:
    """Let retention have run on these days; gives the day that ages are counted from."""
    counted_from: date | None = None
    async with database.transaction(Role.OPERATOR) as transaction:
        for day in days:
            counted_from = await transaction.fetch_value("SELECT retention_day($1)", day)
    return counted_from


async def live_until(database: Database, today: date) -> None:
    """Let retention have run for days, as it has in an installation in use."""
    await note_days(database, before(today, 2), before(today, 1))


async def stored_days(database: Database) -> list[date]:
    async with database.transaction(Role.OPERATOR, read_only=True) as transaction:
        rows = await transaction.fetch("SELECT received_at FROM telemetry ORDER BY received_at")
    return [row["received_at"].astimezone(UTC).date() for row in rows]


async def reject(database: Database, *days: date, count: int = 1) -> None:
    async with database.transaction(Role.INGEST) as transaction:
        await transaction.copy(
            "rejected_messages",
            ("received_at", "tenant_id", "device_id", "topic", "reason", "detail", "payload"),
            [
                (at_noon(day), "TENANT1", "DEV-001", "t", "BAD_JSON", "no", b"x")
                for day in days
                for _ in range(count)
            ],
        )


async def bury(database: Database, number: int, day: date, **columns: str | None) -> None:
    values = {"status": "FAILED", "tenant_id": "TENANT1", "claimed_until": None} | columns
    async with database.transaction(Role.OPERATOR) as transaction:
        await transaction.execute(
            """
            INSERT INTO dead_letter_messages
              (delivery_id, tenant_id, route_id, device_id, event_id, event_time, original_topic,
               payload, destination_type, destination_config, error_message, attempts, status,
               claimed_until, created_at)
            VALUES ($1, $2, 1, 'DEV-001', 1, now(), 't', '{}', 'webhook', '{}', 'no', 5, $3,
                    now() + $4::text::interval, $5)
            """,
            number,
            values["tenant_id"],
            values["status"],
            values["claimed_until"],
            at_noon(day),
        )
