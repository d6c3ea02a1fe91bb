"""The durable queue of deliveries; satisfies delivery's `DeliveryStore`.

Runs as `pulse_operator`. Claims are not written: what is in hand, the caller excludes, and after a
crash it is simply due again.
"""

from __future__ import annotations

import contextlib
from collections.abc import Collection, Mapping, Sequence
from typing import Any, Final

import msgspec

from pulse_router.domain.deliveries import UNBOUNDED_BYTES, DueDeliveries, Settlement
from pulse_router.domain.destinations import without_secrets
from pulse_router.domain.errors import TROUBLE
from pulse_router.domain.queue_marks import FROM_THE_START, QueueMark, Work, WorkMark
from pulse_router.domain.routes import DestinationType, Route
from pulse_router.postgres.database import Database
from pulse_router.postgres.transaction import Record, Transaction
from pulse_router.stores.deliveries import looks
from pulse_router.stores.deliveries.leases import keep_leases
from pulse_router.stores.deliveries.settlement import settle
from pulse_router.stores.deltas import merge_deltas
from pulse_router.stores.ingest.ledger import (
    DEAD_ROWS,
    add_to_totals,
    pending_by_books,
    tally,
)
from pulse_router.stores.roles import Role

ROUTE_DELETED: Final = "route was deleted"
COUNTED_AT_MOST: Final = 10_000
"""Up to how many pending deliveries are counted; beyond, the planner's estimate is good enough."""
MERGE_EVERY: Final = 100
"""Settlements between two mergings of what they have added to the totals."""

# Jumps from route to route along an index, whatever the backlog of each; but passes what has ended.
_ROUTES: Final = """
{name} AS (
  SELECT min(route_id) AS route_id FROM route_deliveries WHERE attempts {kind}
  UNION ALL
  SELECT (SELECT min(route_id) FROM route_deliveries
          WHERE attempts {kind} AND route_id > {name}.route_id)
  FROM {name} WHERE {name}.route_id IS NOT NULL
)
"""
_NOTE: Final = """
SELECT NULL, pg_current_snapshot()::text, extract(epoch FROM pg_postmaster_start_time())::text
"""
_ALL_WORK: Final = f"""
WITH RECURSIVE {_ROUTES.format(name="fresh", kind="= 0")},
{_ROUTES.format(name="retried", kind="> 0")}
SELECT route_id, NULL AS snapshot, NULL AS server FROM fresh WHERE route_id IS NOT NULL
UNION
SELECT route_id, NULL, NULL FROM retried WHERE route_id IS NOT NULL
UNION ALL
{_NOTE}
"""  # noqa: S608 - fixed text

# Asks of each route whether it has any that came after the mark.
_NEW_WORK: Final = f"""
SELECT route.id AS route_id, NULL AS snapshot, NULL AS server
FROM message_routes AS route, LATERAL (
  (SELECT FROM route_deliveries
   WHERE route_id = route.id AND attempts = 0 AND entered >= $1::text::xid8 LIMIT 1)
  UNION ALL
  (SELECT FROM route_deliveries
   WHERE route_id = route.id AND attempts = 0 AND entered = ANY ($2::text[]::xid8[]) LIMIT 1)
  LIMIT 1
) AS has_new
UNION ALL
{_NOTE}
"""  # noqa: S608 - fixed text

_BURY_ROUTE: Final = """
WITH gone AS (
  DELETE FROM route_deliveries
  WHERE id = ANY (ARRAY(
    (SELECT id FROM route_deliveries WHERE route_id = $1 AND attempts = 0 LIMIT $2)
    UNION ALL
    (SELECT id FROM route_deliveries WHERE route_id = $1 AND attempts > 0 LIMIT $2)
    LIMIT $2))
  RETURNING *
), buried AS (
  INSERT INTO dead_letter_messages
    (delivery_id, tenant_id, route_id, device_id, event_id, event_time, original_topic, payload,
     destination_type, destination_config, error_message, attempts, history)
  SELECT id, tenant_id, route_id, device_id, event_id, event_time, topic, payload,
         $3, $4::jsonb, $5, attempts, history
  FROM gone
  ON CONFLICT (delivery_id) DO NOTHING
  RETURNING tenant_id
)
SELECT tenant_id, count(*) FROM buried GROUP BY tenant_id
UNION ALL
SELECT NULL, count(*) FROM gone
"""


class PostgresDeliveryStore:
    """The queue.

    Args:
        database: Where it is kept.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._settlements = 0

    async def routes_with_work(self, since: WorkMark | None = None) -> Work:
        """See the port."""
        if since is not None:
            found = await self._new_work(since)
            if found.mark is not None and found.mark.server == since.server:
                return found
        rows = await self._database.query(Role.OPERATOR, _ALL_WORK, read_only=True)
        return _read_work(rows)

    async def _new_work(self, since: WorkMark) -> Work:
        rows = await self._database.query(
            Role.OPERATOR,
            _NEW_WORK,
            str(since.entered),
            looks.list_in_doubt(since.in_doubt),
            read_only=True,
        )
        return _read_work(rows)

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
        found = await self._look(route_id, *arguments, in_order=in_order, since=since)
        if found is None:
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
    ) -> DueDeliveries | None:
        rows = await self._database.query(
            Role.OPERATOR,
            looks.DUE_IN_ORDER if in_order else looks.DUE,
            route_id,
            exclude,
            limit,
            max_bytes,
            *looks.arguments(since, in_order=in_order),
            read_only=True,
        )
        return looks.read(rows, since=since, limit=limit, in_order=in_order)

    async def settle(self, settlement: Settlement) -> None:
        """See the port."""
        await settle(self._database, settlement)
        self._settlements += 1
        if self._settlements % MERGE_EVERY == 0:
            with contextlib.suppress(*TROUBLE):  # they are merged another time
                await merge_deltas(self._database, Role.OPERATOR)

    async def bury_route(
        self,
        route_id: int,
        last_known: Route | None,
        *,
        limit: int,
        epochs: Mapping[int, int] | None = None,
    ) -> int:
        """See the port."""
        async with self._database.transaction(Role.OPERATOR) as transaction:
            await keep_leases(transaction, epochs or {})
            known_type, config = await _destination_of(transaction, route_id, last_known)
            rows = await transaction.fetch(
                _BURY_ROUTE,
                route_id,
                limit,
                known_type,
                msgspec.json.encode(config).decode(),
                ROUTE_DELETED,
            )
            *buried, (_, gone) = rows
            await add_to_totals(transaction, tally(buried, "buried"))
            if gone < limit:
                await transaction.execute("DELETE FROM deleted_routes WHERE id = $1", route_id)
        return int(gone)

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


async def _destination_of(
    transaction: Transaction, route_id: int, last_known: Route | None
) -> tuple[str, Mapping[str, Any]]:
    """Tell where a deleted route led to: as it is remembered here, or beside the queue."""
    if last_known is not None:
        config = without_secrets(last_known.destination_config)
        return str(last_known.destination_type), config
    row = await transaction.fetch_row(
        "SELECT destination_type, destination_config FROM deleted_routes WHERE id = $1", route_id
    )
    if row is None:
        return str(DestinationType.WEBHOOK), {}
    config = msgspec.json.decode(row["destination_config"])
    return row["destination_type"], without_secrets(config) if isinstance(config, dict) else {}


def _read_work(rows: Sequence[Record]) -> Work:
    *found, last = rows
    mark = looks.read_work_mark(last["snapshot"], last["server"])
    return Work([row["route_id"] for row in found], mark)
