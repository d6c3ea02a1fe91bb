"""What the database has to say of itself; satisfies the API's `SystemStore`.

It reads as `pulse_operator`, and changes nothing. Sizes are those of the tables: of the database as
a whole only those may ask who may connect to it, which that role may not.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from pulse_router.domain.insight.system import (
    AppliedMigration,
    DatabaseState,
    SharingRouter,
    TableRoom,
)
from pulse_router.domain.leases import PARTITIONS
from pulse_router.postgres.database import Database
from pulse_router.stores.heartbeats import Heartbeats
from pulse_router.stores.roles import Role

NOT_DURABLE: Final = """
SELECT name FROM unnest(ARRAY['fsync', 'full_page_writes']) AS name
WHERE current_setting(name) = 'off'
"""

_APPLIED: Final = """
SELECT version, name, applied_at, to_jsonb(m) ->> 'applied_by' AS applied_by
FROM public.schema_migrations AS m ORDER BY version
"""

# A table that is dropped meanwhile has no size any more.
_TABLES: Final = """
SELECT room.name, room.parent, room.size_bytes, room.rows FROM (
  SELECT tab.relname AS name, parent.relname AS parent,
         pg_total_relation_size(tab.oid) AS size_bytes,
         CASE WHEN tab.reltuples >= 0 THEN tab.reltuples::bigint END AS rows
  FROM pg_catalog.pg_class AS tab
  LEFT JOIN pg_catalog.pg_inherits AS child ON child.inhrelid = tab.oid
  LEFT JOIN pg_catalog.pg_class AS parent ON parent.oid = child.inhparent
  WHERE tab.relnamespace = 'public'::regnamespace AND tab.relkind = 'r'
) AS room
WHERE room.size_bytes IS NOT NULL
ORDER BY coalesce(room.parent, room.name), room.name
"""

_ROUTERS: Final = f"""
WITH held AS (
  SELECT owner, count(*) AS lanes FROM lane_leases
  WHERE expires_at > '-infinity' AND partition BETWEEN 0 AND {PARTITIONS - 1} GROUP BY owner
)
SELECT coalesce(known.owner, held.owner) AS name, coalesce(known.life = $1, false) AS is_this,
       pulse_sign_of_life('owner ' || known.owner, known.expires_at, known.kept_until, known.life)
         AS sign,
       CASE WHEN known.expires_at = known.kept_until THEN 'life ' || known.life
            ELSE 'owner ' || coalesce(known.owner, held.owner) END AS holder,
       newest.expires_at AS alive_until, coalesce(held.lanes, 0) AS lanes
FROM lane_owners AS known FULL JOIN held ON held.owner = known.owner
LEFT JOIN LATERAL pulse_newest_beat(known.life) AS newest ON true
ORDER BY 1
"""  # noqa: S608 - fixed text


class PostgresSystemStore:
    """What the database has to say of itself.

    Args:
        database: Whom to ask.
        known: The names of the migrations that this program has, by version.
        heartbeats: What this life of the router has seen of others.
    """

    def __init__(
        self, database: Database, known: Mapping[int, str], *, heartbeats: Heartbeats | None = None
    ) -> None:
        self._database = database
        self._known = known
        self._heartbeats = heartbeats or Heartbeats()

    async def load(self) -> DatabaseState:
        """See the port."""
        async with self._database.transaction(Role.OPERATOR, read_only=True) as transaction:
            version = await transaction.fetch_value("SHOW server_version")
            off = await transaction.fetch(NOT_DURABLE)
            applied = await transaction.fetch(_APPLIED)
            tables = await transaction.fetch(_TABLES)
            routers = await transaction.fetch(_ROUTERS, self._heartbeats.life)
        done = {row["version"] for row in applied}
        return DatabaseState(
            server_version=version,
            off=[row["name"] for row in off],
            applied=[AppliedMigration(**row) for row in applied],
            pending=[name for version, name in self._known.items() if version not in done],
            tables=[TableRoom(**row) for row in tables],
            routers=[
                SharingRouter(
                    row["name"],
                    row["is_this"],
                    lives=not self._heartbeats.is_still(row["holder"], row["sign"]),
                    alive_until=row["alive_until"],
                    lanes=row["lanes"],
                )
                for row in routers
            ],
            lanes=PARTITIONS,
        )
