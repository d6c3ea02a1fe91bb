"""Which devices are in which group, under row-level security; satisfies `GroupSource`."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from pulse_router.postgres.database import Database, Role


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
