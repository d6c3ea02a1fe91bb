"""A tenant's device groups, under row-level security; satisfies `GroupStore` and `GroupSource`."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Final

from pulse_router.domain.devices import DeviceGroup, NameTaken
from pulse_router.domain.errors import ConstraintViolated
from pulse_router.postgres.database import Database
from pulse_router.postgres.transaction import Record, Role

_GROUP: Final = """
    SELECT id, tenant_id, name, created_at,
           (SELECT count(*) FROM device_group_members AS member
            WHERE member.tenant_id = found.tenant_id AND group_id = id) AS device_count
    """


class PostgresGroupStore:
    """The groups.

    Args:
        database: Where they are kept.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    async def load_group_members(
        self, tenant_id: str, group_ids: Collection[int]
    ) -> Mapping[int, Collection[str]]:
        """Look up the device ids in each of a tenant's groups; groups it has not are absent.

        Raises:
            Unavailable: The database cannot be asked now.
        """
        async with self._database.transaction(
            Role.APP, tenant_id=tenant_id, read_only=True
        ) as transaction:
            rows = await transaction.fetch(
                """
                SELECT group_id, array_agg(device_id) AS device_ids
                FROM device_group_members
                WHERE tenant_id = $1 AND group_id = ANY ($2::bigint[])
                  AND EXISTS (SELECT FROM device_groups
                              WHERE id = group_id AND device_groups.tenant_id = $1)
                GROUP BY group_id
                """,
                tenant_id,
                list(group_ids),
            )
        return {row["group_id"]: frozenset(row["device_ids"]) for row in rows}

    async def list_groups(
        self, tenant_id: str, *, limit: int, offset: int
    ) -> tuple[Sequence[DeviceGroup], int]:
        """Give a page of the tenant's groups, by name, and how many there are in all.

        Raises:
            Unavailable: The database cannot be asked now.
        """
        async with self._database.transaction(
            Role.APP, tenant_id=tenant_id, read_only=True
        ) as transaction:
            rows = await transaction.fetch(
                """
                WITH page AS (SELECT * FROM device_groups WHERE tenant_id = $1
                              ORDER BY name LIMIT $2 OFFSET $3),
                     counted AS (SELECT group_id, count(*) AS device_count
                                 FROM device_group_members
                                 WHERE tenant_id = $1 AND group_id IN (SELECT id FROM page)
                                 GROUP BY group_id)
                SELECT id, tenant_id, name, created_at,
                       coalesce(device_count, 0) AS device_count
                FROM page LEFT JOIN counted ON group_id = id ORDER BY name
                """,
                tenant_id,
                limit,
                offset,
            )
            total = await transaction.fetch_value(
                "SELECT count(*) FROM device_groups WHERE tenant_id = $1", tenant_id
            )
        return [_read_group(row) for row in rows], total

    async def load_group(
        self, tenant_id: str, group_id: int, *, limit: int, offset: int
    ) -> tuple[DeviceGroup, Sequence[str]] | None:
        """Give one group and a page of its devices' ids; None when the tenant has no such group.

        Raises:
            Unavailable: The database cannot be asked now.
        """
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
                WHERE tenant_id = $1 AND group_id = $2
                ORDER BY device_id LIMIT $3 OFFSET $4
                """,
                tenant_id,
                group_id,
                limit,
                offset,
            )
        return _read_group(row), [member["device_id"] for member in members]

    async def create_group(self, tenant_id: str, name: str) -> DeviceGroup:
        """Make a group without devices.

        Raises:
            NameTaken: The tenant has one of this name.
            Unavailable: It is not known to be stored.
            DataRefused: The name cannot be stored.
        """
        try:
            async with self._database.transaction(Role.APP, tenant_id=tenant_id) as transaction:
                row = await transaction.fetch_row(
                    """
                    INSERT INTO device_groups (tenant_id, name) VALUES ($1, $2)
                    RETURNING id, tenant_id, name, created_at, 0 AS device_count
                    """,
                    tenant_id,
                    name,
                )
        except ConstraintViolated:
            raise NameTaken from None
        if row is None:
            raise RuntimeError("a group was stored and not returned")
        return _read_group(row)

    async def rename_group(self, tenant_id: str, group_id: int, name: str) -> DeviceGroup | None:
        """Rename a group.

        Returns:
            The group as it is now, or None when the tenant has no such group.

        Raises:
            NameTaken: The tenant has another one of this name.
            Unavailable: It is not known to be stored.
            DataRefused: The name cannot be stored.
        """
        try:
            async with self._database.transaction(Role.APP, tenant_id=tenant_id) as transaction:
                row = await transaction.fetch_row(
                    f"""
                    WITH found AS (
                      UPDATE device_groups SET name = $3 WHERE tenant_id = $1 AND id = $2
                      RETURNING id, tenant_id, name, created_at
                    )
                    {_GROUP} FROM found
                    """,  # noqa: S608 - fixed text
                    tenant_id,
                    group_id,
                    name,
                )
        except ConstraintViolated:
            raise NameTaken from None
        return None if row is None else _read_group(row)

    async def delete_group(self, tenant_id: str, group_id: int) -> bool:
        """Remove a group; its devices stay.

        Returns:
            Whether the tenant had such a group.

        Raises:
            Unavailable: It is not known to be done.
        """
        async with self._database.transaction(Role.APP, tenant_id=tenant_id) as transaction:
            gone = await transaction.execute(
                "DELETE FROM device_groups WHERE tenant_id = $1 AND id = $2", tenant_id, group_id
            )
        return gone != "DELETE 0"

    async def add_member(self, tenant_id: str, group_id: int, device_id: str) -> bool:
        """Put a device into a group, where it may be already.

        Returns:
            Whether the tenant has both.

        Raises:
            Unavailable: It is not known to be stored.
        """
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
        """Take a device out of a group.

        Returns:
            Whether it was in it.

        Raises:
            Unavailable: It is not known to be done.
        """
        async with self._database.transaction(Role.APP, tenant_id=tenant_id) as transaction:
            gone = await transaction.execute(
                """
                DELETE FROM device_group_members
                WHERE tenant_id = $1 AND group_id = $2 AND device_id = $3
                """,
                tenant_id,
                group_id,
                device_id,
            )
        return gone != "DELETE 0"


def _read_group(row: Record) -> DeviceGroup:
    return DeviceGroup(
        id=row["id"],
        tenant_id=row["tenant_id"],
        name=row["name"],
        device_count=row["device_count"],
        created_at=row["created_at"],
    )
