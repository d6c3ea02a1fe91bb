"""Transactions of one statement each, made in one go: what `Database` can do beside longer ones.

It must not know any table.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager

import trio

from pulse_router.domain.errors import DataRefused, PulseError
from pulse_router.postgres.connection import Connection, Progress
from pulse_router.postgres.errors import ConnectionLost, not_ready, unknown_end
from pulse_router.postgres.pool import Pool
from pulse_router.postgres.shares import Share
from pulse_router.postgres.transaction import Deadlines, Record, Role, begin_statement
from pulse_router.runtime.seldom import Seldom


class Statements:
    """Runs statements that are transactions by themselves.

    Args:
        pool: The connections.
        deadlines: How long the server may take to answer.
        pgbouncer: Whether PgBouncer in transaction mode stands between.
        share: What its users may hold of the connections.
    """

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

    async def look(self, role: Role, sql: str, *args: object) -> list[Record]:
        """Run a query that only reads; in one round trip where a connection was just in use.

        There the session itself has the role: a query that reads tables cannot take it by itself.

        Args:
            role: Who acts.
            sql: The query.
            args: Its arguments.

        Returns:
            Its rows; what it raises is what `query` does.
        """
        begun_at = trio.current_time()
        if not self._pgbouncer and not self._deadlines.local:  # those belong to transactions
            try:
                async with self._slot():
                    if (connection := self._pool.take_fresh()) is not None:
                        return await self._look_on(connection, role, sql, args)
            except ConnectionLost:
                if trio.current_time() - begun_at >= self._deadlines.begin:
                    raise  # rather than be silent for as long again
                self._pool.drop_idle()
        return await self.query(role, sql, *args, read_only=True)

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

    async def _look_on(
        self, connection: Connection, role: Role, sql: str, args: tuple[object, ...]
    ) -> list[Record]:
        try:
            await connection.act_as(role.value, timeout_seconds=self._deadlines.begin)
            return await connection.fetch(sql, *args, timeout_seconds=self._deadlines.statement)
        finally:
            self._pool.give_back(connection)

    def _beginning(
        self, role: Role, tenant_id: str | None, local: Mapping[str, str], *, read_only: bool
    ) -> str:
        shared = self._pgbouncer
        return begin_statement(role, tenant_id, read_only=read_only, is_shared=shared, local=local)

    async def _roll_back(self, connection: Connection) -> None:
        """Give the transaction up; the error that led here stays the one that is told."""
        if connection.is_usable:
            try:
                await connection.execute("ROLLBACK", timeout_seconds=self._deadlines.rollback)
            except PulseError:
                connection.terminate()
