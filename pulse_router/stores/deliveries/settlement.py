"""Writes how attempts have ended, with what it adds to the books, in one transaction.

Runs as `pulse_operator`. It must not know how attempts are judged.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import zip_longest
from typing import Final

import msgspec

from pulse_router.domain.deliveries import Burial, Reschedule, Settlement
from pulse_router.domain.leases import LeaseLost
from pulse_router.postgres.database import Database
from pulse_router.postgres.transaction import Record, Transaction
from pulse_router.stores.attempt_history import appended
from pulse_router.stores.deliveries.leases import keep_leases
from pulse_router.stores.ingest.ledger import add_to_totals, tally
from pulse_router.stores.roles import Role
from pulse_router.stores.routes.totals import RouteTally

ENDPOINT_GONE: Final = "the endpoint answered 410 Gone"

_SETTLE_DELIVERED: Final = "SELECT pulse_settle_with_receipts($1, $2, $3, $4, $5, $6)"
"""What a settlement is where nothing has failed, in one round trip."""

_SETTLE_ALIKE: Final = "SELECT pulse_settle_alike($1, $2, $3, $4, $5, $6)"
"""What nearly every one is: of one route, answered alike."""

_RESCHEDULE: Final = f"""
UPDATE route_deliveries AS pending
SET attempts = asked.attempts, last_error = asked.error, history = {appended("asked.record")},
    pushbacks = nullif(asked.pushbacks, 0), pushback_seconds = nullif(asked.pushback_seconds, 0),
    next_attempt_at = now() + asked.after * interval '1 second'
FROM unnest($1::bigint[], $2::integer[], $3::double precision[], $4::text[], $5::text[],
            $6::integer[], $7::double precision[], $8::boolean[])
  AS asked (id, attempts, after, error, record, pushbacks, pushback_seconds, is_pushed_back)
WHERE pending.id = asked.id AND pending.attempts < asked.attempts
RETURNING pending.route_id, asked.error, asked.is_pushed_back
"""  # noqa: S608 - fixed text

_BURY: Final = f"""
WITH asked AS (
  SELECT * FROM unnest($1::bigint[], $2::integer[], $3::text[], $4::text[], $5::text[], $6::text[])
    AS asked (id, attempts, destination_type, destination_config, error, record)
), gone AS (
  DELETE FROM route_deliveries WHERE id = ANY ($1::bigint[]) RETURNING *
), buried AS (
  INSERT INTO dead_letter_messages
    (delivery_id, tenant_id, route_id, device_id, event_id, event_time, original_topic, payload,
     destination_type, destination_config, error_message, attempts, history)
  SELECT id, tenant_id, route_id, device_id, event_id, event_time, topic, payload,
         asked.destination_type, asked.destination_config::jsonb, asked.error, asked.attempts,
         {appended("asked.record")}
  FROM gone JOIN asked USING (id)
  ON CONFLICT (delivery_id) DO NOTHING
  RETURNING tenant_id, route_id, error_message
)
SELECT tenant_id, count(*) AS count, route_id, max(error_message) AS error
FROM buried GROUP BY tenant_id, route_id
"""  # noqa: S608 - fixed text

_DISABLE: Final = """
UPDATE message_routes SET is_enabled = false, disabled_reason = $2, updated_at = now()
WHERE id = ANY ($1::bigint[]) AND is_enabled
"""

_REMOVE: Final = "SELECT tenant_id, count, route_id FROM pulse_remove_delivered($1, $2, $3, $4)"


async def settle(database: Database, settlement: Settlement, *, leave_out: bool = False) -> None:
    """Write the ends of attempts in one transaction; settling twice changes nothing more.

    Args:
        database: Where the queue is.
        settlement: What to write.
        leave_out: Whether what succeeded at the first attempt leaves no receipt.

    Raises:
        Unavailable: It is not known to be written: hold and retry.
        LeaseLost: Nothing is written, for some of it belongs to another router now.
    """
    if settlement.rescheduled or settlement.buried or settlement.disabled_routes:
        async with database.transaction(Role.OPERATOR) as transaction:
            await _settle_all(transaction, settlement, leave_out=leave_out)
    else:
        await _settle_delivered(database, settlement, leave_out=leave_out)


async def _settle_delivered(database: Database, settlement: Settlement, *, leave_out: bool) -> None:
    epochs = settlement.epochs
    ids, statuses, milliseconds = _receipts(settlement)
    holds = list(epochs), list(epochs.values())
    if settlement.alike is not None and not leave_out:
        alike = ids, milliseconds, settlement.alike, statuses[0], *holds
        held = await database.call(Role.OPERATOR, _SETTLE_ALIKE, *alike)
    else:
        values = ids, statuses, milliseconds, leave_out, *holds
        held = await database.call(Role.OPERATOR, _SETTLE_DELIVERED, *values)
    if lost := set(epochs) - {partition for (partition,) in held}:
        raise LeaseLost(lost)


async def _settle_all(transaction: Transaction, settlement: Settlement, *, leave_out: bool) -> None:
    await keep_leases(transaction, settlement.epochs)
    routes = RouteTally()
    if settlement.rescheduled:
        routes.add_failed(await _reschedule(transaction, settlement.rescheduled))
    buried = await _bury(transaction, settlement.buried)
    delivered: Sequence[Record] = ()
    if settlement.delivered:
        delivered = await transaction.fetch(_REMOVE, *_receipts(settlement), leave_out)
    if settlement.disabled_routes:
        await transaction.execute(_DISABLE, list(settlement.disabled_routes), ENDPOINT_GONE)
    routes.add_buried(buried)
    routes.add_delivered(delivered)
    await routes.write(transaction)
    await add_to_totals(transaction, tally(buried, "buried") | tally(delivered, "delivered"))


async def _reschedule(
    transaction: Transaction, rescheduled: Sequence[Reschedule]
) -> Sequence[Record]:
    return await transaction.fetch(
        _RESCHEDULE,
        [item.delivery_id for item in rescheduled],
        [item.attempts for item in rescheduled],
        [item.retry_after_seconds for item in rescheduled],
        [item.error for item in rescheduled],
        [_json(item.record) if item.record else None for item in rescheduled],
        [item.pushbacks for item in rescheduled],
        [item.pushback_seconds for item in rescheduled],
        [item.is_pushed_back for item in rescheduled],
    )


async def _bury(transaction: Transaction, buried: Sequence[Burial]) -> Sequence[Record]:
    if not buried:
        return ()
    return await transaction.fetch(
        _BURY,
        [item.delivery.id for item in buried],
        [item.attempts for item in buried],
        [item.destination_type for item in buried],
        [_json(item.destination_config) for item in buried],
        [item.error for item in buried],
        [_json(item.record) if item.record else None for item in buried],
    )


def _receipts(settlement: Settlement) -> tuple[list[int], list[int | None], list[int]]:
    """List what is delivered with what receipts tell of it beside what stands in the queue.

    In the order of the ids, in which it is found there. No delivery stands there twice, or it would
    have two receipts.
    """
    told = zip_longest(settlement.delivered, settlement.statuses, settlement.milliseconds)
    rows = {row[0]: row for row in told}
    ids = sorted(rows)
    return ids, [rows[number][1] for number in ids], [rows[number][2] or 0 for number in ids]


def _json(value: object) -> str:
    return msgspec.json.encode(value).decode()
