"""Makes connections to PostgreSQL; it must not know what they are used for."""

from __future__ import annotations

import asyncio
from typing import Any
from urllib.parse import urlsplit

import asyncpg
import attrs
import trio
import trio_asyncio
from trio_asyncio import aio_as_trio

from pulse_router.domain.errors import DataRefused
from pulse_router.postgres import codecs
from pulse_router.postgres.connection import Connection
from pulse_router.postgres.errors import ConnectionLost, connect_failure

# A client that vanished must not hold its locks until TCP gives up after two hours.
_SESSION_GUARDS = {
    "idle_in_transaction_session_timeout": "60s",
    "tcp_keepalives_idle": "30",
    "tcp_keepalives_interval": "10",
    "tcp_keepalives_count": "3",
}
_CLIENT_CHECK = "SET client_connection_check_interval = '10s'"


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
    raw = await asyncpg.connect(
        options.url,
        timeout=options.timeout_seconds + 1,  # Trio's deadline comes first
        statement_cache_size=0 if options.pgbouncer else 200,
        max_cached_statement_lifetime=0,
        server_settings=settings if options.pgbouncer else settings | _SESSION_GUARDS,
    )
    await codecs.install(raw)  # without a word to the server, so nothing can go wrong in between
    return raw


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
