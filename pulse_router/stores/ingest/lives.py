"""Lives of a router, each fenced off from the others: a commit belongs to one.

A life writes its run into the row of its client id, and each commit holds that row while it finds
its own run there. So a commit of an earlier life has either ended before the next one begins, which
then loads it, or finds that its own is over, however late it comes.
"""

from __future__ import annotations

import secrets
from typing import Final

from pulse_router.domain.errors import LifeOver, Unavailable
from pulse_router.domain.event_ids import MAX_NODE
from pulse_router.postgres.database import Database
from pulse_router.postgres.transaction import Record, Transaction
from pulse_router.runtime.processes import is_another_running, this_process
from pulse_router.stores.heartbeats import Heartbeats
from pulse_router.stores.roles import Role

_FIND_HOLDER: Final = """
SELECT node.owner, node.process, node.begun_at, 'owner ' || living.owner AS holder,
       pulse_sign_of_life('owner ' || living.owner, living.expires_at, living.kept_until,
                          living.life) AS sign
FROM ingest_nodes AS node JOIN lane_owners AS living ON living.owner = node.owner
WHERE node.client_id = $1 AND node.run_id IS DISTINCT FROM $2
"""
"""Whoever renews leases of lanes is alive."""

_BEGIN: Final = """
UPDATE ingest_nodes SET run_id = $2, owner = $3, process = $4, begun_at = now()
WHERE client_id = $1 RETURNING node
"""

_LOCK_NODES: Final = "SELECT pg_advisory_xact_lock(hashtextextended('pulse_ingest_nodes', 0))"

_TAKE_NODE: Final = """
INSERT INTO ingest_nodes (node, client_id)
SELECT min(free.node), $1
FROM generate_series(0, $2::integer) AS free (node)
WHERE NOT EXISTS (SELECT FROM ingest_nodes AS taken WHERE taken.node = free.node)
HAVING min(free.node) IS NOT NULL
ON CONFLICT (client_id) DO NOTHING
"""
"""Takes the lowest number that is free, under the lock."""

_LOOK: Final = "SELECT FROM ingest_nodes WHERE client_id = $1 AND run_id = $2"

_HOLD: Final = f"{_LOOK} FOR SHARE"

_HOLD_ALONE: Final = f"{_LOOK} FOR UPDATE"

_FIND_SUCCESSOR: Final = "SELECT owner, begun_at FROM ingest_nodes WHERE client_id = $1"


class Life:
    """One life of the router under a client id.

    Args:
        database: Where lives are told apart.
        client_id: The MQTT client id whose messages it commits.
        owner: The router's name among the holders of lanes.
        heartbeats: What this life has seen of others.
    """

    def __init__(
        self, database: Database, *, client_id: str, owner: str, heartbeats: Heartbeats | None
    ) -> None:
        self._database = database
        self._client_id = client_id
        self._owner = owner
        self._heartbeats = heartbeats or Heartbeats()
        self.run_id: Final = secrets.randbits(63)

    async def begin(self) -> int:
        """Begin; commits of earlier lives that are under way are waited for.

        Returns:
            The number that tells this router's ids from others'.

        Raises:
            Unavailable: Another router lives under this client id, no number is left, or the
                database cannot do it now.
        """
        async with self._database.transaction(Role.INGEST) as transaction:
            await self._wait_for_holder(transaction)
            node = await self._take(transaction)
            if node is None:
                await transaction.execute(_LOCK_NODES)
                await transaction.execute(_TAKE_NODE, self._client_id, MAX_NODE)
                node = await self._take(transaction)
        if node is None:
            raise Unavailable(
                f"all {MAX_NODE + 1} node numbers are taken: delete the rows of routers that are"
                " gone from the table ingest_nodes"
            )
        return node

    async def look(self, transaction: Transaction) -> None:
        """Look whether this life goes on; the next may begin a moment later.

        Raises:
            LifeOver: Another has begun.
        """
        if not await transaction.fetch(_LOOK, self._client_id, self.run_id):
            raise await self.over(transaction)

    async def hold(self, transaction: Transaction, *, alone: bool = False) -> None:
        """Keep the next life from beginning until a transaction has ended.

        Args:
            transaction: What commits for this life.
            alone: Whether to wait for this life's own commits as well, such as one of which the
                answer was lost.

        Raises:
            LifeOver: Another has begun.
        """
        sql = _HOLD_ALONE if alone else _HOLD
        if not await transaction.fetch(sql, self._client_id, self.run_id):
            raise await self.over(transaction)

    async def over(self, transaction: Transaction) -> LifeOver:
        """Say why this life is over."""
        successor = await transaction.fetch_row(_FIND_SUCCESSOR, self._client_id)
        by = "its row is gone from the table ingest_nodes"
        if successor is not None:
            by = f"{successor['owner']} has taken over at {successor['begun_at']:%Y-%m-%d %H:%M}Z"
        return LifeOver(
            f"this router may no longer store what comes under the MQTT client id"
            f" {self._client_id!r}: {by}; give each router its own mqtt.client_id"
        )

    async def _wait_for_holder(self, transaction: Transaction) -> None:
        """Let nobody take over from a router that is alive.

        Raises:
            Unavailable: One is.
        """
        holder = await transaction.fetch_row(_FIND_HOLDER, self._client_id, self.run_id)
        if holder is not None and not self._is_gone(holder):
            raise Unavailable(
                f"another router ingests under the MQTT client id {self._client_id!r}:"
                f" {holder['owner']}, since {holder['begun_at']:%Y-%m-%d %H:%M}Z; this one waits"
                " for it to stop: give each router its own mqtt.client_id"
            )

    def _is_gone(self, holder: Record) -> bool:
        """Tell whether a holder has ended: on this machine one knows at once."""
        if holder["owner"] == self._owner and not is_another_running(holder["process"]):
            return True
        return self._heartbeats.is_still(holder["holder"], holder["sign"])

    async def _take(self, transaction: Transaction) -> int | None:
        node: int | None = await transaction.fetch_value(
            _BEGIN, self._client_id, self.run_id, self._owner, this_process()
        )
        return node
