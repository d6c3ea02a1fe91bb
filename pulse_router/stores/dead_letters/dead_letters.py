"""The dead letters; satisfies the API's `DeadLetterStore` and delivery's `ReplayStore`.

A tenant's calls run under row-level security, the operator's (tenant None) as `pulse_operator`.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager
from datetime import timedelta
from typing import Final

import msgspec

from pulse_router.domain.deliveries import (
    AttemptRecord,
    ClaimRefused,
    DeadLetter,
    DeadLetterStatus,
)
from pulse_router.postgres.database import Database
from pulse_router.postgres.transaction import Record, Role, Transaction
from pulse_router.stores.deliveries.attempt_history import appended
from pulse_router.stores.ingest.ledger import add_to_totals, tally

_PURGE_SECONDS: Final = 300.0
CLAIMED: Final = """
coalesce(claimed_until > now() AND claimed_until <= now() + interval '20 minutes', false)
"""
"""Whether a dead letter is being replayed. What lies further ahead than twice the time of a claim
has passed: a clock that was wrong has written it."""
_THIS_ONE: Final = "id = $1 AND ($2::text IS NULL OR tenant_id = $2)"


class PostgresDeadLetterStore:
    """The dead letters.

    Args:
        database: Where they are kept.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    async def list_dead_letters(
        self,
        tenant_id: str | None,
        *,
        status: DeadLetterStatus | None,
        route_id: int | None,
        limit: int,
        offset: int,
    ) -> tuple[Sequence[DeadLetter], int]:
        """Give a page of the tenant's dead letters, newest first, and how many there are in all.

        Without a tenant, those of all tenants, for the operator.

        Raises:
            Unavailable: The database cannot be asked now.
        """
        wanted = """
            ($1::text IS NULL OR tenant_id = $1) AND ($2::text IS NULL OR status = $2)
            AND ($3::bigint IS NULL OR route_id = $3)
            """
        values = (tenant_id, None if status is None else status.value, route_id)
        async with self._transaction(tenant_id) as transaction:
            rows = await transaction.fetch(
                f"SELECT * FROM dead_letter_messages WHERE {wanted}"  # noqa: S608 - fixed text
                " ORDER BY id DESC LIMIT $4 OFFSET $5",
                *values,
                limit,
                offset,
            )
            total = await transaction.fetch_value(
                f"SELECT count(*) FROM dead_letter_messages WHERE {wanted}",  # noqa: S608 - fixed text
                *values,
            )
        return [_read_dead_letter(row) for row in rows], total

    async def load_dead_letter(
        self, tenant_id: str | None, dead_letter_id: int
    ) -> DeadLetter | None:
        """Give one dead letter, or None when the tenant has no such one.

        Raises:
            Unavailable: The database cannot be asked now.
        """
        async with self._transaction(tenant_id) as transaction:
            row = await transaction.fetch_row(
                f"SELECT * FROM dead_letter_messages WHERE {_THIS_ONE}",  # noqa: S608 - fixed text
                dead_letter_id,
                tenant_id,
            )
        return None if row is None else _read_dead_letter(row)

    async def discard_dead_letter(
        self, tenant_id: str | None, dead_letter_id: int
    ) -> ClaimRefused | None:
        """Discard a dead letter that is FAILED and that nobody is replaying.

        Returns:
            None when it is done, otherwise what forbids it.

        Raises:
            Unavailable: It is not known to be done.
        """
        async with self._transaction(tenant_id) as transaction:
            refused = await _lock_failed(transaction, tenant_id, dead_letter_id)
            if refused is None:
                rows = await transaction.fetch(
                    f"""
                    UPDATE dead_letter_messages SET status = 'DISCARDED' WHERE {_THIS_ONE}
                    RETURNING tenant_id, 1
                    """,  # noqa: S608 - fixed text
                    dead_letter_id,
                    tenant_id,
                )
                await add_to_totals(transaction, tally(rows, "discarded"))
        return refused

    async def purge_dead_letters(self, tenant_id: str | None, *, older_than_days: int) -> int:
        """Remove dead letters by age, whatever their status, and say how many went.

        One that is being replayed stays.

        Raises:
            Unavailable: It is not known to be done.
        """
        async with self._transaction(tenant_id, seconds=_PURGE_SECONDS) as transaction:
            rows = await transaction.fetch(
                f"""
                WITH gone AS (
                  DELETE FROM dead_letter_messages
                  WHERE ($1::text IS NULL OR tenant_id = $1)
                    AND created_at < now() - $2::interval
                    AND NOT {CLAIMED}
                  RETURNING tenant_id, status
                )
                SELECT tenant_id, count(*) FILTER (WHERE status = 'FAILED') AS failed,
                       count(*) AS purged
                FROM gone GROUP BY tenant_id
                """,  # noqa: S608 - fixed text
                tenant_id,
                timedelta(days=older_than_days),
            )
            await add_to_totals(transaction, tally(rows, "discarded"))
        return sum(row["purged"] for row in rows)

    async def claim(
        self, tenant_id: str | None, dead_letter_id: int, *, seconds: float
    ) -> DeadLetter | ClaimRefused:
        """Reserve a dead letter that is FAILED, so that nobody else replays or discards it.

        Args:
            tenant_id: Whose it must be; None for anyone's.
            dead_letter_id: Which one.
            seconds: When the claim ends by itself.

        Raises:
            Unavailable: The database cannot do it now.
        """
        async with self._transaction(tenant_id) as transaction:
            refused = await _lock_failed(transaction, tenant_id, dead_letter_id)
            if refused is not None:
                return refused
            row = await transaction.fetch_row(
                f"""
                UPDATE dead_letter_messages SET claimed_until = now() + $3::interval
                WHERE {_THIS_ONE} RETURNING *
                """,  # noqa: S608 - fixed text
                dead_letter_id,
                tenant_id,
                timedelta(seconds=seconds),
            )
        assert row is not None  # noqa: S101 - the row is locked
        return _read_dead_letter(row)

    async def mark_replayed(
        self, tenant_id: str | None, dead_letter_id: int, record: AttemptRecord
    ) -> None:
        """Note that a claimed dead letter was delivered, and remember the attempt.

        Raises:
            Unavailable: It is not known to be written.
        """
        async with self._transaction(tenant_id) as transaction:
            rows = await transaction.fetch(
                f"""
                UPDATE dead_letter_messages
                SET status = 'REPLAYED', replayed_at = now(), attempts = attempts + 1,
                    claimed_until = NULL, history = {appended("$3::text")}
                WHERE {_THIS_ONE} AND status = 'FAILED'
                RETURNING tenant_id, 1
                """,  # noqa: S608 - fixed text
                dead_letter_id,
                tenant_id,
                _json(record),
            )
            await add_to_totals(transaction, tally(rows, "replayed"))

    async def release(
        self, tenant_id: str | None, dead_letter_id: int, *, failed: AttemptRecord | None
    ) -> None:
        """Give a claim back; when an attempt has failed, count and remember it.

        Raises:
            Unavailable: It is not known to be written.
        """
        async with self._transaction(tenant_id) as transaction:
            await transaction.execute(
                f"""
                UPDATE dead_letter_messages
                SET claimed_until = NULL,
                    attempts = attempts + CASE WHEN $3::text IS NULL THEN 0 ELSE 1 END,
                    error_message = coalesce($3, error_message),
                    history = {appended("$4::text")}
                WHERE {_THIS_ONE} AND status = 'FAILED'
                """,  # noqa: S608 - fixed text
                dead_letter_id,
                tenant_id,
                None if failed is None else failed.error,
                None if failed is None else _json(failed),
            )

    def _transaction(
        self, tenant_id: str | None, *, seconds: float | None = None
    ) -> AbstractAsyncContextManager[Transaction]:
        role = Role.OPERATOR if tenant_id is None else Role.APP
        return self._database.transaction(role, tenant_id=tenant_id, statement_seconds=seconds)


async def _lock_failed(
    transaction: Transaction, tenant_id: str | None, dead_letter_id: int
) -> ClaimRefused | None:
    """Lock a dead letter for the transaction; say what forbids to replay or discard it."""
    row = await transaction.fetch_row(
        f"""
        SELECT status, {CLAIMED} AS is_claimed
        FROM dead_letter_messages WHERE {_THIS_ONE} FOR UPDATE
        """,  # noqa: S608 - fixed text
        dead_letter_id,
        tenant_id,
    )
    if row is None:
        return ClaimRefused.NOT_FOUND
    if row["status"] != DeadLetterStatus.FAILED:
        return ClaimRefused.NOT_FAILED
    return ClaimRefused.BUSY if row["is_claimed"] else None


def _read_dead_letter(row: Record) -> DeadLetter:
    return DeadLetter(
        id=row["id"],
        delivery_id=row["delivery_id"],
        tenant_id=row["tenant_id"],
        route_id=row["route_id"],
        device_id=row["device_id"],
        event_id=row["event_id"],
        event_time=row["event_time"],
        original_topic=row["original_topic"],
        payload=row["payload"],
        destination_type=row["destination_type"],
        destination_config=msgspec.json.decode(row["destination_config"]),
        error_message=row["error_message"],
        attempts=row["attempts"],
        status=DeadLetterStatus(row["status"]),
        created_at=row["created_at"],
        replayed_at=row["replayed_at"],
        history=msgspec.json.decode(row["history"] or "[]", type=list[AttemptRecord]),
    )


def _json(value: object) -> str:
    return msgspec.json.encode(value).decode()
