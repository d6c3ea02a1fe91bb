"""What is missing of devices' messages; satisfies the API's `GapStore`."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from pulse_router.domain.event_ids import first_id_at
from pulse_router.domain.sequences import DeviceGap
from pulse_router.postgres.database import Database
from pulse_router.postgres.transaction import Record
from pulse_router.runtime.pages import Found, Wanted
from pulse_router.stores.lists import Key, List, find_page_of_tenant
from pulse_router.stores.reading import find_of_tenant
from pulse_router.stores.roles import Role

GAPS: Final = List(
    source="device_gaps",
    keys=[Key("at", "timestamptz"), Key("id", "bigint")],
    descending=True,
    columns="id, at, tenant_id, device_id, msg_type, event_id, expected, got, missing",
)
_REMOVE_GAPS: Final = """
DELETE FROM device_gaps WHERE id IN (
  SELECT id FROM device_gaps WHERE at < $1 ORDER BY at LIMIT $2 FOR UPDATE SKIP LOCKED)
"""
_FORGET: Final = """
DELETE FROM device_sequences WHERE event_id < $1 AND (tenant_id, device_id, msg_type) IN (
  SELECT tenant_id, device_id, msg_type FROM device_sequences WHERE event_id < $1
  ORDER BY 1, 2, 3 LIMIT $2)
"""
_CHUNK_ROWS: Final = 5_000
_IS_KNOWN: Final = "SELECT 1 FROM devices WHERE tenant_id = $1 AND device_id = $2"


class PostgresGapStore:
    """The gaps.

    Args:
        database: Where they are kept.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    async def list_gaps(
        self,
        tenant_id: str,
        device_id: str,
        *,
        start: datetime | None,
        end: datetime | None,
        wanted: Wanted,
    ) -> Found[DeviceGap] | None:
        """See the port. Those of a removed device are there until retention takes them."""
        found = await find_page_of_tenant(
            self._database,
            GAPS,
            tenant_id,
            wanted,
            read_gap,
            conditions={"device_id = {}": device_id, "at >= {}": start, "at < {}": end},
        )
        if found.total or await find_of_tenant(self._database, tenant_id, _IS_KNOWN, device_id):
            return found
        return None


async def prune_gaps(
    database: Database, before: datetime | None, forget_before: datetime | None
) -> None:
    """Remove old gaps, and forget the numbers of devices that say nothing any more.

    Args:
        database: Where they are kept.
        before: Of which time gaps are old; None keeps all.
        forget_before: Who has been silent since then is forgotten; None forgets nobody.

    Raises:
        Unavailable: The database cannot do it now.
    """
    if before is not None:
        await _remove(database, _REMOVE_GAPS, before)
    if forget_before is not None:
        await _remove(database, _FORGET, first_id_at(forget_before.timestamp()))


async def _remove(database: Database, sql: str, before: object) -> None:
    removed = _CHUNK_ROWS
    while removed == _CHUNK_ROWS:
        async with database.transaction(Role.OPERATOR) as transaction:
            removed = await transaction.change(sql, before, _CHUNK_ROWS)


def read_gap(row: Record) -> DeviceGap:
    """Make a gap of a row of `device_gaps`."""
    return DeviceGap(
        id=row["id"],
        at=row["at"],
        device_id=row["device_id"],
        msg_type=row["msg_type"],
        event_id=row["event_id"],
        expected=row["expected"],
        got=row["got"],
        missing=row["missing"],
    )
