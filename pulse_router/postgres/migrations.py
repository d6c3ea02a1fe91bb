"""Brings a database's schema up to date from numbered files.

It must not know what is in the files. Each is applied alone, so that processes that start at once
migrate once. With nothing pending a login that owns nothing may call it too: then it only reads.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import attrs
import structlog

from pulse_router.domain.errors import MigrationError, NotAllowedHere
from pulse_router.postgres.connecting import ConnectOptions, connect
from pulse_router.postgres.connection import Connection
from pulse_router.postgres.database_access import Access, close_to_others, look_at_access
from pulse_router.postgres.migration_files import Migration, Schema, read_migrations
from pulse_router.postgres.migration_logins import grant_roles
from pulse_router.postgres.migration_records import find_pending, read_applied, tell_of_newer
from pulse_router.postgres.migration_runs import Runs
from pulse_router.postgres.url import read_url, url_as

OLDEST_SERVER: Final = 14

_log = structlog.get_logger()


@attrs.frozen
class MigrationReport:
    """What `migrate` did.

    Args:
        applied: The migrations applied by this call, in order.
        version: The schema's version now.
        granted: Whether the login role was given the schema's roles by this call.
        closed: The statements that closed the database to others, if this call did.
        opened_with: What lets somebody else in, to be completed by their name.
        open: Who may connect that need not, in sentences.
    """

    applied: Sequence[str]
    version: int
    granted: bool
    closed: str | None = None
    opened_with: str | None = None
    open: Sequence[str] = ()


async def migrate(
    schema: Schema, url: str, *, login_role: str | None = None, pgbouncer: bool = False
) -> MigrationReport:
    """Apply what is pending, and let the login role act as the schema's roles.

    A database to which nothing was applied yet, that belongs to whoever applies it and that nobody
    else uses, is closed to all but them and the login role.

    Args:
        schema: What to apply.
        url: Whom to apply it as. With work to do it must be allowed to create roles and tables.
        login_role: The role that the schema's user logs in as; None for the user of `url`.
        pgbouncer: Whether PgBouncer in transaction mode stands between.

    Raises:
        MigrationError: It cannot be done, and waiting does not help; the message has the remedy.
        NotAllowedHere: That kind of it which somebody else can do.
        Unavailable: The database cannot be reached or cannot do it now.
    """
    known = read_migrations(schema)
    connection = await _open(url, pgbouncer=pgbouncer)
    runs = Runs(connection, schema, _remedy(schema, url))
    try:
        due = await _find_pending(runs, known)
        if any(not each.in_transaction for each in due):
            await _refuse_pooler(connection, due, pgbouncer=pgbouncer)
        closed = await _close_if_fresh(runs, login_role) if len(due) == len(known) else None
        applied = [each.name for each in due if await _apply(runs, known, each)]
        granted = await grant_roles(runs, login_role)
        access = await look_at_access(connection, login=login_role, roles=schema.roles)
        tell_of_newer(schema, known, await read_applied(connection))
    finally:
        connection.terminate()
    return MigrationReport(
        applied,
        version=known[-1].version,
        granted=granted,
        closed=None if closed is None else closed.closing,
        opened_with=None if closed is None else f"GRANT CONNECT ON DATABASE {access.database} TO",
        open=access.problems,
    )


async def pending(schema: Schema, url: str, *, pgbouncer: bool = False) -> Sequence[Migration]:
    """Give the migrations that are not applied yet; changes nothing.

    Raises:
        MigrationError: The database does not fit this version; the message has the remedy.
        Unavailable: The database cannot be reached now.
    """
    known = read_migrations(schema)
    connection = await _open(url, pgbouncer=pgbouncer)
    try:
        return find_pending(schema, known, await read_applied(connection))
    finally:
        connection.terminate()


async def access_to(
    schema: Schema, url: str, *, login_role: str | None = None, pgbouncer: bool = False
) -> Access:
    """Find out who may connect to the database; changes nothing.

    Raises:
        Unavailable: The database cannot be reached now.
    """
    connection = await _open(url, pgbouncer=pgbouncer)
    try:
        return await look_at_access(connection, login=login_role, roles=schema.roles)
    finally:
        connection.terminate()


async def is_pooled(url: str) -> bool:
    """Tell whether a pooler, such as PgBouncer, answers instead of the server itself.

    Raises:
        Unavailable: Nobody answers now.
    """
    connection = await connect(ConnectOptions(url, pgbouncer=True))
    try:
        return await connection.is_pooled(timeout_seconds=10.0)
    finally:
        connection.terminate()


async def _open(url: str, *, pgbouncer: bool) -> Connection:
    connection = await connect(ConnectOptions(url, pgbouncer=pgbouncer))
    major, minor = connection.server_version
    if major < OLDEST_SERVER:
        connection.terminate()
        raise MigrationError(
            f"PostgreSQL {major}.{minor} is too old: {OLDEST_SERVER} or later is needed"
        )
    encoding = connection.encoding
    if encoding != "UTF8":
        connection.terminate()
        raise MigrationError(
            f"the database is encoded in {encoding}, which cannot hold every text:"
            " create it with `CREATE DATABASE … ENCODING 'UTF8' TEMPLATE template0`"
        )
    return connection


async def _find_pending(runs: Runs, known: Sequence[Migration]) -> Sequence[Migration]:
    return find_pending(runs.schema, known, await read_applied(runs.connection))


async def _apply(runs: Runs, known: Sequence[Migration], migration: Migration) -> bool:
    """Apply a migration, unless somebody else has done it while we waited for the lock."""

    async def is_due() -> bool:
        return (await _find_pending(runs, known))[:1] == [migration]

    applied = await runs.apply(migration, is_due)
    if applied:
        _log.info("the database was migrated", migration=migration.name)
    return applied


async def _close_if_fresh(runs: Runs, login_role: str | None) -> Access | None:
    """Close a database to which nothing was applied yet, if it is ours alone."""
    async with runs.transaction("closing the database to others"):
        if await read_applied(runs.connection):
            return None
        closed = await close_to_others(runs.connection, login=login_role, roles=runs.schema.roles)
    if closed is not None:
        _log.info("the database was closed to others", statements=closed.closing)
    return closed


async def _refuse_pooler(
    connection: Connection, due: Sequence[Migration], *, pgbouncer: bool
) -> None:
    """See that nothing stands between that would give our lock to somebody else.

    Raises:
        NotAllowedHere: Something does.
    """
    if pgbouncer or await connection.is_pooled(timeout_seconds=10.0):
        names = ", ".join(each.name for each in due if not each.in_transaction)
        raise NotAllowedHere(
            f"{names} runs outside a transaction, under a lock that PgBouncer does not keep:"
            " set database.migration_url or database.direct_url to the server itself"
        )


def _remedy(schema: Schema, url: str) -> str:
    login = schema.without_superuser.format(login=_quoted(read_url(url).user or "…"))
    return f"`{schema.program} migrate --url {url_as('postgres', url)}`. {login}"


def _quoted(role: str) -> str:
    """Write a role's name as it stands in a statement."""
    doubled = role.replace('"', '""')
    return role if role.isidentifier() and role.islower() else f'"{doubled}"'
