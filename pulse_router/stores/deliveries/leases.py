"""Leases of lanes, as rows with a time limit; satisfies delivery's `LeaseStore`.

They need no session, so they work through PgBouncer, and free themselves when their holder is gone.
Times are the database's.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Final

from pulse_router.domain.leases import LEASE_SECONDS, PARTITIONS, Holding, fair_share
from pulse_router.postgres.database import Database
from pulse_router.postgres.transaction import Transaction
from pulse_router.stores.roles import Role

# A row beyond them, of another version or written by hand, would be held in place of one of ours.
_OURS_TO_USE: Final = f"partition BETWEEN 0 AND {PARTITIONS - 1}"

_RENEW: Final = """
UPDATE lane_leases AS lease SET expires_at = now() + $4 * interval '1 second'
FROM unnest($2::integer[], $3::bigint[]) AS held (partition, epoch)
WHERE lease.partition = held.partition AND lease.epoch = held.epoch AND lease.owner = $1
RETURNING lease.partition, lease.epoch
"""

_TAKE: Final = f"""
UPDATE lane_leases
SET owner = $1, epoch = epoch + 1, expires_at = now() + $3 * interval '1 second'
WHERE partition IN (
  SELECT partition FROM lane_leases WHERE expires_at <= now() AND {_OURS_TO_USE}
  ORDER BY partition LIMIT $2 FOR UPDATE SKIP LOCKED
)
RETURNING partition, epoch
"""  # noqa: S608 - fixed text

# A new life of the same router: its own are its own at once, under a new epoch.
_TAKE_BACK: Final = f"""
UPDATE lane_leases SET epoch = epoch + 1, expires_at = now() + $2 * interval '1 second'
WHERE owner = $1 AND {_OURS_TO_USE}
RETURNING partition, epoch
"""  # noqa: S608 - fixed text

_RELEASE: Final = """
UPDATE lane_leases AS lease SET expires_at = '-infinity'
FROM unnest($2::integer[], $3::bigint[]) AS held (partition, epoch)
WHERE lease.partition = held.partition AND lease.epoch = held.epoch AND lease.owner = $1
"""

_HELD: Final = """
SELECT lease.partition FROM lane_leases AS lease
JOIN unnest($1::integer[], $2::bigint[]) AS held (partition, epoch) USING (partition, epoch)
FOR SHARE OF lease
"""


class PostgresLeaseStore:
    """The leases of one router.

    Args:
        database: Where they are kept.
        owner: The router's name, the same in each of its lives and no other router's.
        lease_seconds: How long a lease lasts that is not renewed.
    """

    def __init__(
        self, database: Database, owner: str, *, lease_seconds: float = LEASE_SECONDS
    ) -> None:
        self._database = database
        self._owner = owner
        self._seconds = lease_seconds

    @property
    def lease_seconds(self) -> float:
        """See the port."""
        return self._seconds

    async def take_back(self) -> Holding:
        """See the port."""
        async with self._database.transaction(Role.OPERATOR) as transaction:
            await transaction.execute(
                "INSERT INTO lane_leases SELECT n, '', 0, '-infinity'"
                " FROM generate_series(0, $1 - 1) AS n ON CONFLICT (partition) DO NOTHING",
                PARTITIONS,
            )
            own = await transaction.fetch(_TAKE_BACK, self._owner, self._seconds)
            return await self._take_share(transaction, {row[0]: row[1] for row in own})

    async def renew(self, epochs: Mapping[int, int]) -> Holding:
        """See the port."""
        async with self._database.transaction(Role.OPERATOR) as transaction:
            own = await transaction.fetch(
                _RENEW, self._owner, list(epochs), list(epochs.values()), self._seconds
            )
            return await self._take_share(transaction, {row[0]: row[1] for row in own})

    async def release(self, epochs: Mapping[int, int], *, leave: bool = False) -> None:
        """See the port."""
        async with self._database.transaction(Role.OPERATOR) as transaction:
            await transaction.execute(_RELEASE, self._owner, list(epochs), list(epochs.values()))
            if leave:
                await transaction.execute("DELETE FROM lane_owners WHERE owner = $1", self._owner)

    async def _take_share(self, transaction: Transaction, own: dict[int, int]) -> Holding:
        await transaction.execute(
            "INSERT INTO lane_owners VALUES ($1, now() + $2 * interval '1 second')"
            " ON CONFLICT (owner) DO UPDATE SET expires_at = excluded.expires_at",
            self._owner,
            self._seconds,
        )
        routers = await transaction.fetch_value(
            "SELECT count(*) FROM lane_owners WHERE expires_at > now()"
        )
        wanted = fair_share(routers) - len(own)
        if wanted > 0:
            taken = await transaction.fetch(_TAKE, self._owner, wanted, self._seconds)
            own.update({row[0]: row[1] for row in taken})
        return Holding(own, routers)


async def find_lost(transaction: Transaction, epochs: Mapping[int, int]) -> Collection[int]:
    """Find the partitions that somebody else has taken, and keep the others until the commit.

    Args:
        transaction: What is written in it depends on the leases.
        epochs: The epoch of each partition, as it was when the work began.
    """
    rows = await transaction.fetch(_HELD, list(epochs), list(epochs.values()))
    return set(epochs) - {row["partition"] for row in rows}
