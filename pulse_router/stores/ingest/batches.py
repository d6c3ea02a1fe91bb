"""Stores ingest batches: telemetry, rejections and deliveries in one transaction.

Satisfies the ports of `ingest`; runs as `pulse_ingest`, for COPY does not work under row-level
security.
"""

from __future__ import annotations

import contextlib
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from typing import Final

import msgspec

from pulse_router.domain.errors import ConstraintViolated, DataRefused, Unavailable
from pulse_router.domain.event_ids import MAX_GIVEN
from pulse_router.domain.messages import (
    IngestCommit,
    IngestCounts,
    IngestMemory,
    Message,
    NewDelivery,
    Rejection,
)
from pulse_router.postgres.database import Database
from pulse_router.postgres.transaction import Transaction
from pulse_router.stores.heartbeats import Heartbeats
from pulse_router.stores.ingest import sequences, statements
from pulse_router.stores.ingest.ledger import count_by_tenant
from pulse_router.stores.ingest.lives import Life
from pulse_router.stores.ingest.pruning import PACKET_IDS, Pruning
from pulse_router.stores.roles import Role
from pulse_router.stores.routes.totals import RouteTally

FEW_ROWS: Final = 256
"""Up to how many rows a batch is stored by one statement: from there on COPY is as fast, though its
round trips take longer than this on a busy machine."""


class PostgresIngestStore:
    """The durable end of ingest.

    Args:
        database: Where to store.
        client_id: The MQTT client id whose commits these are.
        owner: The router's name among the holders of lanes.
        heartbeats: What this life has seen of others.
    """

    def __init__(
        self,
        database: Database,
        *,
        client_id: str,
        owner: str,
        heartbeats: Heartbeats | None = None,
    ) -> None:
        self._database = database
        self._client_id = client_id
        self._life = Life(database, client_id=client_id, owner=owner, heartbeats=heartbeats)
        self._known_tenants: set[str] = set()
        self._pruning = Pruning(database, client_id=client_id)

    async def commit(self, batch: IngestCommit) -> IngestCounts:
        """See the port. What is little goes in one round trip."""
        if batch.rows <= FEW_ROWS:
            return await self._store_at_once(batch)
        async with self._transaction() as transaction:
            if not await self.note(transaction, batch):
                return await self._stored(transaction, batch.sequence)
            await _copy(transaction, batch.messages, batch.deliveries)
            if batch.rejections:
                await transaction.copy("rejected_messages", statements.REJECTED, batch.rejections)
            await sequences.note_numbers(transaction, batch)
            await self.note_written(transaction, batch)
        return batch.counts

    @contextlib.asynccontextmanager
    async def in_pieces(self, batch: IngestCommit) -> AsyncIterator[_Pieces | IngestCounts]:
        """See the port. The sequence number is taken last, when the counts are known.

        So an earlier try that may still commit is waited for before it is looked for.
        """
        async with self._transaction() as transaction:
            await self._life.hold(transaction, alone=True)
            stored = await self._find(transaction, batch.sequence)
            yield _Pieces(self, transaction) if stored is None else stored

    @contextlib.asynccontextmanager
    async def _transaction(self) -> AsyncIterator[Transaction]:
        """Open a transaction to store in; a constraint that somebody added is an outage."""
        try:
            async with self._database.transaction(Role.INGEST) as transaction:
                yield transaction
        except ConstraintViolated as error:
            raise Unavailable(str(error)) from error

    async def _store_at_once(self, batch: IngestCommit) -> IngestCounts:
        """Store what is so little that a COPY's round trips would cost more than its rows."""
        written = Counter(pair.route_id for pair in batch.written)
        deliveries = statements.in_columns(batch.deliveries, statements.DELIVERIES)
        is_whole = bool(batch.last_numbers or any(deliveries[-1]))
        more = sequences.in_columns(batch) if is_whole else ()
        try:
            [(outcome,)] = await self._database.call(
                Role.INGEST,
                statements.COMMIT_WHOLE if is_whole else statements.COMMIT_BATCH,
                *self._noted(batch),
                *statements.in_columns(batch.messages, statements.TELEMETRY),
                *(deliveries if is_whole else deliveries[:-1]),
                *statements.in_columns(batch.rejections, statements.REJECTED),
                list(written),
                list(written.values()),
                *more,
            )
        except ConstraintViolated as error:
            raise Unavailable(str(error)) from error
        if outcome == statements.STORED:
            return batch.counts
        async with self._transaction() as transaction:
            return await self._stored(transaction, batch.sequence)

    async def take_number(self, transaction: Transaction, batch: IngestCommit) -> None:
        """Take the sequence number of what was stored in pieces.

        Raises:
            LifeOver: Another router has taken it, of a version that knows no lives.
        """
        if not await self.note(transaction, batch):
            raise await self._life.over(transaction)

    async def note(self, transaction: Transaction, batch: IngestCommit) -> bool:
        """Take the sequence number and write the counts; tell whether that was to be had."""
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
            self._life.run_id,
            batch.last_id,
            batch.packet_ids,
            batch.digests,
            *(getattr(batch.counts, name) for name in statements.COUNTS),
            msgspec.json.encode(by_tenant).decode(),
        ]

    async def _stored(self, transaction: Transaction, sequence: int) -> IngestCounts:
        """Find what is stored under a sequence number that could not be taken.

        Raises:
            LifeOver: It could not, as this life is over.
        """
        await self._life.hold(transaction)
        stored = await self._find(transaction, sequence)
        if stored is None:
            raise Unavailable("the row of a commit has gone from the table ingest_batches")
        return stored

    async def _find(self, transaction: Transaction, sequence: int) -> IngestCounts | None:
        """Find what this life has stored under a sequence number, if anything.

        Raises:
            LifeOver: Another router has taken the number, of a version that knows no lives.
        """
        row = await transaction.fetch_row(statements.FIND_STORED, self._client_id, sequence)
        if row is None:
            return None
        if row["run_id"] != self._life.run_id:
            raise await self._life.over(transaction)
        return IngestCounts(**{name: row[name] for name in statements.COUNTS})

    async def begin(self) -> IngestMemory:
        """See the port. The life's number tells its ids from those of other routers."""
        node = await self._life.begin()
        async with self._database.transaction(Role.INGEST, read_only=True) as transaction:
            rows = await transaction.fetch(statements.LOAD_SEEN, self._client_id, PACKET_IDS)
            # Whoever had this router's number before: ids go on from there.
            last_id = await transaction.fetch_value(
                "SELECT max(last_id) FROM pulse_batches() WHERE last_id <= $1", MAX_GIVEN
            )
            known = await transaction.fetch(statements.KNOWN_TENANTS)
        self._known_tenants.update(row["tenant_id"] for row in known)
        return IngestMemory(
            last_sequence=rows[-1]["sequence"] if rows else 0,
            last_id=last_id or 0,
            node=node,
            seen=[
                (packet_id, digest)
                for row in rows
                for packet_id, digest in zip(row["packet_ids"], row["digests"], strict=False)
                if type(packet_id) is int and type(digest) is int
            ],
        )

    async def check(self) -> None:
        """Ask whether this life goes on, so that it ends at once when another one has begun.

        Raises:
            LifeOver: It has.
            Unavailable: The database cannot be asked now.
        """
        async with self._database.transaction(Role.INGEST, read_only=True) as transaction:
            await self._life.look(transaction)

    async def prune(self) -> None:
        """See the port."""
        await self._pruning.prune()


class _Pieces:
    """A batch that is being stored; each piece stands under a savepoint of its own."""

    def __init__(self, store: PostgresIngestStore, transaction: Transaction) -> None:
        self._store = store
        self._transaction = transaction

    async def add(self, messages: Sequence[Message], deliveries: Sequence[NewDelivery]) -> None:
        """Store a piece; when it is refused, nothing of it is stored, and the others stay."""
        async with self._savepoint():
            await _copy(self._transaction, messages, deliveries)

    async def takes(self, message: Message) -> bool:
        """Store a message and take it back."""
        try:
            async with self._savepoint(keep=False):
                await _copy(self._transaction, [message], [])
        except DataRefused:
            return False
        return True

    async def reject(self, rejections: Sequence[Rejection]) -> None:
        """Store rejections; when one is refused, none is stored."""
        if rejections:
            async with self._savepoint():
                await self._transaction.copy("rejected_messages", statements.REJECTED, rejections)

    async def finish(self, batch: IngestCommit) -> None:
        """Store the counts of what the batch has become."""
        await self._store.take_number(self._transaction, batch)
        await sequences.note_numbers(self._transaction, batch)
        await self._store.note_written(self._transaction, batch)

    @contextlib.asynccontextmanager
    async def _savepoint(self, *, keep: bool = True) -> AsyncIterator[None]:
        """Undo what a block has done when a value in it is refused, or nothing is to be kept."""
        await self._transaction.execute("SAVEPOINT piece")
        refusal: DataRefused | None = None
        try:
            yield
        except DataRefused as error:
            refusal = error
        if keep and refusal is None:
            await self._transaction.execute("RELEASE SAVEPOINT piece")
            return
        await self._transaction.execute("ROLLBACK TO SAVEPOINT piece")
        if refusal is not None:
            raise refusal


async def _copy(
    transaction: Transaction, messages: Sequence[Message], deliveries: Sequence[NewDelivery]
) -> None:
    if messages:
        await transaction.copy("telemetry", statements.TELEMETRY, messages)
    if deliveries:
        await transaction.copy("route_deliveries", statements.DELIVERIES, deliveries)
