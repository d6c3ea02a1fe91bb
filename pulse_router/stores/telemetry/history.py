"""A device's history, read through functions of the database; satisfies the API's `HistoryStore`.

It runs as `pulse_app`, which may not touch the table itself: the functions see to the tenant.
"""

from __future__ import annotations

from datetime import datetime
from typing import Final

from pulse_router.domain.telemetry import (
    HistoryCursor,
    HistoryPage,
    HistoryQuery,
    StoredMessage,
)
from pulse_router.postgres.database import Database
from pulse_router.postgres.transaction import Record, Transaction
from pulse_router.runtime.times import EARLIEST
from pulse_router.stores.pages import Total
from pulse_router.stores.roles import Role

COUNTED_AT_MOST: Final = 10_000
"""Up to how many messages are counted: the exact number would cost a scan of them all."""

_HISTORY: Final = "SELECT * FROM telemetry_history($1, $2, $3, $4, $5, $6, $7)"


class PostgresHistoryStore:
    """The history.

    Args:
        database: Where it is kept.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    async def load_history(
        self, tenant_id: str, device_id: str, query: HistoryQuery
    ) -> HistoryPage | None:
        """See the port. What a removed device has sent is there until retention takes it."""
        async with self._database.transaction(
            Role.APP, tenant_id=tenant_id, read_only=True
        ) as transaction:
            if not await is_known(transaction, tenant_id, device_id):
                return None
            rows = await transaction.fetch(
                _HISTORY,
                device_id,
                _start(query),
                query.end,
                None if query.before is None else query.before.time,
                None if query.before is None else query.before.event_id,
                query.limit + 1,  # the one more tells whether there is a next page
                query.offset,
            )
            counted = await transaction.fetch_value(
                "SELECT telemetry_history_count($1, $2, $3, $4)",
                device_id,
                query.start,
                query.end,
                COUNTED_AT_MOST + 1,
            )
        total = Total.up_to(COUNTED_AT_MOST, counted)
        messages = [read_message(row, device_id) for row in rows[: query.limit]]
        has_more = len(rows) > query.limit
        return HistoryPage(
            messages=messages,
            total=total.count,
            total_is_exact=total.is_exact,
            next=HistoryCursor(messages[-1].time, messages[-1].event_id) if has_more else None,
        )


def _start(query: HistoryQuery) -> datetime | None:
    """Begin no page behind another one with what lies before all times that a cursor can name.

    Such rows, which somebody wrote by hand, would be on every page again.
    """
    return EARLIEST if query.start is None and query.before is not None else query.start


async def is_known(transaction: Transaction, tenant_id: str, device_id: str) -> bool:
    """Tell whether a tenant has a device, or anything that one of this id has sent."""
    registered = await transaction.fetch(
        "SELECT FROM devices WHERE tenant_id = $1 AND device_id = $2", tenant_id, device_id
    )
    if registered:
        return True
    return bool(await transaction.fetch(_HISTORY, device_id, None, None, None, None, 1, 0))


def read_message(row: Record, device_id: str) -> StoredMessage:
    """Make a message of a row of a device's history."""
    return StoredMessage(
        event_id=row["event_id"],
        time=row["time"],
        received_at=row["received_at"],
        device_id=device_id,
        site_id=row["site_id"],
        msg_type=row["msg_type"],
        metrics=row["metrics"],
        extra=row["extra"],
    )
