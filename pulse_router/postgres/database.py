"""Transactions on PostgreSQL, safe under Trio's cancellation.

The one way to the database for every store: it fixes role and tenant of each transaction, and that
commit means committed. It must not know any table.

A transaction that is cancelled between statements is rolled back; one that is cut in the middle of
a statement loses its connection, and the server rolls back. Nothing here waits without a deadline,
so a server that is frozen (SIGSTOP, a dead disk, a silent line) holds nobody up.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager

import attrs
import trio
from trio_asyncio import aio_as_trio

from pulse_router.domain.errors import DataRefused, PulseError
from pulse_router.postgres.connecting import ConnectOptions
from pulse_router.postgres.connection import Connection, Progress
from pulse_router.postgres.errors import ConnectionLost, not_ready, unknown_end
from pulse_router.postgres.pool import Pool
from pulse_router.postgres.shares import Share
from pulse_router.postgres.transaction import Deadlines, Record, Role, Transaction, begin_statement
from pulse_router.runtime.seldom import Seldom


class Database:
    """Where transactions come from; made by `open_database`."""

    def __init__(
        self,
        pool: Pool,
        deadlines: Deadlines,
        *,
        pgbouncer: bool = False,
        share: Share | None = None,
    ) -> None:
        self._pool = pool
        self._pgbouncer = pgbouncer
        self._share = share or Share()
        self._deadlines = deadlines
        self.told = Seldom(3600.0)  # what was told of rows in it that nobody can read

    @property
    def pool(self) -> Pool:
        """The connections, for those who want to count them."""
        return self._pool

    def share(self, share: Share, *, statement_seconds: float | None = None) -> Database:
        """Give the same database to users who must never hold all of its connections.

        Args:
            share: What they may hold of them.
            statement_seconds: After how long the server gives up a statement of theirs, where they
                do not ask for longer.
        """
        deadlines = attrs.evolve(self._deadlines, server=statement_seconds)
        shared = Database(self._pool, deadlines, pgbouncer=self._pgbouncer, share=share)
        shared.told = self.told
        return shared

    @asynccontextmanager
    async def transaction(
        self,
        role: Role,
        *,
        tenant_id: str | None = None,
        read_only: bool = False,
        statement_seconds: float | None = None,
    ) -> AsyncIterator[Transaction]:
        """Open a transaction: leaving the block normally means that it is committed.

        Args:
            role: Who acts.
            tenant_id: Whose rows a role under row-level security sees; without it, it sees none.
            read_only: Whether writing is an error.
            statement_seconds: How long a statement may take, where the usual is too short.

        Raises:
            Unavailable: The server cannot be reached or cannot do it now. When the message says
                that the commit's outcome is unknown, only looking again tells.
            DataRefused: A value is refused as data (also by a check deferred to the commit).
            ConstraintViolated: A row breaks a constraint (also one deferred to the commit).
            RuntimeError: A statement failed and the block went on as if it had not.
        """
        async with self._slot(tenant_id):
            local = self._deadlines.local if statement_seconds is None else {}
            begin = self._beginning(role, tenant_id, local, read_only=read_only)
            connection = await self._begin(begin)
            transaction = Transaction(connection, statement_seconds or self._deadlines.statement)
            try:
                yield transaction
            except BaseException:
                with trio.move_on_after(self._deadlines.rollback, shield=True):
                    await self._roll_back(connection)
                raise
            else:
                await self._commit(connection)
            finally:
                transaction.end()
                self._pool.give_back(connection)

    async def query(
        self,
        role: Role,
        sql: str,
        *args: object,
        tenant_id: str | None = None,
        read_only: bool = False,
        local: Mapping[str, str] | None = None,
    ) -> list[Record]:
        """Run a transaction of one statement in one go, at two thirds of the cost.

        Cancelled in the middle of it, nobody knows whether it was committed: for what only reads,
        or may be done twice.

        Args:
            role: Who acts.
            sql: The statement.
            args: Its arguments.
            tenant_id: Whose rows a role under row-level security sees; without it, it sees none.
            read_only: Whether writing is an error.
            local: Settings of the server for it, of fixed names and values.

        Returns:
            Its rows.

        Raises:
            Unavailable: As `transaction` does.
            DataRefused: As `transaction` does.
            ConstraintViolated: As `transaction` does.
        """
        settings = {**self._deadlines.local, **(local or {})}
        begin = self._beginning(role, tenant_id, settings, read_only=read_only)
        async with self._slot(tenant_id):
            connection = self._pool.take_idle()
            if connection is not None:
                progress = Progress()
                try:
                    return await self._query_on(connection, progress, begin, sql, args)
                except ConnectionLost:
                    if progress.begun:
                        raise
                    self._pool.drop_idle()
            connection = await self._pool.make()
            return await self._query_on(connection, Progress(), begin, sql, args)

    async def call(self, role: Role, sql: str, *args: object) -> list[Record]:
        """Run a function that is a transaction by itself, in one round trip.

        Cancelled, or when the line breaks, nobody knows whether it was committed: it must be fit
        to be called twice.

        Args:
            role: Who acts: the function takes this role by itself, before anything else.
            sql: The call.
            args: Its arguments.

        Returns:
            Its rows; what it raises is what `query` does.
        """
        if self._pgbouncer:  # it may change the server between preparing and running
            return await self.query(role, sql, *args)
        async with self._slot():
            connection = self._pool.take_idle() or await self._pool.make()
            try:
                return await connection.fetch(sql, *args, timeout_seconds=self._deadlines.commit)
            except ConnectionLost as error:
                raise unknown_end(error) from None
            finally:
                self._pool.give_back(connection)

    @asynccontextmanager
    async def _slot(self, tenant_id: str | None = None) -> AsyncIterator[None]:
        """Wait for the right to hold one connection, and keep it for a block."""
        async with self._share.hold(tenant_id), self._pool.slot():
            yield

    async def _query_on(
        self,
        connection: Connection,
        progress: Progress,
        begin: str,
        sql: str,
        args: tuple[object, ...],
    ) -> list[Record]:
        try:
            return await connection.transact(
                progress,
                begin,
                sql,
                *args,
                begin_seconds=self._deadlines.begin,
                timeout_seconds=self._deadlines.statement,
            )
        except DataRefused as error:
            if progress.begun:
                raise
            raise not_ready(error) from None
        except ConnectionLost as error:
            if progress.is_committing:
                raise unknown_end(error) from None
            raise
        finally:
            if connection.is_in_transaction:
                with trio.move_on_after(self._deadlines.rollback, shield=True):
                    await self._roll_back(connection)
            self._pool.give_back(connection)

    def _beginning(
        self, role: Role, tenant_id: str | None, local: Mapping[str, str], *, read_only: bool
    ) -> str:
        shared = self._pgbouncer
        return begin_statement(role, tenant_id, read_only=read_only, is_shared=shared, local=local)

    async def _begin(self, sql: str) -> Connection:
        """Begin on an idle connection, or on a new one when it turns out to be dead."""
        connection = self._pool.take_idle()
        if connection is not None:
            try:
                await self._begin_on(connection, sql)
            except ConnectionLost:
                self._pool.drop_idle()
            else:
                return connection
        connection = await self._pool.make()
        await self._begin_on(connection, sql)
        return connection

    async def _begin_on(self, connection: Connection, sql: str) -> None:
        begun = False
        try:
            await connection.execute(sql, timeout_seconds=self._deadlines.begin)
            begun = True
        except DataRefused as error:
            raise not_ready(error) from None
        finally:
            if not begun:
                connection.terminate()
                self._pool.give_back(connection)

    async def _commit(self, connection: Connection) -> None:
        if not connection.is_usable:
            raise ConnectionLost("the connection was lost before the commit; nothing was stored")
        try:
            with trio.CancelScope(shield=True):
                tag = await connection.execute("COMMIT", timeout_seconds=self._deadlines.commit)
        except ConnectionLost as error:
            raise unknown_end(error) from None
        if tag != "COMMIT":
            raise RuntimeError(
                "a statement of this transaction failed and its error was swallowed;"
                " nothing was committed"
            )

    async def _roll_back(self, connection: Connection) -> None:
        """Give the transaction up; the error that led here stays the one that is told."""
        if connection.is_usable:
            try:
                await connection.execute("ROLLBACK", timeout_seconds=self._deadlines.rollback)
            except PulseError:
                connection.terminate()


@asynccontextmanager
async def open_database(
    url: str,
    *,
    pool_size: int = 10,
    pgbouncer: bool = False,
    connect_timeout_seconds: float = 10,
    deadlines: Deadlines | None = None,
) -> AsyncIterator[Database]:
    """Open a database; the server need not be there yet, for connections are made on demand.

    Args:
        url: A URL of asyncpg's form.
        pool_size: How many connections at the most.
        pgbouncer: Whether PgBouncer in transaction mode stands between.
        connect_timeout_seconds: How long making a connection may take.
        deadlines: How long the server may take to answer.

    Yields:
        The database. On leaving, every connection is cut.
    """
    options = ConnectOptions(url, timeout_seconds=connect_timeout_seconds, pgbouncer=pgbouncer)
    pool = Pool(options, size=pool_size)
    try:
        yield Database(pool, deadlines or Deadlines(), pgbouncer=pgbouncer)
    finally:
        pool.terminate()
        with trio.CancelScope(shield=True):
            await aio_as_trio(asyncio.sleep)(0)  # asyncio closes the sockets in its next step
