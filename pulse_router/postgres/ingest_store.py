"""Stores ingest batches: telemetry, rejections and deliveries in one transaction.

Satisfies the ports of `ingest`; runs as `pulse_ingest`, for COPY does not work under row-level
security.
"""

from __future__ import annotations

import contextlib
import secrets
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from typing import Final

import msgspec

from pulse_router.domain.errors import ConstraintViolated, DataRefused, SequenceTaken, Unavailable
from pulse_router.domain.messages import (
    IngestCommit,
    IngestMemory,
    Message,
    NewDelivery,
    Rejection,
)
from pulse_router.domain.routes import DestinationType, MatchableRoute, Predicate
from pulse_router.postgres.database import Database, Role, Transaction
from pulse_router.postgres.ledger_store import count_by_tenant
from pulse_router.postgres.route_totals import RouteTally
from pulse_router.runtime.ledger import NOBODY

_TELEMETRY: Final = Message._fields
_REJECTED: Final = Rejection._fields
_DELIVERIES: Final = NewDelivery._fields
_COUNTS: Final = ("received", "stored", "rejected", "duplicate", "dropped", "matched", "written")

PACKET_IDS: Final = 65_535
"""How many messages back the broker can still send one again (MQTT 5.0, section 2.2.1)."""


_PRUNE: Final = """
WITH tail AS (
  SELECT sequence,
         sum(cardinality(packet_ids)) OVER (ORDER BY sequence DESC) - cardinality(packet_ids)
           AS newer
  FROM ingest_batches
  WHERE client_id = $1
), gone AS (
  DELETE FROM ingest_batches
  WHERE client_id = $1 AND sequence IN (SELECT sequence FROM tail WHERE newer >= $2)
  RETURNING received, dropped, matched, tenants
), counts AS (
  SELECT $3 AS tenant_id, totals.name, totals.value
  FROM gone, LATERAL (VALUES ('received', received), ('dropped', dropped), ('matched', matched))
                      AS totals (name, value)
  UNION ALL
  SELECT by_tenant.tenant_id, counts.name, counts.value::bigint
  FROM gone,
       LATERAL jsonb_each(tenants) AS by_tenant (tenant_id, counts),
       LATERAL jsonb_each_text(by_tenant.counts) AS counts (name, value)
)
INSERT INTO ledger_totals (tenant_id, name, value)
SELECT tenant_id, name, sum(value) FROM counts GROUP BY 1, 2 HAVING sum(value) > 0 ORDER BY 1, 2
ON CONFLICT (tenant_id, name) DO UPDATE SET value = ledger_totals.value + excluded.value
"""

_KNOWN_TENANTS: Final = """
SELECT tenant_id FROM ledger_totals WHERE name = 'stored'
UNION
SELECT tenant_id FROM ingest_batches,
       LATERAL jsonb_each(tenants) AS by_tenant (tenant_id, counts)
WHERE counts ? 'stored'
"""


class PostgresIngestStore:
    """The durable end of ingest.

    Args:
        database: Where to store.
        client_id: The MQTT client id whose commits these are.
    """

    def __init__(self, database: Database, *, client_id: str) -> None:
        self._database = database
        self._client_id = client_id
        self._run_id = secrets.randbits(63)
        self._known_tenants: set[str] = set()

    async def commit(self, batch: IngestCommit) -> None:
        """Store a batch in one transaction; storing the same batch again changes nothing.

        Raises:
            SequenceTaken: Another router has used this sequence number; nothing was stored.
            DataRefused: A value cannot be stored; nothing was.
            Unavailable: Whether it was stored is unknown or it was not: hold and retry.
        """
        async with self._transaction() as transaction:
            await self._store(transaction, batch)

    @contextlib.asynccontextmanager
    async def in_pieces(self, batch: IngestCommit) -> AsyncIterator[_Pieces | None]:
        """Open a transaction that stores a batch piece by piece, and commits when the block ends.

        Yields:
            Where the pieces go; None when the batch is stored already.

        Raises:
            SequenceTaken: Another router has used this sequence number; nothing was stored.
            Unavailable: Whether it was stored is unknown or it was not: hold and retry.
        """
        async with self._transaction() as transaction:
            if await self._is_taken(transaction, batch.sequence):
                yield None
            else:
                yield _Pieces(self, transaction)

    @contextlib.asynccontextmanager
    async def _transaction(self) -> AsyncIterator[Transaction]:
        """Open a transaction to store in; a constraint that somebody added is an outage."""
        try:
            async with self._database.transaction(Role.INGEST) as transaction:
                yield transaction
        except ConstraintViolated as error:
            raise Unavailable(str(error)) from error

    async def _store(self, transaction: Transaction, batch: IngestCommit) -> None:
        if not await self.note(transaction, batch):
            await self._is_taken(transaction, batch.sequence)
            return
        await _copy(transaction, batch.messages, batch.deliveries)
        if batch.rejections:
            await transaction.copy("rejected_messages", _REJECTED, batch.rejections)
        await self.note_written(transaction, batch)

    async def note(self, transaction: Transaction, batch: IngestCommit) -> bool:
        """Take the sequence number and write the counts; tell whether it was free."""
        counts = batch.counts
        taken = await transaction.fetch_value(
            """
            INSERT INTO ingest_batches
              (client_id, sequence, run_id, last_id, packet_ids, digests,
               received, stored, rejected, duplicate, dropped, matched, written, tenants)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)
            ON CONFLICT (client_id, sequence) DO NOTHING
            RETURNING sequence
            """,
            self._client_id,
            batch.sequence,
            self._run_id,
            batch.last_id,
            batch.packet_ids,
            batch.digests,
            *(getattr(counts, name) for name in _COUNTS),
            msgspec.json.encode(count_by_tenant(batch, self._known_tenants)).decode(),
        )
        return taken is not None

    async def note_written(self, transaction: Transaction, batch: IngestCommit) -> None:
        """Count what routes have by its being stored; last, as others wait for the rows."""
        routes = RouteTally()
        routes.add_written(written.route_id for written in batch.written)
        await routes.write(transaction)

    async def _is_taken(self, transaction: Transaction, sequence: int) -> bool:
        """Tell whether this run has used a sequence number already.

        Raises:
            SequenceTaken: Another router has.
        """
        run_id = await transaction.fetch_value(
            "SELECT run_id FROM ingest_batches WHERE client_id = $1 AND sequence = $2",
            self._client_id,
            sequence,
        )
        if run_id not in (self._run_id, None):
            raise self.taken()
        return run_id is not None

    def taken(self) -> SequenceTaken:
        """Say that another router has used a sequence number."""
        return SequenceTaken(
            f"another router ingests under the MQTT client id {self._client_id!r}:"
            " give each router its own mqtt.client_id"
        )

    async def load_memory(self) -> IngestMemory:
        """Load what earlier runs have committed.

        Raises:
            Unavailable: The database cannot be asked now.
        """
        async with self._database.transaction(Role.INGEST, read_only=True) as transaction:
            rows = await transaction.fetch(
                """
                SELECT sequence, last_id, packet_ids, digests
                FROM (
                  SELECT sequence, last_id, packet_ids, digests,
                         sum(cardinality(packet_ids)) OVER (ORDER BY sequence DESC)
                           - cardinality(packet_ids) AS newer
                  FROM ingest_batches
                  WHERE client_id = $1
                ) AS batches
                WHERE newer < $2
                ORDER BY sequence
                """,
                self._client_id,
                PACKET_IDS,
            )
            # Ids are unique among all routers of one node number, whatever their client id.
            last_id = await transaction.fetch_value("SELECT max(last_id) FROM ingest_batches")
            known = await transaction.fetch(_KNOWN_TENANTS)
        self._known_tenants.update(row["tenant_id"] for row in known)
        return IngestMemory(
            last_sequence=rows[-1]["sequence"] if rows else 0,
            last_id=last_id or 0,
            seen=[
                pair for row in rows for pair in zip(row["packet_ids"], row["digests"], strict=True)
            ],
        )

    async def prune(self) -> None:
        """Remove batches that are older than any message the broker can send again.

        Their counts are added to the running totals in the same transaction.

        Raises:
            Unavailable: The database cannot do it now.
        """
        async with self._database.transaction(Role.INGEST) as transaction:
            await transaction.execute(_PRUNE, self._client_id, PACKET_IDS, NOBODY)


class _Pieces:
    """A batch that is being stored; each piece stands under a savepoint of its own."""

    def __init__(self, store: PostgresIngestStore, transaction: Transaction) -> None:
        self._store = store
        self._transaction = transaction

    async def add(self, messages: Sequence[Message], deliveries: Sequence[NewDelivery]) -> None:
        """Store a piece; when it is refused, nothing of it is stored, and the others stay."""
        transaction = self._transaction
        refusal: DataRefused | None = None
        await transaction.execute("SAVEPOINT piece")
        try:
            await _copy(transaction, messages, deliveries)
        except DataRefused as error:
            refusal = error
        if refusal is not None:
            await transaction.execute("ROLLBACK TO SAVEPOINT piece")
            raise refusal
        await transaction.execute("RELEASE SAVEPOINT piece")

    async def finish(self, batch: IngestCommit) -> None:
        """Store the rejections and the counts of what the batch has become."""
        if batch.rejections:
            await self._transaction.copy("rejected_messages", _REJECTED, batch.rejections)
        if not await self._store.note(self._transaction, batch):
            raise self._store.taken()
        await self._store.note_written(self._transaction, batch)


async def _copy(
    transaction: Transaction, messages: Sequence[Message], deliveries: Sequence[NewDelivery]
) -> None:
    if messages:
        await transaction.copy("telemetry", _TELEMETRY, messages)
    if deliveries:
        await transaction.copy("route_deliveries", _DELIVERIES, deliveries)


class PostgresMatchableRoutes:
    """The enabled routes of all tenants, without their secrets.

    Args:
        database: Where to read.
        compile_filter: Makes a predicate of a stored payload filter.
        on_broken: Told the id of a route whose filter no longer compiles, and why.
    """

    def __init__(
        self,
        database: Database,
        *,
        compile_filter: Callable[[Mapping[str, object]], Predicate],
        on_broken: Callable[[int, str], None],
    ) -> None:
        self._database = database
        self._compile_filter = compile_filter
        self._on_broken = on_broken

    async def load_matchable(self) -> Sequence[MatchableRoute]:
        """Read and compile every enabled route; one that no longer compiles is left out.

        Raises:
            Unavailable: The database cannot be asked now.
        """
        async with self._database.transaction(Role.INGEST, read_only=True) as transaction:
            rows = await transaction.fetch(
                """
                SELECT id, tenant_id, topic_filter, destination_type, payload_filter
                FROM message_routes
                WHERE is_enabled
                ORDER BY id
                """
            )
        routes = []
        for row in rows:
            try:
                accepts = self._compile(row["payload_filter"])
            except ValueError as error:
                self._on_broken(row["id"], str(error))
                continue
            routes.append(
                MatchableRoute(
                    id=row["id"],
                    tenant_id=row["tenant_id"],
                    topic_filter=row["topic_filter"],
                    destination_type=DestinationType(row["destination_type"]),
                    accepts=accepts,
                )
            )
        return routes

    def _compile(self, payload_filter: str | None) -> Predicate | None:
        if payload_filter is None:
            return None
        stored = msgspec.json.decode(payload_filter, type=dict[str, object])
        return self._compile_filter(stored) if stored else None
