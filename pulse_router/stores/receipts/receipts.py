"""Receipts as people look for them; satisfies the port `Receipts` and the API's `ReceiptStore`.

A tenant's calls run as `pulse_app`, by functions of the database that give it its own alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from pulse_router.domain.receipts import Receipt
from pulse_router.postgres.database import Database
from pulse_router.postgres.transaction import Record
from pulse_router.stores.deliveries.attempt_history import read_history
from pulse_router.stores.reading import read_each
from pulse_router.stores.roles import Role

_FIND: Final = "SELECT * FROM receipts_find($1, $2)"
_LEFT_OUT: Final = "SELECT receipts_left_out($1, $2)"


class PostgresReceipts:
    """The receipts.

    Args:
        database: Where they are kept.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    async def find(
        self, tenant_id: str, *, event_id: int | None = None, delivery_id: int | None = None
    ) -> Sequence[Receipt]:
        """See the port."""
        rows = await self._database.query(
            Role.APP, _FIND, event_id, delivery_id, tenant_id=tenant_id, read_only=True
        )
        return read_each(self._database, rows, _read)

    async def left_out(
        self, tenant_id: str, *, event_id: int | None = None, delivery_id: int | None = None
    ) -> int:
        """See the port."""
        [(count,)] = await self._database.query(
            Role.APP, _LEFT_OUT, event_id, delivery_id, tenant_id=tenant_id, read_only=True
        )
        return int(count)


def _read(row: Record) -> Receipt:
    return Receipt(
        delivery_id=row["delivery_id"],
        event_id=row["event_id"],
        route_id=row["route_id"],
        settled_at=row["settled_at"],
        attempts=row["attempts"],
        status=row["status"],
        milliseconds=row["milliseconds"],
        history=read_history(row["history"]),
    )
