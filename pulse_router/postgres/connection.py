"""One connection to PostgreSQL, driven from Trio.

Every call of asyncpg is made here, and every one has a deadline. It must not know of roles,
transactions or tables. A call that ends in anything but an answer of the server ends the
connection: what the server still does is then its own affair, and a frozen one holds nobody up.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Iterator, Sequence
from typing import Any, TypeVar
from urllib.parse import urlsplit

import asyncpg
import attrs
import trio
import trio_asyncio
from trio_asyncio import aio_as_trio

from pulse_router.domain.errors import DataRefused
from pulse_router.postgres.errors import (
    ConnectionLost,
    connect_failure,
    refused_value,
    translate,
)

T = TypeVar("T")

# A client that vanished must not hold its locks until TCP gives up after two hours.
_SESSION_GUARDS = {
    "idle_in_transaction_session_timeout": "60s",
    "tcp_keepalives_idle": "30",
    "tcp_keepalives_interval": "10",
    "tcp_keepalives_count": "3",
}
_CLIENT_CHECK = "SET client_connection_check_interval = '10s'"


@attrs.define
class Progress:
    """How far a transaction has come that is made in one go.

    Attributes:
        begun: Whether the server has begun it.
        is_committing: Whether the commit was asked for; from then on its end may be unknown.
    """

    begun: bool = False
    is_committing: bool = False


@attrs.frozen
class ConnectOptions:
    """How connections are made.

    Args:
        url: A URL of asyncpg's form (`postgresql://user:password@host:port/database?sslmode=…`).
        timeout_seconds: How long connecting may take.
        pgbouncer: Whether PgBouncer in transaction mode stands between: no prepared statements
            that outlive a transaction, no session settings.
    """

    url: str = attrs.field(repr=False)
    timeout_seconds: float = 10.0
    pgbouncer: bool = False

    @property
    def server(self) -> str:
        """The server as sentences name it, without login and password."""
        try:
            parts = urlsplit(self.url)
        except ValueError:
            return "PostgreSQL"
        address = parts.netloc.rpartition("@")[2]
        # An "@" further on belongs to a password that is not encoded: the address is a piece of it.
        is_address = bool(address) and "@" not in parts.path + parts.query + parts.fragment
        return f"PostgreSQL at {address}" if is_address else "PostgreSQL"


class Connection:
    """One connection; `is_usable` is false once it has been cut."""

    def __init__(self, raw: asyncpg.Connection[asyncpg.Record]) -> None:
        self._raw = raw

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

    def terminate(self) -> None:
        """Cut the connection at once, whatever is under way; may be called again."""
        self._raw.terminate()

    async def execute(self, sql: str, *args: object, timeout_seconds: float) -> str:
        """Run a statement (several, separated by semicolons, without `args`); see `_call`.

        Returns:
            The tag of the last command, such as `UPDATE 3`.
        """
        return await self._call(self._raw.execute, sql, *args, timeout_seconds=timeout_seconds)

    async def fetch(self, sql: str, *args: object, timeout_seconds: float) -> list[asyncpg.Record]:
        """Run a query and return its rows; see `_call` for what is raised."""
        return await self._call(self._raw.fetch, sql, *args, timeout_seconds=timeout_seconds)

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

        return await self._call_within(patience, transact)

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
            await self._call(copy, timeout_seconds=timeout_seconds)
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
        await self._call(
            self._raw.add_listener,
            channel,
            lambda _connection, _pid, _channel, payload: on_notification(str(payload)),
            timeout_seconds=timeout_seconds,
        )

    async def _call(
        self, operation: Callable[..., Awaitable[T]], *args: object, timeout_seconds: float
    ) -> T:
        """Run one operation of asyncpg under a deadline.

        Raises:
            ConnectionLost: The connection broke, or no answer came in time; it is cut.
            Unavailable: The server refused for a reason that may pass.
            DataRefused: The server, or the encoder, refuses a value.
            ConstraintViolated: A row breaks a constraint.
        """
        patience = trio.CancelScope(deadline=trio.current_time() + timeout_seconds)
        return await self._call_within(patience, operation, *args)

    async def _call_within(
        self, patience: trio.CancelScope, operation: Callable[..., Awaitable[T]], *args: object
    ) -> T:
        """Run one operation of asyncpg until a scope's deadline, as `_call` does."""
        await trio.lowlevel.checkpoint_if_cancelled()
        begun_at = trio.current_time()
        answered = False
        try:
            with patience:
                result: T = await aio_as_trio(operation)(*args)
                answered = True
                return result
        except Exception as error:
            ours = translate(error, closed=self._raw.is_closed())
            if ours is None:
                raise
            answered = not isinstance(ours, ConnectionLost)
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


async def connect(options: ConnectOptions) -> Connection:
    """Make a connection.

    Raises:
        Unavailable: No connection can be had now; the message says why.
    """
    trio_asyncio.current_loop.get().set_exception_handler(_hear_complaint)
    try:
        with trio.fail_after(options.timeout_seconds):
            connection = Connection(await aio_as_trio(_connect_raw)(options))
    except trio.TooSlowError:
        message = f"no connection to {options.server} within {options.timeout_seconds:g} seconds"
        raise ConnectionLost(message) from None
    except (
        OSError,
        ValueError,
        asyncpg.PostgresError,
        asyncpg.InterfaceError,
        asyncpg.InternalClientError,
    ) as error:
        raise connect_failure(error, server=options.server) from None
    if not options.pgbouncer:
        await _watch_for_lost_client(connection, options.timeout_seconds)
    return connection


async def _connect_raw(options: ConnectOptions) -> asyncpg.Connection[asyncpg.Record]:
    settings = {"application_name": "pulse-router"}
    return await asyncpg.connect(
        options.url,
        timeout=options.timeout_seconds + 1,  # Trio's deadline comes first
        statement_cache_size=0 if options.pgbouncer else 200,
        max_cached_statement_lifetime=0,
        server_settings=settings if options.pgbouncer else settings | _SESSION_GUARDS,
    )


def _hear_complaint(loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
    """Take what asyncio cannot hand to anybody; trio-asyncio would end the process for it.

    Cutting asyncpg while it begins a connection (its own requests to cancel a statement too) leaves
    a future behind that fails with a network error nobody waits for; so does a session that the
    server ends in the middle of a COPY. All else is a bug.
    """
    lost = isinstance(context.get("exception"), OSError | asyncpg.PostgresConnectionError)
    if "future" in context and lost:
        return
    loop.default_exception_handler(context)


async def _watch_for_lost_client(connection: Connection, timeout_seconds: float) -> None:
    """Have the server end a statement whose client has cut the connection.

    Servers on systems without the means for it refuse the setting; they do without.
    """
    try:
        await connection.execute(_CLIENT_CHECK, timeout_seconds=timeout_seconds)
    except DataRefused:
        return
    except BaseException:
        connection.terminate()
        raise
