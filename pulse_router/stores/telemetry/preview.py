"""Stored messages in the order of their arrival, page by page; satisfies the API's `MessageSource`.

It runs as `pulse_app`, which may not touch the table itself: the functions see to the tenant.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from pulse_router.domain.telemetry import MessageRange, StoredMessage
from pulse_router.postgres.database import Database
from pulse_router.postgres.transaction import Record
from pulse_router.stores.reading import read_each
from pulse_router.stores.roles import Role

PAGE_MESSAGES: Final = 500
PAGE_BYTES: Final = 1024 * 1024
"""What is read at once; the page that weighs more ends."""
PASSED_AT_ONCE: Final = 10_000
"""How many messages are passed over at once on the way to the first."""


class PostgresMessageSource:
    """The messages.

    Args:
        database: Where they are kept.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    async def find_range(
        self, tenant_id: str, *, after: int, up_to: int, most: int
    ) -> MessageRange | None:
        """See the port."""
        newest = await self._find(tenant_id, after, up_to, 1)
        if newest is None:
            return None
        left, before = most, newest + 1
        while left >= 0:  # one more than are wanted: it tells whether there are more
            passed = min(left + 1, PASSED_AT_ONCE)
            found = await self._find(tenant_id, after, before - 1, passed)
            if found is None:
                return MessageRange(after, newest, has_more=False)
            left, before = left - passed, found
        return MessageRange(before, newest, has_more=True)

    async def _find(self, tenant_id: str, after: int, up_to: int, most: int) -> int | None:
        """Give the id of the `most`-th newest, where there are so many."""
        [row] = await self._ask(
            tenant_id, "telemetry_preview_start($1, $2, $3) AS id", after, up_to, most
        )
        found: int | None = row["id"]
        return found

    async def load_page(self, tenant_id: str, *, after: int, up_to: int) -> Sequence[StoredMessage]:
        """See the port."""
        rows = await self._ask(
            tenant_id,
            "telemetry_preview($1, $2, $3, $4)",
            after,
            up_to,
            PAGE_MESSAGES,
            PAGE_BYTES,
        )
        return read_each(self._database, rows, _read)

    async def _ask(self, tenant_id: str, function: str, *args: object) -> Sequence[Record]:
        return await self._database.query(
            Role.APP,
            f"SELECT * FROM {function}",  # noqa: S608 - fixed text
            *args,
            tenant_id=tenant_id,
            read_only=True,
        )


def _read(row: Record) -> StoredMessage:
    return StoredMessage(
        event_id=row["event_id"],
        time=row["time"],
        received_at=row["received_at"],
        device_id=row["device_id"],
        site_id=row["site_id"],
        msg_type=row["msg_type"],
        metrics=row["metrics"],
        extra=row["extra"],
    )
