"""Transactions on PostgreSQL, safe under Trio's cancellation.

The one way to the database for every store: it fixes role and tenant of each transaction, and that
commit means committed. It must not know any table.

A transaction that is cancelled between statements is rolled back; one that is cut in the middle of
a statement loses its connection, and the server rolls back. Nothing here waits without a deadline,
so a server that is frozen (SIGSTOP, a dead disk, a silent line) holds nobody up.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import attrs
import trio
from trio_asyncio import aio_as_trio

from pulse_router.domain.errors import DataRefused
from pulse_router.postgres.connecting import ConnectOptions
from pulse_router.postgres.connection import Connection
from pulse_router.postgres.errors import ConnectionLost, not_ready, unknown_end
from pulse_router.postgres.pool import Pool
from pulse_router.postgres.shares import Share
from pulse_router.postgres.statements import Statements
from pulse_router.postgres.transaction import Deadlines, Role, Transaction


class Database(Statements):
    """Where transactions come from; made by `open_database`."""

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
