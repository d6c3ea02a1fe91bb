"""A tenant's device groups, under row-level security; satisfies `GroupStore` and `GroupSource`."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Final

from pulse_router.domain.budgets import Budgets
from pulse_router.domain.devices import DeviceGroup, NameTaken
from pulse_router.domain.errors import ConstraintViolated
from pulse_router.postgres.database import Database
from pulse_router.postgres.transaction import Record
from pulse_router.runtime.pages import Found, Wanted
from pulse_router.stores.lists import Key, List, find_page_of_tenant
from pulse_router.stores.reading import fetch_of_tenant
from pulse_router.stores.roles import Role
from pulse_router.stores.room import take_room

_GROUP: Final = """
    SELECT id, tenant_id, name, created_at,
           (SELECT count(*) FROM device_group_members AS member
            WHERE member.tenant_id = found.tenant_id AND group_id = id) AS device_count
    """
# The devices of all groups of a page are counted together: a look for each cost more.
_GROUPS: Final = List(
    source="device_groups",
    keys=[Key("name", "text")],
    columns="id, tenant_id, name, created_at, coalesce(device_count, 0) AS device_count",
    joined="""
    LEFT JOIN (SELECT group_id, count(*) AS device_count FROM device_group_members
               WHERE tenant_id = $1 AND group_id IN (SELECT id FROM page)
               GROUP BY group_id) AS members ON group_id = id
    """,
)
_HAS_DEVICE: Final = """
id IN (SELECT group_id FROM device_group_members
       WHERE device_group_members.tenant_id = device_groups.tenant_id AND device_id = {})
"""
_MEMBERS: Final = """
    SELECT group_id, array_agg(device_id) AS device_ids
    FROM device_group_members
    WHERE tenant_id = $1 AND group_id = ANY ($2::bigint[])
      AND EXISTS (SELECT FROM device_groups
                  WHERE id = group_id AND device_groups.tenant_id = $1)
    GROUP BY group_id
    """


class PostgresGroupStore:
    """The groups.

    Args:
        database: Where they are kept.
        budgets: How many a tenant may have.
    """

    def __init__(self, database: Database, budgets: Budgets | None = None) -> None:
        self._database = database
        self._budgets = budgets or Budgets()

    async def load_group_members(
        self, tenant_id: str, group_ids: Collection[int]
    ) -> Mapping[int, Collection[str]]:
        """See the streams' port."""
        rows = await fetch_of_tenant(self._database, tenant_id, _MEMBERS, list(group_ids))
        return {row["group_id"]: frozenset(row["device_ids"]) for row in rows}

    async def list_groups(
        self, tenant_id: str, wanted: Wanted, *, device_id: str | None = None
    ) -> Found[DeviceGroup]:
        """See the port."""
        return await find_page_of_tenant(
            self._database,
            _GROUPS,
            tenant_id,
            wanted,
            _read_group,
            conditions={_HAS_DEVICE: device_id},
        )

    async def load_group(
        self, tenant_id: str, group_id: int, wanted: Wanted
    ) -> tuple[DeviceGroup, Found[str]] | None:
        """See the port."""
        (after,) = (None,) if wanted.after is None else wanted.after
        async with self._database.transaction(
            Role.APP, tenant_id=tenant_id, read_only=True
        ) as transaction:
            row = await transaction.fetch_row(
                f"{_GROUP} FROM device_groups AS found WHERE tenant_id = $1 AND id = $2",
                tenant_id,
                group_id,
            )
            if row is None:
                return None
            members = await transaction.fetch(
                """
                SELECT device_id FROM device_group_members
                WHERE tenant_id = $1 AND group_id = $2 AND ($5::text IS NULL OR device_id > $5)
                ORDER BY device_id LIMIT $3 OFFSET $4
                """,
                tenant_id,
                group_id,
                wanted.limit + 1,
                wanted.offset,
                after,
            )
        group, device_ids = _read_group(row), [member["device_id"] for member in members]
        page = device_ids[: wanted.limit]
        following = (page[-1],) if len(page) < len(device_ids) else None
        return group, Found(page, group.device_count, next=following)

    async def create_group(self, tenant_id: str, name: str) -> DeviceGroup:
        """See the port."""
        row = await self._write_name(
            tenant_id,
            """
            INSERT INTO device_groups (tenant_id, name) VALUES ($1, $2)
            RETURNING id, tenant_id, name, created_at, 0 AS device_count
            """,
            name,
            is_new=True,
        )
        if row is None:
            raise RuntimeError("a group was stored and not returned")
        return _read_group(row)

    async def rename_group(self, tenant_id: str, group_id: int, name: str) -> DeviceGroup | None:
        """See the port."""
        row = await self._write_name(
            tenant_id,
            f"""
            WITH found AS (
              UPDATE device_groups SET name = $3 WHERE tenant_id = $1 AND id = $2
              RETURNING id, tenant_id, name, created_at
            )
            {_GROUP} FROM found
            """,  # noqa: S608 - fixed text
            group_id,
            name,
        )
        return None if row is None else _read_group(row)

    async def _write_name(
        self, tenant_id: str, sql: str, *values: object, is_new: bool = False
    ) -> Record | None:
        """Write a group's row; the one constraint on it is that names are unique."""
        try:
            async with self._database.transaction(Role.APP, tenant_id=tenant_id) as transaction:
                if is_new:
                    await take_room(transaction, self._budgets, "groups", tenant_id)
                return await transaction.fetch_row(sql, tenant_id, *values)
        except ConstraintViolated:
            raise NameTaken from None

    async def delete_group(self, tenant_id: str, group_id: int) -> bool:
        """See the port. Its memberships go with it."""
        return await self._delete(
            tenant_id, "DELETE FROM device_groups WHERE tenant_id = $1 AND id = $2", group_id
        )

    async def add_member(self, tenant_id: str, group_id: int, device_id: str) -> bool:
        """See the port."""
        try:
            async with self._database.transaction(Role.APP, tenant_id=tenant_id) as transaction:
                await transaction.execute(
                    """
                    INSERT INTO device_group_members (group_id, tenant_id, device_id)
                    VALUES ($1, $2, $3) ON CONFLICT DO NOTHING
                    """,
                    group_id,
                    tenant_id,
                    device_id,
                )
        except ConstraintViolated:  # a foreign key: one of them is not there
            return False
        return True

    async def remove_member(self, tenant_id: str, group_id: int, device_id: str) -> bool:
        """See the port."""
        return await self._delete(
            tenant_id,
            """
            DELETE FROM device_group_members
            WHERE tenant_id = $1 AND group_id = $2 AND device_id = $3
            """,
            group_id,
            device_id,
        )

    async def _delete(self, tenant_id: str, sql: str, *values: object) -> bool:
        async with self._database.transaction(Role.APP, tenant_id=tenant_id) as transaction:
            return await transaction.change(sql, tenant_id, *values) > 0


def _read_group(row: Record) -> DeviceGroup:
    return DeviceGroup(
        id=row["id"],
        tenant_id=row["tenant_id"],
        name=row["name"],
        device_count=row["device_count"],
        created_at=row["created_at"],
    )
