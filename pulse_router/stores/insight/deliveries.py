"""What became of a message's deliveries; satisfies the API's `DeliveryFinder`.

Neither queue nor dead letters have an index of events, for ingest would pay for it. The ids lead
there: a message's deliveries get the next ids behind those of the messages decoded with it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final, TypeVar

from pulse_router.domain.deliveries import DeadLetter, PendingDelivery
from pulse_router.domain.event_ids import MAX_GIVEN, NODE_BITS
from pulse_router.domain.receipts import Receipt
from pulse_router.postgres.database import Database
from pulse_router.postgres.transaction import Record
from pulse_router.stores.dead_letters.dead_letters import read_dead_letter
from pulse_router.stores.deliveries.pending import read_pending
from pulse_router.stores.lists import BY_ROWS
from pulse_router.stores.reading import read_each
from pulse_router.stores.receipts.receipts import read_receipt
from pulse_router.stores.roles import Role

T = TypeVar("T")

IDS_AT_MOST: Final = 1 << 18
"""How many ids lie at the most between a message's and the last of its deliveries: as many as 256
messages and a thousand matches of each take."""

_NEAR: Final = f"least(asked.event_id, {MAX_GIVEN}) + {IDS_AT_MOST << NODE_BITS}"
_PENDING: Final = f"""
    SELECT found.* FROM unnest($2::bigint[]) AS asked (event_id), LATERAL (
      SELECT * FROM route_deliveries AS d
      WHERE d.id > asked.event_id AND d.id <= {_NEAR}
        AND d.tenant_id = $1 AND d.event_id = asked.event_id
    ) AS found ORDER BY id
    """  # noqa: S608 - fixed text
_DEAD: Final = f"""
    SELECT found.*, octet_length(payload::text) AS payload_bytes
    FROM unnest($2::bigint[]) AS asked (event_id), LATERAL (
      SELECT * FROM dead_letter_messages AS d
      WHERE d.delivery_id > asked.event_id AND d.delivery_id <= {_NEAR}
        AND d.tenant_id = $1 AND d.event_id = asked.event_id
    ) AS found ORDER BY delivery_id
    """  # noqa: S608 - fixed text
_DELIVERED: Final = """
    SELECT found.* FROM unnest($1::bigint[]) AS asked (event_id),
      LATERAL receipts_find(asked.event_id, NULL) AS found
    """
_DEAD_BY_ID: Final = """
    SELECT *, octet_length(payload::text) AS payload_bytes FROM dead_letter_messages
    WHERE tenant_id = $1 AND delivery_id = $2
    """


class PostgresDeliveryFinder:
    """The deliveries of messages.

    Args:
        database: Where they are kept.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    async def find_pending(
        self, tenant_id: str, event_ids: Sequence[int]
    ) -> Sequence[PendingDelivery]:
        """See the port."""
        return await self._find(tenant_id, _PENDING, event_ids, _read_pending)

    async def find_dead(self, tenant_id: str, event_ids: Sequence[int]) -> Sequence[DeadLetter]:
        """See the port."""
        return await self._find(tenant_id, _DEAD, event_ids, read_dead_letter)

    async def find_delivered(self, tenant_id: str, event_ids: Sequence[int]) -> Sequence[Receipt]:
        """See the port."""
        rows = await self._database.query(
            Role.APP, _DELIVERED, event_ids, tenant_id=tenant_id, read_only=True
        )
        return read_each(self._database, rows, read_receipt)

    async def load_dead(self, tenant_id: str, delivery_id: int) -> DeadLetter | None:
        """See the port."""
        rows = await self._find(tenant_id, _DEAD_BY_ID, delivery_id, read_dead_letter)
        return rows[0] if rows else None

    async def _find(
        self, tenant_id: str, sql: str, asked: object, make: Callable[[Record], T]
    ) -> Sequence[T]:
        rows = await self._database.query(
            Role.APP, sql, tenant_id, asked, tenant_id=tenant_id, read_only=True, local=BY_ROWS
        )
        return read_each(self._database, rows, make)


def _read_pending(row: Record) -> PendingDelivery:
    return read_pending(row, payload=row["payload"])
