"""Buries what a deleted route has pending, piece by piece, each where the last one ended.

What was buried stays in the table and its indexes while somebody holds an old snapshot: to begin
each piece at the start would be to pass all pieces before. Nothing of the route is under way and
nobody settles it, so what is pending only becomes less, save what a commit still brings: a cursor
is a mark as looks have it (`looks.py`), with what was in doubt.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import attrs
import msgspec

from pulse_router.domain.destinations import without_secrets
from pulse_router.domain.queue_marks import FROM_THE_START, LOWEST_ID, QueueMark
from pulse_router.domain.routes import DestinationType, Route
from pulse_router.postgres.transaction import Transaction
from pulse_router.stores.deliveries import looks
from pulse_router.stores.deliveries.pushbacks import SPENT
from pulse_router.stores.ingest.ledger import add_to_totals, tally

ROUTE_DELETED: Final = "route was deleted"

FIND: Final = """
WITH fresh AS (
  SELECT id, entered FROM route_deliveries
  WHERE route_id = $1 AND attempts = 0 AND (entered, id) > ($3::text::xid8, $4::bigint)
  ORDER BY entered, id LIMIT $2
), late AS (
  SELECT id FROM route_deliveries
  WHERE route_id = $1 AND attempts = 0 AND entered = ANY ($5::text[]::xid8[])
    AND (entered, id) <= ($3::text::xid8, $4::bigint)
  LIMIT $2
), retried AS (
  SELECT id, next_attempt_at FROM route_deliveries
  WHERE route_id = $1 AND attempts > 0
    AND (next_attempt_at, id) > ($6::text::timestamptz, $7::bigint)
  ORDER BY next_attempt_at, id LIMIT $2
), taken AS MATERIALIZED (
  SELECT * FROM (
    SELECT 1 AS kind, id, NULL::xid8 AS entered, NULL::timestamptz AS at FROM late
    UNION ALL SELECT 2, id, entered, NULL FROM fresh
    UNION ALL SELECT 3, id, NULL, next_attempt_at FROM retried
  ) AS found
  ORDER BY kind, entered, at, id LIMIT $2
)
SELECT ARRAY(SELECT id FROM taken) AS ids,
       (SELECT count(*) FROM late) AS late,
       (SELECT json_build_array(entered::text, id)::text FROM taken WHERE kind = 2
        ORDER BY entered DESC, id DESC LIMIT 1) AS fresh_end,
       (SELECT json_build_array(at::text, id)::text FROM taken WHERE kind = 3
        ORDER BY at DESC, id DESC LIMIT 1) AS retried_end,
       pg_current_snapshot()::text AS snapshot,
       extract(epoch FROM pg_postmaster_start_time())::text AS server
"""

BURY: Final = f"""
WITH gone AS (
  DELETE FROM route_deliveries WHERE id = ANY ($1::bigint[]) RETURNING *
), buried AS (
  INSERT INTO dead_letter_messages
    (delivery_id, tenant_id, route_id, device_id, event_id, event_time, original_topic, payload,
     destination_type, destination_config, error_message, attempts, history)
  SELECT id, tenant_id, route_id, device_id, event_id, event_time, topic, payload,
         $2, $3::jsonb, $4, {SPENT}, history
  FROM gone
  ON CONFLICT (delivery_id) DO NOTHING
  RETURNING tenant_id
)
SELECT tenant_id, count(*) FROM buried GROUP BY tenant_id
UNION ALL
SELECT NULL, count(*) FROM gone
"""  # noqa: S608 - fixed text


@attrs.frozen
class Cursor:
    """Up to where all is buried.

    Attributes:
        mark: That of what was never attempted.
        retried_to: The time at which the last one was due that had failed, as text.
        retried_id: Its id.
    """

    mark: QueueMark = FROM_THE_START
    retried_to: str = "-infinity"
    retried_id: int = LOWEST_ID


@attrs.frozen
class Piece:
    """What was found to bury.

    Attributes:
        ids: The deliveries.
        is_last: Whether nothing else was to be seen.
        cursor: Where the next piece begins.
    """

    ids: list[int]
    is_last: bool
    cursor: Cursor


async def find_piece(
    transaction: Transaction, route_id: int, cursor: Cursor, *, limit: int
) -> Piece:
    """Find what is to be buried next, up to `limit`."""
    row = await transaction.fetch_row(FIND, route_id, limit, *arguments(cursor))
    assert row is not None  # noqa: S101 - it counts
    if cursor.mark.server not in ("", row["server"]):
        return await find_piece(transaction, route_id, Cursor(), limit=limit)
    below, in_progress = looks.parse_snapshot(row["snapshot"])
    mark = cursor.mark
    entered, last_id = mark.entered, mark.id
    if row["fresh_end"] is not None:
        number, last_id = msgspec.json.decode(row["fresh_end"])
        entered = int(number)
    in_doubt = {number for number in in_progress if number <= entered}
    if row["late"] >= limit:
        in_doubt.update(mark.in_doubt)
    if entered >= below:  # rows of a restored backup: nothing is known of such numbers
        entered, last_id, in_doubt = mark.entered, mark.id, set(mark.in_doubt)
    retried_to, retried_id = cursor.retried_to, cursor.retried_id
    if row["retried_end"] is not None:
        retried_to, retried_id = msgspec.json.decode(row["retried_end"])
    following = QueueMark(entered, last_id, sorted(in_doubt), server=row["server"])
    return Piece(row["ids"], len(row["ids"]) < limit, Cursor(following, retried_to, retried_id))


def arguments(cursor: Cursor) -> list[object]:
    """Give a cursor as `FIND` takes it ($3 to $7)."""
    mark = cursor.mark
    in_doubt = looks.list_in_doubt(mark.in_doubt)
    return [str(mark.entered), mark.id, in_doubt, cursor.retried_to, cursor.retried_id]


async def bury(
    transaction: Transaction, route_id: int, ids: list[int], last_known: Route | None
) -> int:
    """Move deliveries into the dead letters; give how many were moved."""
    known_type, config = await _destination_of(transaction, route_id, last_known)
    text = msgspec.json.encode(config).decode()
    rows = await transaction.fetch(BURY, ids, known_type, text, ROUTE_DELETED)
    *buried, (_, gone) = rows
    await add_to_totals(transaction, tally(buried, "buried"))
    return int(gone)


async def forget_route(transaction: Transaction, route_id: int) -> None:
    """Note that nothing is left of a route that was deleted."""
    await transaction.execute("DELETE FROM deleted_routes WHERE id = $1", route_id)


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
