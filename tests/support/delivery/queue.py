"""The durable queue of a real PostgreSQL, filled and asked by tests."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from pulse_router.domain.deliveries import Delivery
from pulse_router.domain.messages import NewDelivery
from pulse_router.postgres.database import Database
from pulse_router.stores.roles import Role
from tests.support.delivery.matches import note_matched

COLUMNS = NewDelivery._fields


async def enqueue(database: Database, *deliveries: Delivery) -> None:
    """Commit deliveries as ingest does."""
    async with database.transaction(Role.INGEST) as transaction:
        await transaction.copy(
            "route_deliveries",
            COLUMNS,
            [tuple(getattr(delivery, name) for name in COLUMNS) for delivery in deliveries],
        )
        await transaction.execute(note_matched(len(deliveries)))


def ids(deliveries: Sequence[Delivery]) -> list[int]:
    return [delivery.id for delivery in deliveries]


async def ask(database: Database, sql: str, *args: object) -> list[dict[str, Any]]:
    async with database.transaction(Role.OPERATOR, read_only=True) as transaction:
        return [dict(row) for row in await transaction.fetch(sql, *args)]


async def pending_ids(database: Database) -> list[int]:
    return [row["id"] for row in await ask(database, "SELECT id FROM route_deliveries ORDER BY id")]


async def totals(database: Database) -> dict[str, int]:
    rows = await ask(
        database,
        "SELECT name, sum(value)::bigint AS value FROM (SELECT name, value FROM ledger_totals"
        " UNION ALL SELECT name, value FROM ledger_sums"
        " UNION ALL SELECT name, value FROM ledger_deltas) AS counts GROUP BY name",
    )
    return {row["name"]: row["value"] for row in rows}
