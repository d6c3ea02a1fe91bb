"""Keeps what is remembered of a client id's commits small; must not know how one is stored."""

from __future__ import annotations

import contextlib
from typing import Final

from pulse_router.domain.errors import Unavailable
from pulse_router.postgres.database import Database
from pulse_router.runtime.ledger import NOBODY
from pulse_router.stores.deltas import Merger
from pulse_router.stores.ingest import statements
from pulse_router.stores.roles import Role

MERGED_MESSAGES: Final = 1_000
"""Batches of fewer messages are merged to about so many: to look through 65,535 rows of one message
each takes half a second."""
PACKET_IDS: Final = 65_535
"""How many messages back the broker can still send one again (MQTT 5.0, section 2.2.1)."""


class Pruning:
    """The pruning of one client id's batches in one life.

    Args:
        database: Where they are.
        client_id: The MQTT client id.
    """

    def __init__(self, database: Database, *, client_id: str) -> None:
        self._database = database
        self._client_id = client_id
        self._merger = Merger(database, Role.INGEST)
        self._has_looked_at_all = False

    async def prune(self) -> None:
        """Merge small batches, and remove those whose messages cannot come again.

        The counts of what is removed are added to the running totals in the same transaction, and
        it is written down what is left: what has gone is not passed again.

        Raises:
            Unavailable: The database cannot do it now.
        """
        if not self._has_looked_at_all:
            await self._look_at_all()
        async with self._database.transaction(Role.INGEST) as transaction:
            await transaction.execute(statements.PRUNE, self._client_id, PACKET_IDS, NOBODY)
            await transaction.execute(statements.MERGE, self._client_id, MERGED_MESSAGES)
            await transaction.execute(statements.KEEP_MARK, self._client_id)
        await self._merger.merge_when_due()

    async def _look_at_all(self) -> None:
        """Write down what is left whatever was written down, once in a life.

        It passes all that lies dead: where that takes too long, what is written down will do.
        """
        with contextlib.suppress(Unavailable):
            async with self._database.transaction(Role.INGEST) as transaction:
                await transaction.execute(statements.KEEP_MARK_ANEW, self._client_id)
        self._has_looked_at_all = True
