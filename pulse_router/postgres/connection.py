"""One connection to PostgreSQL, driven from Trio.

Every call on a connection of asyncpg's is made here, and every one has a deadline. It must not know
how the connection was made, nor of roles, transactions or tables. A call that ends in anything but
an answer of the server ends the connection: what the server still does is then its own affair, and
a frozen one holds nobody up.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Iterator, Sequence
from typing import TypeVar

import asyncpg
import attrs
import trio
from trio_asyncio import aio_as_trio

from pulse_router.postgres.driving import drive
from pulse_router.postgres.errors import (
    ConnectionLost,
    refused_value,
    speaks_of_session,
    translate,
)

T = TypeVar("T")


@attrs.define
class Progress:
    """How far a transaction has come that is made in one go.

    Attributes:
        begun: Whether the server has begun it.
        is_committing: Whether the commit was asked for; from then on its end may be unknown.
    """

    begun: bool = False
    is_committing: bool = False


class Connection:
    """One connection; `is_usable` is false once it has been cut.

    Attributes:
        is_worn: Whether the session itself may be what is wrong: its server, its rights or what it
            was set to when it began. Whoever wants the next one should make it anew.
        acts_as: The role that the session has outside of transactions, where it has taken one.
        used_at: When it was given back last, on Trio's clock.
    """

    def __init__(self, raw: asyncpg.Connection[asyncpg.Record]) -> None:
        self._raw = raw
        self.is_worn = False
        self.acts_as: str | None = None
        self.used_at = 0.0

    @property
    def is_usable(self) -> bool:
        """Whether the next statement stands a chance."""
        return not self._raw.is_closed()

    @property
    def is_in_transaction(self) -> bool:
        """Whether the server was inside a transaction when it last answered."""
        return self.is_usable and self._raw.is_in_transaction()

    @property
    def server_version(self) -> tuple[int, int]:
        """The server's major and minor version."""
        version = self._raw.get_server_version()
        return version.major, version.minor

    @property
    def encoding(self) -> str:
        """How the database's texts are encoded, in the server's words."""
        return str(self._raw.get_settings().server_encoding)

    async def is_pooled(self, *, timeout_seconds: float) -> bool:
        """Tell whether a pooler answers: it names itself, and the server behind it another."""
        [row] = await self.fetch("SELECT pg_backend_pid() AS pid", timeout_seconds=timeout_seconds)
        return bool(row["pid"] != self._raw.get_server_pid())

    def terminate(self) -> None:
        """Cut the connection at once, whatever is under way; may be called again."""
        self._raw.terminate()

    async def execute(self, sql: str, *args: object, timeout_seconds: float) -> str:
        """Run a statement (several, separated by semicolons, without `args`); see `_call`.

        Returns:
            The tag of the last command, such as `UPDATE 3`.
        """
        return await self._call(
            lambda: drive(self._raw.execute(sql, *args)), timeout_seconds=timeout_seconds
        )

    async def fetch(self, sql: str, *args: object, timeout_seconds: float) -> list[asyncpg.Record]:
        """Run a query and return its rows; see `_call` for what is raised."""
        return await self._call(
            lambda: drive(self._raw.fetch(sql, *args)), timeout_seconds=timeout_seconds
        )

    async def act_as(self, role: str, *, timeout_seconds: float) -> None:
        """Have the session take a role outside of transactions; each of these takes its own."""
        if self.acts_as != role:
            await self.execute(f"SET ROLE {role}", timeout_seconds=timeout_seconds)
            self.acts_as = role

    async def transact(
        self,
        progress: Progress,
        begin: str,
        sql: str,
        *args: object,
        begin_seconds: float,
        timeout_seconds: float,
    ) -> list[asyncpg.Record]:
        """Begin, run one query and commit, without a step of Trio's between; see `_call`.

        Args:
            progress: Told how far it comes.
            begin: What begins the transaction.
            sql: The query.
            args: Its arguments.
            begin_seconds: How long the server may take to begin.
            timeout_seconds: How long it may take for the rest.
        """
        patience = trio.CancelScope(deadline=trio.current_time() + begin_seconds)

        async def transact() -> list[asyncpg.Record]:
            await self._raw.execute(begin)
            progress.begun = True
            patience.deadline = trio.current_time() + timeout_seconds
            rows = await self._raw.fetch(sql, *args)
            progress.is_committing = True
            await self._raw.execute("COMMIT")
            return rows

        return await self._call_within(patience, lambda: drive(transact()))

    async def copy(
        self,
        table: str,
        columns: Sequence[str],
        records: Iterable[tuple[object, ...]],
        *,
        timeout_seconds: float,
    ) -> None:
        """Send rows by binary COPY; see `_call` for what is raised besides.

        Raises:
            DataRefused: A value is refused, by its encoder or by the server; `line` names it.
        """
        rows = _CountedRows(records)

        async def copy() -> str:
            return await self._raw.copy_records_to_table(table, columns=columns, records=rows)

        try:
            await self._call(aio_as_trio(copy), timeout_seconds=timeout_seconds)
        except (ValueError, ArithmeticError) as error:
            if rows.source_failed:
                raise
            raise refused_value(error, relation=table, line=rows.line) from None

    async def add_listener(
        self,
        channel: str,
        on_notification: Callable[[str], None],
        on_lost: Callable[[], None],
        *,
        timeout_seconds: float,
    ) -> None:
        """Listen on a channel; both callbacks run between Trio's steps and must not block."""
        self._raw.add_termination_listener(lambda _connection: on_lost())

        async def listen() -> None:
            await self._raw.add_listener(
                channel, lambda _connection, _pid, _channel, said: on_notification(str(said))
            )

        await self._call(aio_as_trio(listen), timeout_seconds=timeout_seconds)

    async def _call(self, operation: Callable[[], Awaitable[T]], *, timeout_seconds: float) -> T:
        """Run one operation of asyncpg, as Trio waits for it, under a deadline.

        Raises:
            ConnectionLost: The connection broke, or no answer came in time; it is cut.
            Unavailable: The server refused for a reason that may pass.
            DataRefused: The server, or the encoder, refuses a value.
            ConstraintViolated: A row breaks a constraint.
        """
        patience = trio.CancelScope(deadline=trio.current_time() + timeout_seconds)
        return await self._call_within(patience, operation)

    async def _call_within(
        self, patience: trio.CancelScope, operation: Callable[[], Awaitable[T]]
    ) -> T:
        """Run one operation of asyncpg until a scope's deadline, as `_call` does."""
        await trio.lowlevel.checkpoint_if_cancelled()
        begun_at = trio.current_time()
        answered = False
        try:
            with patience:
                result: T = await operation()
                answered = True
                return result
        except Exception as error:
            ours = translate(error, closed=self._raw.is_closed())
            if ours is None:
                raise
            answered = not isinstance(ours, ConnectionLost)
            self.is_worn = self.is_worn or speaks_of_session(ours)
            raise ours from None
        finally:
            if not answered:
                self.terminate()
        seconds = trio.current_time() - begun_at
        raise ConnectionLost(f"PostgreSQL did not answer within {seconds:.2g} seconds")


class _CountedRows:
    """Rows on their way into a COPY, counted, so that a refused one has a number."""

    def __init__(self, records: Iterable[tuple[object, ...]]) -> None:
        self._records = records
        self.line = 0
        self.source_failed = False

    def __iter__(self) -> Iterator[tuple[object, ...]]:
        try:
            for record in self._records:
                self.line += 1
                yield record
        except Exception:
            self.source_failed = True
            raise
