"""Stored messages of all types, across devices; satisfies the API's `MessageStore`.

It runs as `pulse_app`, which may not touch the table itself: the functions see to the tenant.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from pulse_router.domain.insight.messages import MessageFilter
from pulse_router.domain.telemetry import StoredMessage
from pulse_router.postgres.database import Database
from pulse_router.postgres.transaction import Record
from pulse_router.runtime.pages import Cursor, Found, Wanted
from pulse_router.stores.lists import COUNTED_AT_MOST, PAGE_BYTES
from pulse_router.stores.reading import find_of_tenant, read_each, read_one
from pulse_router.stores.roles import Role

LOOKED_AT_MOST: Final = 20_000
"""How many messages a page looks through for those that are wanted."""

_WEIGHT: Final = """
octet_length(coalesce(metrics::text, '')) + octet_length(coalesce(extra::text, ''))
"""
_PAGE: Final = f"""
    WITH page AS (
      SELECT *, {_WEIGHT} AS payload_bytes
      FROM telemetry_messages($1, $2, $3, $4, $5, $6, $7, $8) WITH ORDINALITY
      WHERE ordinality > $9 OR event_id IS NULL
    ), weighed AS (
      SELECT *, coalesce(sum(payload_bytes + 300)
               OVER (ORDER BY ordinality ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING), 0)
               < {PAGE_BYTES} AS fits
      FROM page
    )
    SELECT event_id, time, received_at, device_id, site_id, msg_type, fits, floor, payload_bytes,
           CASE WHEN fits AND $10 THEN metrics END AS metrics,
           CASE WHEN fits AND $10 THEN extra END AS extra
    FROM weighed ORDER BY ordinality
    """  # noqa: S608 - fixed text
_COUNT: Final = "SELECT * FROM telemetry_messages_count($1, $2, $3, $4, $5, $6, $7)"
_ONE: Final = f"""
    SELECT *, {_WEIGHT} AS payload_bytes, $1::text AS tenant_id FROM telemetry_message($2)
    """  # noqa: S608 - fixed text


class PostgresMessageStore:
    """The messages.

    Args:
        database: Where they are kept.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    async def list_messages(
        self, tenant_id: str, chosen: MessageFilter, wanted: Wanted
    ) -> Found[StoredMessage]:
        """See the port."""
        asked = (chosen.device_id, chosen.site_id, chosen.msg_type, chosen.metric)
        below = chosen.below
        if wanted.after is not None and isinstance(wanted.after[0], int):
            below = min(below, wanted.after[0])
        async with self._database.transaction(
            Role.APP, tenant_id=tenant_id, read_only=True
        ) as transaction:
            rows = await transaction.fetch(
                _PAGE,
                chosen.above,
                below,
                *asked,
                wanted.offset + wanted.limit + 1,  # the one more tells whether there is a next page
                LOOKED_AT_MOST,
                wanted.offset,
                wanted.payloads,
            )
            [counted] = await transaction.fetch(
                _COUNT, chosen.above, chosen.below, *asked, COUNTED_AT_MOST
            )
        fetched = [row for row in rows if row["event_id"] is not None]
        page = fetched[: wanted.limit]
        if wanted.after is not None:
            page = [row for row in page if row["fits"]]
        return Found(
            read_each(self._database, page, _read_message),
            counted["total"],
            not counted["goes_on"],
            _next(rows, fetched, page),
        )

    async def load_message(self, tenant_id: str, event_id: int) -> StoredMessage | None:
        """See the port."""
        row = await find_of_tenant(self._database, tenant_id, _ONE, event_id)
        return None if row is None else read_one(self._database, row, _read_message)


def _next(
    rows: Sequence[Record], fetched: Sequence[Record], page: Sequence[Record]
) -> Cursor | None:
    """Say where the next page begins: behind this one, or where it was given up to look."""
    if len(page) < len(fetched):
        return (page[-1]["event_id"],)
    floor = rows[0]["floor"] if rows else None
    return None if floor is None else (floor + 1,)


def _read_message(row: Record) -> StoredMessage:
    return StoredMessage(
        event_id=row["event_id"],
        time=row["time"],
        received_at=row["received_at"],
        device_id=row["device_id"],
        site_id=row["site_id"],
        msg_type=row["msg_type"],
        metrics=row["metrics"],
        extra=row["extra"],
        payload_bytes=row["payload_bytes"],
    )
