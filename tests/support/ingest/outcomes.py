"""What became of messages, put into the tables as the stages put it, without them."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import msgspec

from pulse_router.domain.deliveries import AttemptRecord
from pulse_router.domain.messages import Rejection
from pulse_router.postgres.database import Database
from pulse_router.stores.roles import Role

STEP = 1 << 10

_PENDING = """
INSERT INTO route_deliveries
  (id, tenant_id, route_id, device_id, topic, payload, event_id, event_time, attempts, last_error,
   history, created_at)
VALUES ($1, $2, $3, 'DEV-001', $4, $5, $6, $7, $8, $9, $10, $7)
"""
_DEAD = """
INSERT INTO dead_letter_messages
  (delivery_id, tenant_id, route_id, device_id, event_id, event_time, original_topic, payload,
   destination_type, destination_config, error_message, attempts, history, created_at)
VALUES ($1, $2, $3, 'DEV-001', $6, $7, $4, $5, 'webhook', '{"url": "http://x/"}', $9, $8, $10, $7)
RETURNING id
"""


async def add_pending(database: Database, event_id: int, **changes: Any) -> int:
    """Add a pending delivery of a message, with the id behind the message's; give its id."""
    await _add(database, _PENDING, event_id, **changes)
    return event_id + int(changes.get("place", 1)) * STEP


async def add_dead_letter(database: Database, event_id: int, **changes: Any) -> int:
    """The same with a dead letter; give its id."""
    return int(await _add(database, _DEAD, event_id, **changes))


async def _add(
    database: Database,
    sql: str,
    event_id: int,
    *,
    at: datetime,
    route_id: int = 1,
    tenant_id: str = "TENANT1",
    place: int = 1,
    payload: str = '{"metrics": {"t": 1.5}}',
    topic: str = "tenant/TENANT1/device/DEV-001/telemetry",
    error: str | None = "HTTP 503",
    history: list[AttemptRecord] | None = None,
) -> Any:
    told = msgspec.json.encode(history).decode() if history else None
    attempts = len(history or [])
    async with database.transaction(Role.OPERATOR) as transaction:
        return await transaction.fetch_value(
            sql,
            event_id + place * STEP,
            tenant_id,
            route_id,
            topic,
            payload,
            event_id,
            at,
            attempts,
            error,
            told,
        )


async def add_rejection(database: Database, rejection: Rejection) -> int:
    """Refuse a message; give the refusal's id."""
    async with database.transaction(Role.OPERATOR) as transaction:
        names = ", ".join(Rejection._fields)
        return int(
            await transaction.fetch_value(
                f"INSERT INTO rejected_messages ({names}) VALUES ($1, $2, $3, $4, $5, $6, $7)"
                " RETURNING id",
                *rejection,
            )
        )
