"""The dead letters; satisfies the API's `DeadLetterStore` and delivery's `ReplayStore`.

A tenant's calls run under row-level security, the operator's (tenant None) as `pulse_operator`.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from datetime import timedelta
from typing import Any, Final

import msgspec

from pulse_router.domain.dead_letters.jobs import JobOutcome
from pulse_router.domain.dead_letters.selection import DeadLetterFilter
from pulse_router.domain.deliveries import (
    AttemptRecord,
    ClaimRefused,
    DeadLetter,
    DeadLetterStatus,
)
from pulse_router.postgres.database import Database
from pulse_router.postgres.transaction import Record, Transaction
from pulse_router.runtime.pages import Found, Wanted
from pulse_router.stores.attempt_history import appended, read_history
from pulse_router.stores.dead_letters.claims import CLAIMED, NO_CLAIM, THIS_ONE, Claims
from pulse_router.stores.dead_letters.filters import conditions_of, parted
from pulse_router.stores.heartbeats import Heartbeats
from pulse_router.stores.ingest.ledger import add_to_totals, tally
from pulse_router.stores.job_results import note_results
from pulse_router.stores.lists import Key, List, find_page
from pulse_router.stores.reading import UNREADABLE_JSON, read_json_object, read_one
from pulse_router.stores.roles import Role
from pulse_router.stores.sums import in_integer

_PURGE_SECONDS: Final = 300.0
_OLD: Final = f"""
($1::text IS NULL OR tenant_id = $1) AND created_at < now() - $2::interval AND NOT {CLAIMED}
"""
LISTED: Final = List(
    source="dead_letter_messages",
    keys=[Key("id", "bigint")],
    descending=True,
    columns="""
    id, delivery_id, tenant_id, route_id, device_id, event_id, event_time, original_topic,
    CASE WHEN {shown} THEN payload END AS payload, octet_length(payload::text) AS payload_bytes,
    destination_type, destination_config, error_message, attempts, status,
    created_at, replayed_at, history
    """,
    weight="""
    octet_length(payload::text) + octet_length(destination_config::text)
    + octet_length(coalesce(history::text, '')) + octet_length(error_message) + 500
    """,
)


class PostgresDeadLetterStore:
    """The dead letters.

    Args:
        database: Where they are kept.
        heartbeats: What this life of the router has seen of others.
    """

    def __init__(self, database: Database, *, heartbeats: Heartbeats | None = None) -> None:
        self._database = database
        self._claims = Claims(heartbeats or Heartbeats())

    async def list_dead_letters(
        self,
        tenant_id: str | None,
        *,
        asked: DeadLetterFilter,
        wanted: Wanted,
    ) -> Found[DeadLetter]:
        """See the port."""
        led_to, sought = parted(conditions_of(asked, of_all=tenant_id is None), asked)
        return await find_page(
            self._database,
            _acting_for(tenant_id),
            LISTED,
            wanted,
            read_dead_letter,
            conditions={"tenant_id = {}": tenant_id, **led_to},
            sought=sought,
            tenant_id=tenant_id,
        )

    async def load_dead_letter(
        self, tenant_id: str | None, dead_letter_id: int
    ) -> DeadLetter | None:
        """See the port."""
        async with self._transaction(tenant_id) as transaction:
            row = await transaction.fetch_row(
                f"""
                SELECT *, octet_length(payload::text) AS payload_bytes
                FROM dead_letter_messages WHERE {THIS_ONE}
                """,  # noqa: S608 - fixed text
                dead_letter_id,
                tenant_id,
            )
        return None if row is None else read_one(self._database, row, read_dead_letter)

    async def discard_dead_letter(
        self, tenant_id: str | None, dead_letter_id: int
    ) -> ClaimRefused | None:
        """See the port. It is taken into the tenant's totals, as is every end of a dead letter."""
        async with self._transaction(tenant_id) as transaction:
            refused = await self._claims.lock_failed(transaction, tenant_id, dead_letter_id)
            if refused is None:
                rows = await transaction.fetch(
                    f"""
                    UPDATE dead_letter_messages SET status = 'DISCARDED' WHERE {THIS_ONE}
                    RETURNING tenant_id, 1
                    """,  # noqa: S608 - fixed text
                    dead_letter_id,
                    tenant_id,
                )
                await add_to_totals(transaction, tally(rows, "discarded"))
        return refused

    async def restore_dead_letter(
        self, tenant_id: str | None, dead_letter_id: int
    ) -> DeadLetterStatus | None:
        """See the port. It is taken out of the tenant's totals again."""
        async with self._transaction(tenant_id) as transaction:
            status = await transaction.fetch_value(
                f"SELECT status FROM dead_letter_messages WHERE {THIS_ONE} FOR UPDATE",  # noqa: S608 - fixed text
                dead_letter_id,
                tenant_id,
            )
            if status == DeadLetterStatus.DISCARDED:
                rows = await transaction.fetch(
                    f"""
                    UPDATE dead_letter_messages SET status = 'FAILED' WHERE {THIS_ONE}
                    RETURNING tenant_id, -1
                    """,  # noqa: S608 - fixed text
                    dead_letter_id,
                    tenant_id,
                )
                await add_to_totals(transaction, tally(rows, "discarded"))
        return None if status is None else DeadLetterStatus(status)

    async def count_purge(self, tenant_id: str | None, *, older_than_days: int) -> int:
        """See the port."""
        async with self._transaction(tenant_id, seconds=_PURGE_SECONDS) as transaction:
            counted: int = await transaction.fetch_value(
                f"SELECT count(*) FROM dead_letter_messages WHERE {_OLD}",  # noqa: S608 - fixed text
                tenant_id,
                timedelta(days=older_than_days),
            )
        return counted

    async def purge_dead_letters(self, tenant_id: str | None, *, older_than_days: int) -> int:
        """See the port. One that is being replayed stays."""
        async with self._transaction(tenant_id, seconds=_PURGE_SECONDS) as transaction:
            rows = await transaction.fetch(
                f"""
                WITH gone AS (
                  DELETE FROM dead_letter_messages
                  WHERE {_OLD}
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
        """See delivery's port. A claim forbids to discard, too."""
        async with self._transaction(tenant_id) as transaction:
            refused = await self._claims.lock_failed(transaction, tenant_id, dead_letter_id)
            if refused is not None:
                return refused
            row = await self._claims.claim(transaction, tenant_id, dead_letter_id, seconds)
            claimed = read_one(self._database, row, read_dead_letter)
        self._claims.note(row)
        return claimed

    async def mark_replayed(
        self,
        tenant_id: str | None,
        dead_letter_id: int,
        record: AttemptRecord,
        *,
        job_id: int | None = None,
    ) -> None:
        """See delivery's port."""
        async with self._giving_back(tenant_id) as transaction:
            rows = await transaction.fetch(
                f"""
                UPDATE dead_letter_messages
                SET status = 'REPLAYED', replayed_at = now(), {NO_CLAIM},
                    attempts = {in_integer("attempts::bigint + 1")},
                    history = {appended("$3::text")}
                WHERE {THIS_ONE} AND status = 'FAILED'
                RETURNING tenant_id, 1
                """,  # noqa: S608 - fixed text
                dead_letter_id,
                tenant_id,
                _json(record),
            )
            await add_to_totals(transaction, tally(rows, "replayed"))
            if job_id is not None and rows:
                done = {dead_letter_id: ""}
                await note_results(transaction, job_id, tenant_id, JobOutcome.DONE, done)

    async def release(
        self,
        tenant_id: str | None,
        dead_letter_id: int,
        *,
        failed: AttemptRecord | None,
        job_id: int | None = None,
    ) -> None:
        """See delivery's port. A claim that is given back already, unheard, is nobody's of now."""
        async with self._giving_back(tenant_id) as transaction:
            await transaction.execute(
                f"""
                UPDATE dead_letter_messages
                SET {NO_CLAIM},
                    attempts = attempts + CASE WHEN $3::text IS NULL THEN 0 ELSE 1 END,
                    error_message = coalesce($3, error_message),
                    history = {appended("$4::text")}
                WHERE {THIS_ONE} AND status = 'FAILED' AND claimed_life = $5
                """,  # noqa: S608 - fixed text
                dead_letter_id,
                tenant_id,
                None if failed is None else failed.error,
                None if failed is None else _json(failed),
                self._claims.life,
            )
            if job_id is not None and failed is not None:
                errors = {dead_letter_id: failed.error}
                await note_results(transaction, job_id, tenant_id, JobOutcome.FAILED, errors)

    @asynccontextmanager
    async def _giving_back(self, tenant_id: str | None) -> AsyncIterator[Transaction]:
        async with self._transaction(tenant_id) as transaction:
            yield transaction
        self._claims.note_end()

    def _transaction(
        self, tenant_id: str | None, *, seconds: float | None = None
    ) -> AbstractAsyncContextManager[Transaction]:
        return self._database.transaction(
            _acting_for(tenant_id), tenant_id=tenant_id, statement_seconds=seconds
        )


def _acting_for(tenant_id: str | None) -> Role:
    return Role.OPERATOR if tenant_id is None else Role.APP


def read_dead_letter(row: Record) -> DeadLetter:
    """Make a dead letter of a row of `dead_letter_messages`."""
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
        payload_bytes=row.get("payload_bytes", 0),
        destination_type=row["destination_type"],
        destination_config=_read_config(row["destination_config"]),
        error_message=row["error_message"],
        attempts=row["attempts"],
        status=DeadLetterStatus(row["status"]),
        created_at=row["created_at"],
        replayed_at=row["replayed_at"],
        history=read_history(row["history"]),
        trace=row.get("trace"),
    )


def _read_config(text: str) -> dict[str, Any]:
    """Read what is shown of where it was to go; of another form, nothing is."""
    try:
        return read_json_object(text)
    except UNREADABLE_JSON:
        return {}


def _json(value: object) -> str:
    return msgspec.json.encode(value).decode()
