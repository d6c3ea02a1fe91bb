"""A tenant's registered devices, under row-level security; satisfies the API's `DeviceStore`."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Final

from pulse_router.domain.budgets import Budgets, LimitReached
from pulse_router.domain.devices import (
    DeviceChange,
    DeviceCounts,
    DeviceDraft,
    DeviceFilter,
    DeviceSort,
    Registered,
    RegisteredDevice,
    SiteCounts,
    rotate_away,
)
from pulse_router.domain.messages import DeviceStatus, PreviousToken
from pulse_router.postgres.database import Database
from pulse_router.postgres.transaction import Record
from pulse_router.runtime.pages import Found, Wanted
from pulse_router.stores.alerts import close_alerts_of
from pulse_router.stores.lists import Key, List, find_page_of_tenant
from pulse_router.stores.reading import fetch_of_tenant, find_of_tenant, read_one
from pulse_router.stores.roles import Role
from pulse_router.stores.room import find_room

_LAST_SEEN: Final = "greatest(last_seen_at, pulse_last_seen(tenant_id, device_id))"
LAST_SEEN: Final = f"{_LAST_SEEN} AS last_seen_at"
"""When a device was last heard of; the column alone tells it to the day."""

_COLUMNS: Final = f"""
    tenant_id, device_id, site_id, status, created_at, {LAST_SEEN},
    (SELECT max(until) FROM unnest(previous_token_untils) AS until WHERE until > now())
      AS previous_token_until
    """  # noqa: S608 - fixed text
_HEARD_AT: Final = f"coalesce({_LAST_SEEN}, created_at)"
"""Since when a device is silent; one that was never heard of, since it was registered."""
_SOURCE: Final = f"(SELECT *, {_HEARD_AT} AS heard_at FROM devices) AS devices"  # noqa: S608 - fixed
_DEVICES: Final = List(source="devices", keys=[Key("device_id", "text")], columns=_COLUMNS)
_LISTS: Final = {
    DeviceSort.DEVICE_ID: _DEVICES,
    DeviceSort.SILENT: List(
        source=_SOURCE,
        keys=[Key("heard_at", "timestamptz"), Key("device_id", "text")],
        columns=f"{_COLUMNS}, heard_at",
    ),
    DeviceSort.NEWEST: List(
        source="devices",
        keys=[Key("created_at", "timestamptz"), Key("device_id", "text")],
        descending=True,
        columns=_COLUMNS,
    ),
}
_IS_SILENT: Final = f"{_HEARD_AT} < now() - {{}}::bigint * interval '1 second'"
_COUNTS: Final = f"""
SELECT site_id, grouping(site_id) = 1 AS is_total,
       count(*) FILTER (WHERE status = 'ACTIVE') AS active,
       count(*) FILTER (WHERE status = 'REVOKED') AS revoked,
       count(*) FILTER (WHERE $2::bigint > 0 AND status = 'ACTIVE'
                          AND {_IS_SILENT.format("$2")}) AS silent
FROM devices WHERE tenant_id = $1
GROUP BY GROUPING SETS ((site_id), ())
ORDER BY is_total DESC, count(*) DESC, site_id LIMIT $3
"""  # noqa: S608 - fixed text
_IN_GROUP: Final = """
device_id IN (SELECT device_id FROM device_group_members
              WHERE device_group_members.tenant_id = devices.tenant_id AND group_id = {})
"""
_IS_NEW: Final = """
NOT EXISTS (SELECT FROM devices AS known
            WHERE known.tenant_id = $1 AND known.device_id = draft.device_id)
"""
_ONE: Final = f"SELECT {_COLUMNS} FROM devices WHERE tenant_id = $1 AND device_id = $2"  # noqa: S608 - fixed text


class PostgresDeviceStore:
    """The devices.

    Args:
        database: Where they are kept.
        budgets: How many a tenant may have.
    """

    def __init__(self, database: Database, budgets: Budgets | None = None) -> None:
        self._database = database
        self._budgets = budgets or Budgets()

    async def list_devices(
        self,
        tenant_id: str,
        chosen: DeviceFilter,
        wanted: Wanted,
        sort: DeviceSort = DeviceSort.DEVICE_ID,
    ) -> Found[RegisteredDevice]:
        """See the port."""
        return await find_page_of_tenant(
            self._database,
            _LISTS[sort],
            tenant_id,
            wanted,
            read_device,
            conditions={
                "status = {}": chosen.status,
                "site_id = {}": chosen.site_id,
                "strpos(lower(device_id), lower({})) > 0": chosen.text,
                _IN_GROUP: chosen.group_id,
                _IS_SILENT: chosen.silent_seconds,
            },
        )

    async def count_devices(
        self, tenant_id: str, *, silent_seconds: int | None, most: int
    ) -> DeviceCounts:
        """See the port."""
        total, *sites = await fetch_of_tenant(
            self._database, tenant_id, _COUNTS, silent_seconds, most + 2
        )
        has_asked = silent_seconds is not None
        return DeviceCounts(
            total["active"],
            total["revoked"],
            total["silent"] if has_asked else None,
            [
                SiteCounts(
                    row["site_id"],
                    row["active"],
                    row["revoked"],
                    row["silent"] if has_asked else None,
                )
                for row in sites[:most]
            ],
            sites_are_all=len(sites) <= most,
        )

    async def load_device(self, tenant_id: str, device_id: str) -> RegisteredDevice | None:
        """See the port."""
        row = await find_of_tenant(self._database, tenant_id, _ONE, device_id)
        return None if row is None else read_one(self._database, row, read_device)

    async def create_devices(self, tenant_id: str, drafts: Collection[DeviceDraft]) -> Registered:
        """See the port. In one statement."""
        budget = self._budgets.of(tenant_id)
        async with self._database.transaction(Role.APP, tenant_id=tenant_id) as transaction:
            found = await find_room(transaction, "devices", tenant_id, budget)
            room = 0 if isinstance(found, LimitReached) else found
            # In order of the ids, so that two that register the same devices cannot deadlock.
            rows = await transaction.fetch(
                f"""
                INSERT INTO devices (tenant_id, device_id, site_id, provision_token_hash)
                SELECT $1, device_id, site_id, token_hash FROM (
                  SELECT draft.* FROM unnest($2::text[], $3::text[], $4::bytea[])
                    WITH ORDINALITY AS draft (device_id, site_id, token_hash, place)
                  WHERE $5::bigint >= cardinality($2) OR {_IS_NEW}
                  ORDER BY place LIMIT $5
                ) AS fitting
                ORDER BY device_id
                ON CONFLICT (tenant_id, device_id) DO NOTHING
                RETURNING {_COLUMNS}
                """,  # noqa: S608 - fixed text
                tenant_id,
                [draft.device_id for draft in drafts],
                [draft.site_id for draft in drafts],
                [draft.token_hash for draft in drafts],
                room,
            )
            created = [read_device(row) for row in rows]
            if room >= len(drafts):
                return Registered(created=created)
            rows = await transaction.fetch(
                f"SELECT device_id FROM unnest($2::text[]) AS draft (device_id) WHERE {_IS_NEW}",  # noqa: S608 - fixed text
                tenant_id,
                [draft.device_id for draft in drafts],
            )
        if not rows:
            return Registered(created=created)
        self._budgets.refused(tenant_id, "devices", len(rows))
        return Registered(
            created=created,
            left_out={row["device_id"] for row in rows},
            full=found
            if isinstance(found, LimitReached)
            else LimitReached("devices", limit=budget.devices, usage=budget.devices),
        )

    async def change_device(
        self, tenant_id: str, device_id: str, change: DeviceChange
    ) -> RegisteredDevice | None:
        """See the port."""
        async with self._database.transaction(Role.APP, tenant_id=tenant_id) as transaction:
            row = await transaction.fetch_row(
                f"""
                UPDATE devices SET status = coalesce($3, status),
                                   site_id = CASE WHEN $4 THEN $5 ELSE site_id END
                WHERE tenant_id = $1 AND device_id = $2
                RETURNING {_COLUMNS}
                """,  # noqa: S608 - fixed text
                tenant_id,
                device_id,
                change.status,
                change.moves,
                change.site_id,
            )
        return None if row is None else read_one(self._database, row, read_device)

    async def rotate_token(
        self, tenant_id: str, device_id: str, *, token_hash: bytes, now: datetime, until: datetime
    ) -> RegisteredDevice | None:
        """See the port. The row is locked meanwhile, so that no token is lost between two."""
        async with self._database.transaction(Role.APP, tenant_id=tenant_id) as transaction:
            before = await transaction.fetch_row(
                """
                SELECT provision_token_hash, previous_token_hashes, previous_token_untils
                FROM devices WHERE tenant_id = $1 AND device_id = $2 FOR UPDATE
                """,
                tenant_id,
                device_id,
            )
            if before is None:
                return None
            previous = rotate_away(
                before["provision_token_hash"],
                [
                    PreviousToken(*pair)
                    for pair in zip(
                        before["previous_token_hashes"],
                        before["previous_token_untils"],
                        strict=False,
                    )
                ],
                new_hash=token_hash,
                now=now,
                until=until,
            )
            row = await transaction.fetch_row(
                f"""
                UPDATE devices SET provision_token_hash = $3, previous_token_hashes = $4,
                                   previous_token_untils = $5
                WHERE tenant_id = $1 AND device_id = $2
                RETURNING {_COLUMNS}
                """,  # noqa: S608 - fixed text
                tenant_id,
                device_id,
                token_hash,
                [token.token_hash for token in previous],
                [token.until for token in previous],
            )
        return None if row is None else read_one(self._database, row, read_device)

    async def delete_device(self, tenant_id: str, device_id: str) -> bool:
        """See the port. What it has sent stays."""
        async with self._database.transaction(Role.APP, tenant_id=tenant_id) as transaction:
            gone = await transaction.change(
                "DELETE FROM devices WHERE tenant_id = $1 AND device_id = $2", tenant_id, device_id
            )
            await close_alerts_of(transaction, tenant_id, device_id)
        return gone > 0


def read_device(row: Record) -> RegisteredDevice:
    """Make a device of a row of `devices`, which may tell how long its old token holds."""
    return RegisteredDevice(
        tenant_id=row["tenant_id"],
        device_id=row["device_id"],
        site_id=row["site_id"],
        status=DeviceStatus(row["status"]),
        created_at=row["created_at"],
        last_seen_at=row["last_seen_at"],
        previous_token_until=row.get("previous_token_until"),
    )
