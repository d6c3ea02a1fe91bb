"""The durable queue of deliveries; satisfies delivery's `DeliveryStore`.

Runs as `pulse_operator`. Claims are not written: what is in hand, the caller excludes, and after a
crash it is simply due again.
"""

from __future__ import annotations

import itertools
from collections.abc import Collection, Sequence
from typing import Final

import msgspec

from pulse_router.domain.deliveries import (
    ROW_BYTES,
    UNBOUNDED_BYTES,
    Delivery,
    DueDeliveries,
    Settlement,
)
from pulse_router.domain.destinations import without_secrets
from pulse_router.domain.routes import DestinationType, Route
from pulse_router.postgres.database import Database
from pulse_router.postgres.transaction import Record
from pulse_router.stores.deliveries.settlement import settle
from pulse_router.stores.ingest.ledger import add_to_totals, tally
from pulse_router.stores.roles import Role

ROUTE_DELETED: Final = "route was deleted"
COUNTED_AT_MOST: Final = 10_000
"""Up to how many pending deliveries are counted; beyond, the planner's estimate is good enough."""

# Jumps from route to route along the index, whatever the backlog of each.
_ROUTES_WITH_WORK: Final = """
WITH RECURSIVE found AS (
  SELECT min(route_id) AS route_id FROM route_deliveries
  UNION ALL
  SELECT (SELECT min(route_id) FROM route_deliveries WHERE route_id > found.route_id)
  FROM found WHERE found.route_id IS NOT NULL
)
SELECT route_id FROM found WHERE route_id IS NOT NULL
"""

_WANTED: Final = """
id, tenant_id, route_id, device_id, topic, payload, event_id, event_time, attempts
"""

# Of what was found, as much as the caller has room for, but at least the first.
_WITHIN_BYTES: Final = f"""
SELECT * FROM (
  SELECT *, count(*) OVER () AS found, row_number() OVER in_turn AS place,
         sum(bytes) OVER in_turn - bytes AS bytes_before
  FROM (SELECT *, octet_length(payload::text) + {ROW_BYTES} AS bytes FROM candidates) AS sized
  WINDOW in_turn AS (ORDER BY %s ROWS UNBOUNDED PRECEDING)
) AS weighed
WHERE place = 1 OR bytes_before + bytes <= $4
"""  # noqa: S608 - fixed text

# One round trip: what is due, and last, without an id, when the first of the others will be.
_DUE: Final = f"""
WITH candidates AS (
  SELECT {_WANTED}, next_attempt_at FROM route_deliveries
  WHERE route_id = $1 AND next_attempt_at <= now() AND id <> ALL ($2::bigint[])
  ORDER BY next_attempt_at, id
  LIMIT $3
), fitting AS ({_WITHIN_BYTES % "next_attempt_at, id"})
SELECT {_WANTED}, NULL::double precision AS due_after, found FROM fitting
UNION ALL
(
  SELECT NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL,
         extract(epoch FROM next_attempt_at - now())::double precision, NULL
  FROM route_deliveries
  WHERE route_id = $1 AND next_attempt_at > now() AND id <> ALL ($2::bigint[])
  ORDER BY next_attempt_at
  LIMIT 1
)
"""  # noqa: S608 - fixed text

# By event order, due or not. What was never attempted came in that order; of what was, the oldest
# comes first, whenever it is due.
_DUE_IN_ORDER: Final = f"""
WITH attempted AS (
  SELECT {_WANTED}, next_attempt_at FROM route_deliveries
  WHERE route_id = $1 AND attempts > 0 AND id <> ALL ($2::bigint[])
  ORDER BY id LIMIT $3
), fresh AS (
  SELECT {_WANTED}, next_attempt_at FROM route_deliveries
  WHERE route_id = $1 AND attempts = 0 AND id <> ALL ($2::bigint[])
  ORDER BY next_attempt_at, id LIMIT $3
), candidates AS (
  SELECT * FROM (TABLE attempted UNION ALL TABLE fresh) AS pending ORDER BY id LIMIT $3
), fitting AS ({_WITHIN_BYTES % "id"})
SELECT {_WANTED}, found,
       greatest(extract(epoch FROM next_attempt_at - now())::double precision, 0) AS due_after
FROM fitting ORDER BY place
"""  # noqa: S608 - fixed text

_BURY_ROUTE: Final = """
WITH gone AS (
  DELETE FROM route_deliveries
  WHERE id IN (SELECT id FROM route_deliveries WHERE route_id = $1 LIMIT $2)
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

    async def routes_with_work(self) -> Collection[int]:
        """See the port."""
        rows = await self._database.query(Role.OPERATOR, _ROUTES_WITH_WORK, read_only=True)
        return [row["route_id"] for row in rows]

    async def due(
        self,
        route_id: int,
        *,
        exclude: Collection[int],
        limit: int,
        max_bytes: int = UNBOUNDED_BYTES,
        in_order: bool = False,
    ) -> DueDeliveries:
        """See the port. In one round trip, whatever the backlog."""
        sql = _DUE_IN_ORDER if in_order else _DUE
        rows = await self._database.query(
            Role.OPERATOR, sql, route_id, list(exclude), limit, max_bytes, read_only=True
        )
        return _read_in_order(rows, limit) if in_order else _read_due(rows, limit)

    async def settle(self, settlement: Settlement) -> None:
        """See the port."""
        await settle(self._database, settlement)

    async def bury_route(self, route_id: int, last_known: Route | None, *, limit: int) -> int:
        """See the port."""
        known_type = last_known.destination_type if last_known else DestinationType.WEBHOOK
        config = without_secrets(last_known.destination_config) if last_known else {}
        async with self._database.transaction(Role.OPERATOR) as transaction:
            rows = await transaction.fetch(
                _BURY_ROUTE,
                route_id,
                limit,
                str(known_type),
                msgspec.json.encode(config).decode(),
                ROUTE_DELETED,
            )
            *buried, (_, gone) = rows
            await add_to_totals(transaction, tally(buried, "buried"))
        return int(gone)

    async def queue_depth(self) -> int:
        """See the port. They are counted up to `COUNTED_AT_MOST`, and estimated beyond."""
        async with self._database.transaction(Role.OPERATOR, read_only=True) as transaction:
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


def _read_due(rows: Sequence[Record], limit: int) -> DueDeliveries:
    after = next((row["due_after"] for row in rows if row["id"] is None), None)
    due = [row for row in rows if row["id"] is not None]
    if due and (due[0]["found"] > len(due) or len(due) >= limit):
        after = 0.0
    return DueDeliveries([_read_delivery(row) for row in due], after)


def _read_in_order(rows: Sequence[Record], limit: int) -> DueDeliveries:
    due = list(itertools.takewhile(lambda row: not row["due_after"], rows))
    after: float | None = None
    if len(due) < len(rows):
        after = rows[len(due)]["due_after"]
    elif rows and (rows[0]["found"] > len(rows) or len(rows) >= limit):
        after = 0.0
    return DueDeliveries([_read_delivery(row) for row in due], after)


def _read_delivery(row: Record) -> Delivery:
    return Delivery(
        id=row["id"],
        tenant_id=row["tenant_id"],
        route_id=row["route_id"],
        device_id=row["device_id"],
        topic=row["topic"],
        payload=row["payload"],
        event_id=row["event_id"],
        event_time=row["event_time"],
        attempts=row["attempts"],
    )
