"""Makes connections to PostgreSQL; it must not know what they are used for."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Mapping
from functools import partial
from typing import Any, Final

import asyncpg
import attrs
import trio_asyncio

from pulse_router.domain.errors import DataRefused
from pulse_router.postgres import codecs
from pulse_router.postgres.connection import Connection
from pulse_router.postgres.dialing import dial
from pulse_router.postgres.session import BE_DURABLE, GUARDS, MEANING, WATCH_CLIENT

_NEVER_FIRST_SECONDS: Final = 86_400  # Trio's deadline comes first, whatever the URL says


@attrs.frozen
class ConnectOptions:
    """How connections are made.

    Args:
        url: A URL of libpq's form (`postgresql://user:password@host:port/database?sslmode=…`).
        timeout_seconds: How long connecting may take, where the URL has no `connect_timeout`.
        pgbouncer: Whether PgBouncer in transaction mode stands between: no prepared statements
            that outlive a transaction, no session settings.
    """

    url: str = attrs.field(repr=False)
    timeout_seconds: float = 10.0
    pgbouncer: bool = False


async def connect(options: ConnectOptions) -> Connection:
    """Make a connection.

    Raises:
        Unavailable: No connection can be had now; the message says why.
    """
    trio_asyncio.current_loop.get().set_exception_handler(_hear_complaint)
    raw = await dial(
        options.url, partial(_connect_raw, options), timeout_seconds=options.timeout_seconds
    )
    connection = Connection(raw)
    if not options.pgbouncer:
        await _set_up(connection, options.timeout_seconds)
    return connection


async def _connect_raw(
    options: ConnectOptions, where: Mapping[str, Any]
) -> asyncpg.Connection[asyncpg.Record]:
    settings = {"application_name": "pulse-router"} | where["server_settings"]
    if not options.pgbouncer:
        settings |= {**MEANING, **GUARDS}
    raw: asyncpg.Connection[asyncpg.Record] = await asyncpg.connect(
        **{**where, "server_settings": settings},
        timeout=_NEVER_FIRST_SECONDS,
        statement_cache_size=0 if options.pgbouncer else 200,
        max_cached_statement_lifetime=0,
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


async def _set_up(connection: Connection, timeout_seconds: float) -> None:
    """Set what is not known before the server has been asked, or not to all servers."""
    is_set_up = False
    try:
        await connection.execute(BE_DURABLE, timeout_seconds=timeout_seconds)
        with contextlib.suppress(DataRefused):
            await connection.execute(WATCH_CLIENT, timeout_seconds=timeout_seconds)
        is_set_up = True
    finally:
        if not is_set_up:
            connection.terminate()
