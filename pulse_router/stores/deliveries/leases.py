"""Leases of lanes, as rows with a time limit; satisfies delivery's `LeaseStore`.

They need no session, so they work through PgBouncer, and free themselves when their holder is gone.
Times are the database's. One that lies further ahead than any lease lasts was written by a clock
that was wrong: from when it is seen it holds as long as one that was just renewed, so that who
lives renews it, and nobody waits for the dead. Rows are locked in the order of their partitions, so
that those who renew and those who settle never wait for each other in a circle.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from pulse_router.domain.leases import (
    LEASE_SECONDS,
    PARTITIONS,
    Holding,
    LeaseLost,
    fair_share,
)
from pulse_router.postgres.database import Database
from pulse_router.postgres.transaction import Transaction
from pulse_router.stores.roles import Role

# A row beyond them, of another version or written by hand, would be held in place of one of ours.
_OURS_TO_USE: Final = f"partition BETWEEN 0 AND {PARTITIONS - 1}"

# Still ours: partitions $2 under epochs $3, of owner $1.
_OURS: Final = """
WITH ours AS MATERIALIZED (
  SELECT lease.partition FROM lane_leases AS lease
  JOIN unnest($2::integer[], $3::bigint[]) AS held (partition, epoch) USING (partition, epoch)
  WHERE lease.owner = $1
  ORDER BY lease.partition FOR UPDATE OF lease
)
"""

_RENEW: Final = f"""
{_OURS}
UPDATE lane_leases AS lease SET expires_at = now() + $4 * interval '1 second'
FROM ours WHERE lease.partition = ours.partition
RETURNING lease.partition, lease.epoch
"""  # noqa: S608 - fixed text

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
WITH ours AS MATERIALIZED (
  SELECT partition FROM lane_leases WHERE owner = $1 AND {_OURS_TO_USE}
  ORDER BY partition FOR UPDATE
)
UPDATE lane_leases AS lease
SET epoch = epoch + 1, expires_at = now() + $2 * interval '1 second'
FROM ours WHERE lease.partition = ours.partition
RETURNING lease.partition, lease.epoch
"""  # noqa: S608 - fixed text

_RELEASE: Final = f"""
{_OURS}
UPDATE lane_leases AS lease SET expires_at = '-infinity'
FROM ours WHERE lease.partition = ours.partition
"""  # noqa: S608 - fixed text

_HELD: Final = """
SELECT lease.partition FROM lane_leases AS lease
JOIN unnest($1::integer[], $2::bigint[]) AS held (partition, epoch) USING (partition, epoch)
ORDER BY lease.partition FOR SHARE OF lease
"""


_SAY_ALIVE: Final = """
WITH lease AS MATERIALIZED (
  SELECT now() + $2::double precision * interval '1 second' AS ends_at,
         now() + 2 * $2::double precision * interval '1 second' AS too_far
), far AS MATERIALIZED (
  SELECT partition FROM lane_leases WHERE expires_at > (SELECT too_far FROM lease)
  ORDER BY partition FOR UPDATE SKIP LOCKED
), nearer AS (
  UPDATE lane_leases SET expires_at = (SELECT ends_at FROM lease)
  FROM far WHERE lane_leases.partition = far.partition
), owners AS (
  UPDATE lane_owners SET expires_at = (SELECT ends_at FROM lease)
  WHERE owner <> $1 AND expires_at > (SELECT too_far FROM lease)
)
INSERT INTO lane_owners SELECT $1, ends_at FROM lease
ON CONFLICT (owner) DO UPDATE SET expires_at = excluded.expires_at
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
        await transaction.execute(_SAY_ALIVE, self._owner, self._seconds)
        routers = await transaction.fetch_value(
            "SELECT count(*) FROM lane_owners WHERE expires_at > now()"
        )
        wanted = fair_share(routers) - len(own)
        if wanted > 0:
            taken = await transaction.fetch(_TAKE, self._owner, wanted, self._seconds)
            own.update({row[0]: row[1] for row in taken})
        return Holding(own, routers)


async def keep_leases(transaction: Transaction, epochs: Mapping[int, int]) -> None:
    """Keep partitions from being taken by somebody else until the commit.

    Args:
        transaction: What is written in it depends on the leases.
        epochs: The epoch of each partition, as it was when the work began.

    Raises:
        LeaseLost: Somebody else has taken some of them.
    """
    if not epochs:
        return
    rows = await transaction.fetch(_HELD, list(epochs), list(epochs.values()))
    if lost := set(epochs) - {row["partition"] for row in rows}:
        raise LeaseLost(lost)
