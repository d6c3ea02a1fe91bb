"""Stores ingest batches: telemetry, rejections and deliveries in one transaction.

Satisfies the ports of `ingest`; runs as `pulse_ingest`, for COPY does not work under row-level
security.
"""

from __future__ import annotations

import contextlib
import secrets
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from typing import Final

import msgspec

from pulse_router.domain.errors import ConstraintViolated, DataRefused, SequenceTaken, Unavailable
from pulse_router.domain.event_ids import MAX_NODE
from pulse_router.domain.messages import (
    IngestCommit,
    IngestMemory,
    Message,
    NewDelivery,
)
from pulse_router.postgres.database import Database
from pulse_router.postgres.transaction import Role, Transaction
from pulse_router.runtime.ledger import NOBODY
from pulse_router.stores.deltas import merge_deltas
from pulse_router.stores.ingest import statements
from pulse_router.stores.ingest.ledger import count_by_tenant
from pulse_router.stores.routes.totals import RouteTally

MERGED_MESSAGES: Final = 1_000
"""Batches of fewer messages are merged to about so many: to look through 65,535 rows of one message
each takes half a second."""
FEW_ROWS: Final = 256
"""Up to how many rows a batch is stored by one statement: from there on COPY is as fast, though its
round trips take longer than this on a busy machine."""
PACKET_IDS: Final = 65_535
"""How many messages back the broker can still send one again (MQTT 5.0, section 2.2.1)."""


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
        if _is_small(batch):
            await self._store_at_once(batch)
        else:
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
            await transaction.copy("rejected_messages", statements.REJECTED, batch.rejections)
        await self.note_written(transaction, batch)

    async def _store_at_once(self, batch: IngestCommit) -> None:
        """Store what is so little that a COPY's round trips would cost more than its rows."""
        written = Counter(pair.route_id for pair in batch.written)
        try:
            [(is_stored,)] = await self._database.call(
                Role.INGEST,
                statements.STORE_BATCH,
                *self._noted(batch),
                *_columns(batch.messages, statements.TELEMETRY),
                *_columns(batch.deliveries, statements.DELIVERIES),
                *_columns(batch.rejections, statements.REJECTED),
                list(written),
                list(written.values()),
            )
        except ConstraintViolated as error:
            raise Unavailable(str(error)) from error
        if not is_stored:
            async with self._transaction() as transaction:
                await self._is_taken(transaction, batch.sequence)

    async def note(self, transaction: Transaction, batch: IngestCommit) -> bool:
        """Take the sequence number and write the counts; tell whether it was free."""
        taken = await transaction.fetch_value(statements.NOTE, *self._noted(batch))
        return taken is not None

    async def note_written(self, transaction: Transaction, batch: IngestCommit) -> None:
        """Count what routes have by its being stored; last, as others wait for the rows."""
        routes = RouteTally()
        routes.add_written(written.route_id for written in batch.written)
        await routes.write(transaction)

    def _noted(self, batch: IngestCommit) -> Sequence[object]:
        """List what is noted of a batch, as `NOTE` takes it."""
        by_tenant = count_by_tenant(batch, self._known_tenants)
        return [
            self._client_id,
            batch.sequence,
            self._run_id,
            batch.last_id,
            batch.packet_ids,
            batch.digests,
            *(getattr(batch.counts, name) for name in statements.COUNTS),
            msgspec.json.encode(by_tenant).decode(),
        ]

    async def _is_taken(self, transaction: Transaction, sequence: int) -> bool:
        """Tell whether this run has used a sequence number already.

        Raises:
            SequenceTaken: Another router has.
        """
        run_id = await transaction.fetch_value(statements.FIND_RUN, self._client_id, sequence)
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
            Unavailable: The database cannot be asked now, or has no node number left.
        """
        node = await self._take_node()
        async with self._database.transaction(Role.INGEST, read_only=True) as transaction:
            rows = await transaction.fetch(statements.LOAD_SEEN, self._client_id, PACKET_IDS)
            # Whoever had this router's number before: ids go on from there.
            last_id = await transaction.fetch_value("SELECT max(last_id) FROM ingest_batches")
            known = await transaction.fetch(statements.KNOWN_TENANTS)
        self._known_tenants.update(row["tenant_id"] for row in known)
        return IngestMemory(
            last_sequence=rows[-1]["sequence"] if rows else 0,
            last_id=last_id or 0,
            node=node,
            seen=[
                pair for row in rows for pair in zip(row["packet_ids"], row["digests"], strict=True)
            ],
        )

    async def _take_node(self) -> int:
        """Find the number that is ours since our first life, or take the lowest that is free."""
        async with self._database.transaction(Role.INGEST) as transaction:
            await transaction.execute(statements.LOCK_NODES)
            node = await transaction.fetch_value(statements.FIND_NODE, self._client_id)
            if node is None:
                node = await transaction.fetch_value(
                    statements.TAKE_NODE, self._client_id, MAX_NODE
                )
        if node is None:
            raise Unavailable(
                f"all {MAX_NODE + 1} node numbers are taken: delete the rows of routers that are"
                " gone from the table ingest_nodes"
            )
        return int(node)

    async def prune(self) -> None:
        """Merge small batches, and remove what is older than any message that can come again.

        The counts of what is removed are added to the running totals in the same transaction.

        Raises:
            Unavailable: The database cannot do it now.
        """
        async with self._database.transaction(Role.INGEST) as transaction:
            await transaction.execute(statements.PRUNE, self._client_id, PACKET_IDS, NOBODY)
            await transaction.execute(statements.MERGE, self._client_id, MERGED_MESSAGES)
        await merge_deltas(self._database, Role.INGEST)


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
            await self._transaction.copy("rejected_messages", statements.REJECTED, batch.rejections)
        if not await self._store.note(self._transaction, batch):
            raise self._store.taken()
        await self._store.note_written(self._transaction, batch)


def _is_small(batch: IngestCommit) -> bool:
    return len(batch.messages) + len(batch.deliveries) + len(batch.rejections) <= FEW_ROWS


def _columns(
    rows: Sequence[tuple[object, ...]], names: Sequence[str]
) -> Sequence[Sequence[object]]:
    """Turn rows into columns, empty ones where there are no rows."""
    return list(zip(*rows, strict=True)) if rows else [()] * len(names)


async def _copy(
    transaction: Transaction, messages: Sequence[Message], deliveries: Sequence[NewDelivery]
) -> None:
    if messages:
        await transaction.copy("telemetry", statements.TELEMETRY, messages)
    if deliveries:
        await transaction.copy("route_deliveries", statements.DELIVERIES, deliveries)
