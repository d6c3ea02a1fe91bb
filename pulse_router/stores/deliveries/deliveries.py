"""The durable queue of deliveries; satisfies delivery's `DeliveryStore`.

Runs as `pulse_operator`. Claims are not written: what is in hand, the caller excludes, and after a
crash it is simply due again.
"""

from __future__ import annotations

import contextlib
from collections.abc import Collection, Mapping, Sequence
from typing import Final

from pulse_router.domain.deliveries import UNBOUNDED_BYTES, DueDeliveries, Settlement
from pulse_router.domain.errors import TROUBLE, Unavailable
from pulse_router.domain.queue_marks import FROM_THE_START, QueueMark, Work, WorkMark
from pulse_router.domain.routes import Route
from pulse_router.postgres.database import Database
from pulse_router.stores.deliveries import burials, looks, work
from pulse_router.stores.deliveries.kept_marks import KeptMarks
from pulse_router.stores.deliveries.leases import keep_leases
from pulse_router.stores.deliveries.settlement import settle
from pulse_router.stores.deltas import Merger
from pulse_router.stores.ingest.ledger import (
    DEAD_ROWS,
    pending_by_books,
)
from pulse_router.stores.receipts.merging import ReceiptMerger
from pulse_router.stores.roles import Role

COUNTED_AT_MOST: Final = 10_000
"""Up to how many pending deliveries are counted; beyond, the planner's estimate is good enough."""
THOROUGH_SECONDS: Final = 10.0
"""How long a look may take that begins before the marks that are kept; then it begins at these."""
MERGE_EVERY: Final = 100
"""Settlements, at the least, between two mergings of what they have added to the totals."""


class PostgresDeliveryStore:
    """The queue.

    Args:
        database: Where it is kept.
        thorough_seconds: How long a look may take that begins before the marks that are kept.
        receipts: Who puts together what settlements leave of what was delivered.
    """

    def __init__(
        self,
        database: Database,
        *,
        thorough_seconds: float = THOROUGH_SECONDS,
        receipts: ReceiptMerger | None = None,
    ) -> None:
        self._database = database
        self._thorough_seconds = thorough_seconds
        self._kept = KeptMarks(database)
        self._cursors: dict[int, burials.Cursor] = {}
        self._merger = Merger(database, Role.OPERATOR)
        self._receipts = receipts or ReceiptMerger(database)
        self._settlements = 0

    async def routes_with_work(
        self, since: WorkMark | None = None, *, thoroughly: bool = False
    ) -> Work:
        """See the port."""
        if since is not None:
            found = await work.find_new(self._database, since)
            if found is not None:
                return found
        if thoroughly:
            return await work.find_all(self._database)
        return await self._kept.find_work()

    async def keep_marks(self, marks: Mapping[int, QueueMark]) -> None:
        """See the port."""
        await self._kept.keep(marks)

    async def due(
        self,
        route_id: int,
        *,
        exclude: Collection[int],
        limit: int,
        max_bytes: int = UNBOUNDED_BYTES,
        in_order: bool = False,
        since: QueueMark = FROM_THE_START,
    ) -> DueDeliveries:
        """See the port. In one round trip, whatever the backlog."""
        arguments = (list(exclude), limit, max_bytes)
        if since.is_thorough:
            with contextlib.suppress(Unavailable):  # it passes too many dead, or is told so below
                found = await self._look(
                    route_id,
                    *arguments,
                    in_order=in_order,
                    since=since,
                    seconds=self._thorough_seconds,
                )
                assert found is not None  # noqa: S101 - it is of any server
                return found
        begun = self._kept.begin(route_id, since)
        found = await self._look(route_id, *arguments, in_order=in_order, since=begun)
        if found is None:
            self._kept.forget(route_id)
            found = await self._look(route_id, *arguments, in_order=in_order, since=FROM_THE_START)
        assert found is not None  # noqa: S101 - a look from the start is of any server
        return found

    async def _look(
        self,
        route_id: int,
        exclude: Sequence[int],
        limit: int,
        max_bytes: int,
        *,
        in_order: bool,
        since: QueueMark,
        seconds: float | None = None,
    ) -> DueDeliveries | None:
        sql = looks.DUE_IN_ORDER if in_order else looks.DUE
        mark = looks.arguments(since, in_order=in_order)
        values = (route_id, exclude, limit, max_bytes, *mark)
        if seconds is None:
            rows = await self._database.look(Role.OPERATOR, sql, *values)
        else:
            async with self._database.transaction(
                Role.OPERATOR, read_only=True, statement_seconds=seconds
            ) as transaction:
                rows = await transaction.fetch(sql, *values)
        return looks.read(rows, since=since, limit=limit, in_order=in_order)

    async def settle(self, settlement: Settlement) -> None:
        """See the port."""
        await settle(self._database, settlement, leave_out=self._receipts.is_full)
        self._settlements += 1
        if self._settlements % MERGE_EVERY == 0:
            with contextlib.suppress(*TROUBLE):  # they are merged another time
                await self._merger.merge_when_due()
                await self._receipts.merge_when_due()

    async def bury_route(
        self,
        route_id: int,
        last_known: Route | None,
        *,
        limit: int,
        epochs: Mapping[int, int] | None = None,
    ) -> int:
        """See the port."""
        cursor = self._cursors.pop(route_id, None)
        if cursor is None:
            cursor = burials.Cursor(self._kept.begin(route_id, FROM_THE_START))
        async with self._database.transaction(Role.OPERATOR) as transaction:
            await keep_leases(transaction, epochs or {})
            piece = await burials.find_piece(transaction, route_id, cursor, limit=limit)
            gone = await burials.bury(transaction, route_id, piece.ids, last_known)
            following = {route_id: piece.cursor.mark}
            await self._kept.keep_in(transaction, following)
            if piece.is_last:
                await burials.forget_route(transaction, route_id)
        self._kept.note(following)
        if not piece.is_last:
            self._cursors[route_id] = piece.cursor
        return gone

    async def queue_depth(self) -> int:
        """See the port. They are counted up to `COUNTED_AT_MOST`, and estimated beyond.

        Where many dead rows stand between them, the books tell, without reading any.
        """
        async with self._database.transaction(Role.OPERATOR, read_only=True) as transaction:
            if await transaction.fetch_value(f"SELECT {DEAD_ROWS}") > COUNTED_AT_MOST:
                return max(0, await pending_by_books(transaction))
            counted = await transaction.fetch_value(
                "SELECT count(*) FROM (SELECT FROM route_deliveries LIMIT $1) AS pending",
                COUNTED_AT_MOST,
            )
            if counted < COUNTED_AT_MOST:
                return int(counted)
            estimate = await transaction.fetch_value(
                "SELECT reltuples FROM pg_class WHERE oid = 'route_deliveries'::regclass"
            )
        return max(int(counted), int(estimate))
