"""Leases of lanes: rows that last as long as their holder lives; satisfies delivery's `LeaseStore`.

They need no session, so they work through PgBouncer, and free themselves when a holder is gone. A
row of `lane_leases` is written when a lane is taken or given up; that its holder lives is a row of
`lane_heartbeats`, a new one each time, so that whoever reads either passes nothing that is dead
(`sql/0025`). A heartbeat belongs to one life of a router: an earlier one that still goes on keeps
nothing of its successor's.

Who is dead is seen, not reckoned (`stores/heartbeats.py`): no clock that jumps gives anybody's
lanes away. Whoever takes a lane locks its row first and looks at its holder's heartbeat afterwards;
whoever renews locks its rows first, too, and keeps them until its heartbeat is committed. So one of
them sees what the other has done.

Rows are locked in the order of their partitions, so that those who renew and those who settle never
wait for each other in a circle.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from pulse_router.domain.leases import PARTITIONS, Holding, LeaseLost, fair_share
from pulse_router.postgres.database import Database
from pulse_router.postgres.transaction import Record, Transaction
from pulse_router.stores.heartbeats import Heartbeats
from pulse_router.stores.roles import Role
from pulse_router.stores.sums import next_in_turn

FORGET_SECONDS: Final = 3600.0
"""For how long a router was seen to be dead that is forgotten."""

# A row beyond them, of another version or written by hand, would be held in place of one of ours.
_OURS_TO_USE: Final = f"partition BETWEEN 0 AND {PARTITIONS - 1}"

# Routers of the release before find it held, until one of them comes to look (`sql/0032`).
_BY_HEARTBEAT: Final = "expires_at = 'infinity', kept_until = 'infinity'"

_LANE_SIGN: Final = "pulse_sign_of_life('lane ' || partition, expires_at, kept_until, life)"
# Whose holder has left, or shows one of these signs still.
_IS_FREE: Final = f"coalesce({_LANE_SIGN}, '') = ANY (${{}}::text[] || ''::text)"
_OWNER_SIGN: Final = (
    "pulse_sign_of_life('owner ' || {0}.owner, {0}.expires_at, {0}.kept_until, {0}.life)"
)

# Those that this life has, also where it was never told so.
_RENEW: Final = f"""
WITH ours AS MATERIALIZED (
  SELECT lease.partition, lease.epoch,
         lease.expires_at = 'infinity' AND lease.kept_until = 'infinity' AS is_kept
  FROM lane_leases AS lease
  WHERE lease.owner = $1 AND lease.life = $2 AND {_OURS_TO_USE}
    AND (lease.expires_at = lease.kept_until OR (lease.partition, lease.epoch) IN (
           SELECT * FROM unnest($3::integer[], $4::bigint[])))
  ORDER BY lease.partition FOR UPDATE OF lease
), kept AS (
  UPDATE lane_leases AS lease SET {_BY_HEARTBEAT}
  FROM ours WHERE lease.partition = ours.partition AND ours.is_kept IS NOT TRUE
)
SELECT partition, epoch FROM ours
"""  # noqa: S608 - fixed text

_FIND_FREE: Final = f"""
SELECT partition FROM lane_leases
WHERE {_IS_FREE.format(2)} AND {_OURS_TO_USE}
ORDER BY partition LIMIT $1 FOR UPDATE SKIP LOCKED
"""  # noqa: S608 - fixed text

_MAKE_OURS: Final = f"""
UPDATE lane_leases SET owner = $1, life = $2, epoch = {next_in_turn("epoch")}, {_BY_HEARTBEAT}
WHERE partition = ANY ($3::integer[])
"""  # noqa: S608 - fixed text
_TAKE: Final = f"""
{_MAKE_OURS} AND {_IS_FREE.format(4)}
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

# Another life of the same router keeps its place while it lives, unless this one begins.
_SAY_ALIVE: Final = f"""
WITH said AS (
  INSERT INTO lane_owners AS known (owner, life, expires_at, kept_until)
  VALUES ($1, $2, 'infinity', 'infinity')
  ON CONFLICT (owner) DO UPDATE
  SET life = excluded.life, expires_at = excluded.expires_at, kept_until = excluded.kept_until
  WHERE $3 OR coalesce({_OWNER_SIGN.format("known")}, '') = ANY ($4::text[] || ''::text)
    OR known.life = excluded.life
       AND (known.expires_at = 'infinity' AND known.kept_until = 'infinity') IS NOT TRUE
)
SELECT pulse_beat($2, $5)
"""  # noqa: S608 - fixed text

# All who may live but this life: whoever is known by name, and what holds lanes beside.
_OTHERS: Final = f"""
SELECT CASE WHEN known.expires_at = known.kept_until THEN 'life ' || known.life
            ELSE 'owner ' || known.owner END AS holder,
       {_OWNER_SIGN.format("known")} AS sign, true AS is_router
FROM lane_owners AS known WHERE known.owner <> $1 OR known.life IS DISTINCT FROM $2
UNION
SELECT CASE WHEN expires_at = kept_until THEN 'life ' || life ELSE 'lane ' || partition END,
       {_LANE_SIGN}, false
FROM lane_leases
WHERE expires_at > '-infinity' AND {_OURS_TO_USE}
  AND (expires_at IS DISTINCT FROM kept_until
       OR life <> $2 AND life NOT IN (SELECT life FROM lane_owners WHERE life IS NOT NULL))
"""  # noqa: S608 - fixed text

_FORGET_DEAD: Final = f"""
WITH gone AS (
  DELETE FROM lane_owners AS known
  WHERE known.owner <> $1 AND {_OWNER_SIGN.format("known")} = ANY ($2::text[]) RETURNING life
)
DELETE FROM lane_heartbeats AS heart USING gone, LATERAL pulse_newest_beat(gone.life) AS newest
WHERE heart.life = gone.life AND heart.beat = newest.beat
"""  # noqa: S608 - fixed text

_FORGET_LEFT: Final = f"""
DELETE FROM lane_owners AS known
WHERE known.owner <> $1 AND {_OWNER_SIGN.format("known")} IS NULL
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
        heartbeats: What this life has seen of others.
    """

    def __init__(
        self, database: Database, owner: str, *, heartbeats: Heartbeats | None = None
    ) -> None:
        self._database = database
        self._owner = owner
        self._heartbeats = heartbeats or Heartbeats()
        self._life: Final = self._heartbeats.life
        self._found: Mapping[str, str] = {}
        self._long_dead: list[str] = []

    @property
    def lease_seconds(self) -> float:
        """See the port."""
        return self._heartbeats.lease_seconds

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
            await transaction.execute(_FORGET_LEFT, self._owner)
            await transaction.execute(_FORGET_LIVES)
            return holding

    async def renew(self, epochs: Mapping[int, int]) -> Holding:
        """See the port. What an answer was lost of is found to be held as well."""
        async with self._database.transaction(Role.OPERATOR) as transaction:
            own = await transaction.fetch(
                _RENEW, self._owner, self._life, list(epochs), list(epochs.values())
            )
            holding = await self._take_share(transaction, {row[0]: row[1] for row in own})
            if self._long_dead:
                await transaction.execute(_FORGET_DEAD, self._owner, self._long_dead)
            return holding

    async def release(self, epochs: Mapping[int, int], *, leave: bool = False) -> None:
        """See the port. The heartbeat stays while a dead letter is claimed by it."""
        async with self._database.transaction(Role.OPERATOR) as transaction:
            await transaction.execute(_RELEASE, self._owner, list(epochs), list(epochs.values()))
            if leave:
                await transaction.execute(
                    "DELETE FROM lane_owners WHERE owner = $1 AND life = $2",
                    self._owner,
                    self._life,
                )
            if leave and not self._heartbeats.claims:
                await transaction.execute(
                    "DELETE FROM lane_heartbeats"
                    " WHERE life = $1 AND beat = (SELECT beat FROM pulse_newest_beat($1))",
                    self._life,
                )

    async def _take_share(
        self, transaction: Transaction, own: dict[int, int], *, begins: bool = False
    ) -> Holding:
        self._heartbeats.note_look()
        await transaction.execute(
            _SAY_ALIVE,
            self._owner,
            self._life,
            begins,
            self._heartbeats.still(),
            self.lease_seconds,
        )
        routers, doubtful = await self._count_routers(transaction, begins=begins)
        wanted = fair_share(routers) - len(own)
        if wanted > 0:
            dead = self._heartbeats.still()
            free = await transaction.fetch(_FIND_FREE, wanted, dead)
            # In a statement of its own, which sees what was committed before they were locked.
            own |= await self._make_ours(transaction, _TAKE, free, dead)
        return Holding(own, routers, doubtful)

    async def _count_routers(self, transaction: Transaction, *, begins: bool) -> tuple[int, int]:
        """Look who else lives; tell how many surely do, this one too, and how many may.

        What was there when this life began may be the row of a router that is long dead: it
        surely lives once it has moved.
        """
        others = await transaction.fetch(_OTHERS, self._owner, self._life)
        signs: dict[str, str] = {}
        self._long_dead = []
        for holder, sign, is_router in others:
            is_dead = self._heartbeats.is_still(holder, sign)
            if is_router and not is_dead:
                signs[holder] = sign
            elif sign and self._heartbeats.is_still(holder, sign, seconds=FORGET_SECONDS):
                self._long_dead.append(sign)
        if begins:
            self._found = signs
        doubtful = sum(self._found.get(holder) == sign for holder, sign in signs.items())
        return 1 + len(signs) - doubtful, doubtful

    async def _make_ours(
        self, transaction: Transaction, sql: str, rows: Sequence[Record], *args: object
    ) -> dict[int, int]:
        if not rows:
            return {}
        partitions = [row["partition"] for row in rows]
        taken = await transaction.fetch(sql, self._owner, self._life, partitions, *args)
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
