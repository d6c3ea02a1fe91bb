"""Leases of lanes: rows that last as long as their holder lives; satisfies delivery's `LeaseStore`.

They need no session, so they work through PgBouncer, and free themselves when a holder is gone. A
row of `lane_leases` is written when a lane is taken or given up; that its holder lives is a row of
`lane_heartbeats`, a new one each time, so that whoever reads either passes nothing that is dead
(`sql/0025`). A heartbeat belongs to one life of a router: an earlier one that still goes on keeps
nothing of its successor's.

Whoever takes a lane locks its row first and looks at its holder's heartbeat afterwards; whoever
renews locks its rows first, too, and keeps them until its heartbeat is committed. So one of them
sees what the other has done.

Times are the database's. One that lies further ahead than any lease lasts was written by a clock
that was wrong: from when it is seen it holds as long as one that was just renewed, so that who
lives renews it, and nobody waits for the dead. Rows are locked in the order of their partitions, so
that those who renew and those who settle never wait for each other in a circle.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from typing import Final

from pulse_router.domain.leases import (
    LEASE_SECONDS,
    PARTITIONS,
    Holding,
    LeaseLost,
    fair_share,
)
from pulse_router.postgres.database import Database
from pulse_router.postgres.transaction import Record, Transaction
from pulse_router.stores.roles import Role
from pulse_router.stores.sums import next_in_turn

KEPT_SECONDS: Final = 3600.0
"""How far ahead `expires_at` is written for routers of the release before, while none is alive. One
that starts finds our lanes taken, and us a moment later it."""

# A row beyond them, of another version or written by hand, would be held in place of one of ours.
_OURS_TO_USE: Final = f"partition BETWEEN 0 AND {PARTITIONS - 1}"

_ENDS_AT: Final = "pulse_lease_end(expires_at, kept_until, life)"

# Those that this life has, also where it was never told so; written again where routers of the
# release before need it: for them they last $5 seconds at the least, and $6 at the most.
_RENEW: Final = f"""
WITH ours AS MATERIALIZED (
  SELECT lease.partition, lease.epoch,
         lease.expires_at = lease.kept_until
         AND lease.kept_until BETWEEN now() + $5 * interval '1 second'
                              AND now() + $6 * interval '1 second' AS is_kept
  FROM lane_leases AS lease
  WHERE lease.owner = $1 AND lease.life = $2 AND {_OURS_TO_USE}
    AND (lease.expires_at = lease.kept_until OR (lease.partition, lease.epoch) IN (
           SELECT * FROM unnest($3::integer[], $4::bigint[])))
  ORDER BY lease.partition FOR UPDATE OF lease
), kept AS (
  UPDATE lane_leases AS lease
  SET expires_at = now() + $6 * interval '1 second', kept_until = now() + $6 * interval '1 second'
  FROM ours WHERE lease.partition = ours.partition AND ours.is_kept IS NOT TRUE
)
SELECT partition, epoch FROM ours
"""  # noqa: S608 - fixed text

_FIND_FREE: Final = f"""
SELECT partition FROM lane_leases WHERE {_ENDS_AT} <= now() AND {_OURS_TO_USE}
ORDER BY partition LIMIT $1 FOR UPDATE SKIP LOCKED
"""  # noqa: S608 - fixed text

_MAKE_OURS: Final = f"""
UPDATE lane_leases
SET owner = $1, life = $2, epoch = {next_in_turn("epoch")},
    expires_at = now() + $4 * interval '1 second', kept_until = now() + $4 * interval '1 second'
WHERE partition = ANY ($3::integer[])
"""  # noqa: S608 - fixed text
_TAKE: Final = f"""
{_MAKE_OURS} AND {_ENDS_AT} <= now()
RETURNING partition, epoch
"""

# A new life of the same router: its own are its own at once, under a new epoch.
_TAKE_BACK: Final = f"""
SELECT partition FROM lane_leases WHERE owner = $1 AND {_OURS_TO_USE}
ORDER BY partition FOR UPDATE
"""  # noqa: S608 - fixed text

_RELEASE: Final = """
WITH ours AS MATERIALIZED (
  SELECT lease.partition FROM lane_leases AS lease
  JOIN unnest($2::integer[], $3::bigint[]) AS held (partition, epoch) USING (partition, epoch)
  WHERE lease.owner = $1
  ORDER BY lease.partition FOR UPDATE OF lease
)
UPDATE lane_leases AS lease SET expires_at = '-infinity', life = NULL, kept_until = NULL
FROM ours WHERE lease.partition = ours.partition
"""

_HELD: Final = """
SELECT lease.partition FROM lane_leases AS lease
JOIN unnest($1::integer[], $2::bigint[]) AS held (partition, epoch) USING (partition, epoch)
ORDER BY lease.partition FOR SHARE OF lease
"""

# What routers of the release before have written by a clock that was wrong; `pulse_beat` sees to
# heartbeats.
_BRING_NEARER: Final = """
WITH lease AS MATERIALIZED (
  SELECT now() + $2::double precision * interval '1 second' AS ends_at,
         now() + 2 * $2::double precision * interval '1 second' AS too_far
), far AS MATERIALIZED (
  SELECT partition FROM lane_leases
  WHERE expires_at > (SELECT too_far FROM lease) AND expires_at IS DISTINCT FROM kept_until
  ORDER BY partition FOR UPDATE SKIP LOCKED
), nearer AS (
  UPDATE lane_leases SET expires_at = (SELECT ends_at FROM lease)
  FROM far WHERE lane_leases.partition = far.partition
), far_owners AS MATERIALIZED (
  SELECT owner FROM lane_owners
  WHERE owner <> $1 AND expires_at > (SELECT too_far FROM lease)
    AND expires_at IS DISTINCT FROM kept_until
  FOR UPDATE SKIP LOCKED
)
UPDATE lane_owners SET expires_at = (SELECT ends_at FROM lease)
FROM far_owners WHERE lane_owners.owner = far_owners.owner
"""

# Another life of the same router keeps its place while it lives, unless this one begins.
_SAY_ALIVE: Final = """
WITH said AS (
  INSERT INTO lane_owners AS known (owner, life, expires_at, kept_until)
  SELECT $1, $2, until, until FROM (SELECT now() + $4 * interval '1 second') AS lease (until)
  ON CONFLICT (owner) DO UPDATE
  SET life = excluded.life, expires_at = excluded.expires_at, kept_until = excluded.kept_until
  WHERE $5 OR pulse_lease_end(known.expires_at, known.kept_until, known.life) <= now()
    OR known.life = excluded.life AND (
      known.expires_at = known.kept_until
      AND known.kept_until BETWEEN now() + $3 * interval '1 second'
                           AND now() + $4 * interval '1 second'
    ) IS NOT TRUE
)
SELECT pulse_beat($2, $6)
"""

_COUNT_ROUTERS: Final = f"""
SELECT count(*) AS routers,
       coalesce(bool_or(expires_at IS DISTINCT FROM kept_until), false) AS has_older,
       EXISTS (
         SELECT FROM (SELECT expires_at, kept_until FROM lane_leases
                      UNION ALL SELECT expires_at, kept_until FROM lane_owners) AS written
         WHERE expires_at > now() + 2 * $1::double precision * interval '1 second'
           AND expires_at IS DISTINCT FROM kept_until
       ) AS has_far
FROM lane_owners WHERE {_ENDS_AT} > now()
"""  # noqa: S608 - fixed text

_FORGET_OWNERS: Final = f"""
DELETE FROM lane_owners WHERE {_ENDS_AT} < now() - interval '1 day'
"""  # noqa: S608 - fixed text

_FORGET_LIVES: Final = """
DELETE FROM lane_heartbeats WHERE life NOT IN (
  SELECT life FROM lane_owners WHERE life IS NOT NULL
  UNION ALL
  SELECT life FROM lane_leases WHERE life IS NOT NULL)
"""


class PostgresLeaseStore:
    """The leases of one life of a router.

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
        self._life: Final = secrets.randbits(63)
        self._has_older = False

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
            earlier = await transaction.fetch(_TAKE_BACK, self._owner)
            own = await self._make_ours(
                transaction, f"{_MAKE_OURS} RETURNING partition, epoch", earlier
            )
            holding = await self._take_share(transaction, own, begins=True)
            await transaction.execute(_FORGET_OWNERS)
            await transaction.execute(_FORGET_LIVES)
            return holding

    async def renew(self, epochs: Mapping[int, int]) -> Holding:
        """See the port. What an answer was lost of is found to be held as well."""
        async with self._database.transaction(Role.OPERATOR) as transaction:
            own = await transaction.fetch(
                _RENEW,
                self._owner,
                self._life,
                list(epochs),
                list(epochs.values()),
                *self._kept_seconds,
            )
            return await self._take_share(transaction, {row[0]: row[1] for row in own})

    async def release(self, epochs: Mapping[int, int], *, leave: bool = False) -> None:
        """See the port."""
        async with self._database.transaction(Role.OPERATOR) as transaction:
            await transaction.execute(_RELEASE, self._owner, list(epochs), list(epochs.values()))
            if leave:
                await transaction.execute(
                    "DELETE FROM lane_owners WHERE owner = $1 AND life = $2",
                    self._owner,
                    self._life,
                )
                await transaction.execute(
                    "DELETE FROM lane_heartbeats"
                    " WHERE life = $1 AND beat = (SELECT beat FROM pulse_newest_beat($1))",
                    self._life,
                )

    @property
    def _kept_seconds(self) -> tuple[float, float]:
        """How long those of the release before must find our rows held, at least and at most."""
        return (
            (self._seconds, self._seconds) if self._has_older else (KEPT_SECONDS / 2, KEPT_SECONDS)
        )

    async def _take_share(
        self, transaction: Transaction, own: dict[int, int], *, begins: bool = False
    ) -> Holding:
        await transaction.execute(
            _SAY_ALIVE, self._owner, self._life, *self._kept_seconds, begins, self._seconds
        )
        [(routers, self._has_older, has_far)] = await transaction.fetch(
            _COUNT_ROUTERS, self._seconds
        )
        if has_far:
            # After our own, and only what nobody has locked: two who do it must not wait.
            await transaction.execute(_BRING_NEARER, self._owner, self._seconds)
        wanted = fair_share(routers) - len(own)
        if wanted > 0:
            free = await transaction.fetch(_FIND_FREE, wanted)
            # In a statement of its own, which sees what was committed before they were locked.
            own |= await self._make_ours(transaction, _TAKE, free)
        return Holding(own, routers)

    async def _make_ours(
        self, transaction: Transaction, sql: str, rows: Sequence[Record]
    ) -> dict[int, int]:
        if not rows:
            return {}
        partitions = [row["partition"] for row in rows]
        taken = await transaction.fetch(
            sql, self._owner, self._life, partitions, self._kept_seconds[1]
        )
        return {row["partition"]: row["epoch"] for row in taken}


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
