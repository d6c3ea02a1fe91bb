"""Brings a database's schema up to date from numbered files.

It must not know what is in the files. Each runs in a transaction of its own, under a lock, so that
processes that start at once migrate once. With nothing pending a login that owns nothing may call
it too, for then it only reads.
"""

from __future__ import annotations

import math
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Final

import attrs
import structlog

from pulse_router.domain.errors import ConstraintViolated, DataRefused, PulseError, Unavailable
from pulse_router.postgres.connecting import ConnectOptions, connect
from pulse_router.postgres.connection import Connection
from pulse_router.postgres.errors import ConnectionLost
from pulse_router.postgres.migration_files import (
    Migration,
    MigrationError,
    Schema,
    read_migrations,
)
from pulse_router.postgres.session import local_settings
from pulse_router.postgres.url import read_url, url_as

__all__ = ["MigrationError", "MigrationReport", "Schema", "migrate", "pending"]

OLDEST_SERVER: Final = 14

_UNLIMITED: Final = math.inf  # building an index takes as long as it takes
_ANSWER_SECONDS: Final = 30.0
_PRIVILEGE_MISSING: Final = "42501"

# Connection, conflict, resources, lock, operator, system: these pass.
_PASSING: Final = ("08", "40", "53", "55", "57", "58")

_CREATE_TABLE: Final = """
CREATE TABLE IF NOT EXISTS public.schema_migrations (
  version    integer     PRIMARY KEY,
  name       text        NOT NULL,
  checksum   text        NOT NULL,
  applied_at timestamptz NOT NULL DEFAULT now()
);
GRANT SELECT ON public.schema_migrations TO PUBLIC
"""

_log = structlog.get_logger()


@attrs.frozen
class MigrationReport:
    """What `migrate` did.

    Args:
        applied: The migrations applied by this call, in order.
        version: The schema's version now.
        granted: Whether the login role was given the schema's roles by this call.
    """

    applied: Sequence[str]
    version: int
    granted: bool


async def migrate(
    schema: Schema, url: str, *, login_role: str | None = None, pgbouncer: bool = False
) -> MigrationReport:
    """Apply what is pending, and let the login role act as the schema's roles.

    Args:
        schema: What to apply.
        url: Whom to apply it as. With work to do it must be allowed to create roles and tables.
        login_role: The role that the schema's user logs in as; None for the user of `url`.
        pgbouncer: Whether PgBouncer in transaction mode stands between.

    Raises:
        MigrationError: It cannot be done, and waiting does not help; the message has the remedy.
        Unavailable: The database cannot be reached or cannot do it now.
    """
    work = _Work(schema, read_migrations(schema), url)
    connection = await _open(url, pgbouncer=pgbouncer)
    try:
        applied: list[str] = []
        while (migration := work.next_after(await _read_applied(connection))) is not None:
            if await work.apply(connection, migration):
                _log.info("the database was migrated", migration=migration.name)
                applied.append(migration.name)
        granted = await work.grant(connection, login_role)
    finally:
        connection.terminate()
    return MigrationReport(applied, version=work.known[-1].version, granted=granted)


async def pending(schema: Schema, url: str, *, pgbouncer: bool = False) -> list[str]:
    """Name the migrations that are not applied yet; changes nothing.

    Raises:
        MigrationError: The database does not fit this version; the message has the remedy.
        Unavailable: The database cannot be reached now.
    """
    work = _Work(schema, read_migrations(schema), url)
    connection = await _open(url, pgbouncer=pgbouncer)
    try:
        done = await _read_applied(connection)
    finally:
        connection.terminate()
    work.next_after(done)
    return [migration.name for migration in work.known if migration.version not in done]


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


async def _read_applied(connection: Connection) -> dict[int, tuple[str, str]]:
    """Read name and checksum of what was applied, by version."""
    # Not to_regclass(): it may answer from a cache that is older than the lock we hold.
    found = await connection.fetch(
        "SELECT FROM pg_catalog.pg_tables"
        " WHERE schemaname = 'public' AND tablename = 'schema_migrations'",
        timeout_seconds=_ANSWER_SECONDS,
    )
    if not found:
        return {}
    rows = await connection.fetch(
        "SELECT version, name, checksum FROM public.schema_migrations",
        timeout_seconds=_ANSWER_SECONDS,
    )
    return {row["version"]: (row["name"], row["checksum"]) for row in rows}


@attrs.frozen
class _Work:
    """The migrations of a schema, and the URL that they are applied by."""

    schema: Schema
    known: Sequence[Migration]
    url: str

    def next_after(self, done: dict[int, tuple[str, str]]) -> Migration | None:
        """Find the first migration that is pending, after holding the rest against our files.

        Raises:
            MigrationError: The database was migrated by other files than ours.
        """
        known = self.known
        newest = max(done, default=0)
        if newest > known[-1].version:
            raise MigrationError(
                f"the database is at migration {done[newest][0]}, which this version of"
                f" {self.schema.program} does not know (its last is {known[-1].name}): install the"
                " version that applied it"
            )
        for migration in known[:newest]:
            name, checksum = done.get(migration.version, (migration.name, ""))
            if checksum != migration.checksum:
                raise MigrationError(
                    f"migration {name} was applied in another form than {migration.name} has now:"
                    " restore the file, and put what has to change into a new migration"
                )
        return known[newest] if newest < len(known) else None

    async def apply(self, connection: Connection, migration: Migration) -> bool:
        """Apply a migration, unless somebody else has done it while we waited for the lock."""
        what = f"migration {migration.name}"
        async with self._transaction(connection, what):
            if self.next_after(await _read_applied(connection)) is not migration:
                return False
            try:
                await connection.execute(_CREATE_TABLE, timeout_seconds=_UNLIMITED)
                await connection.execute(migration.script, timeout_seconds=_UNLIMITED)
            except (DataRefused, ConstraintViolated) as error:
                raise MigrationError(f"{what} failed: {error}") from None
            await connection.execute(
                "INSERT INTO public.schema_migrations (version, name, checksum)"
                " VALUES ($1, $2, $3)",
                migration.version,
                migration.name,
                migration.checksum,
                timeout_seconds=_ANSWER_SECONDS,
            )
        return True

    async def grant(self, connection: Connection, login_role: str | None) -> bool:
        """Let the login role act as the schema's roles, without having their rights by itself."""
        has_version_16 = connection.server_version >= (16, 0)
        login = await _find_login(connection, self.schema, login_role)
        [may] = await connection.fetch(
            "SELECT bool_and(pg_has_role($1::name, role, $2::text)) AS act"
            " FROM unnest($3::name[]) AS role",
            login.name,
            "SET" if has_version_16 else "MEMBER",
            self.schema.roles,
            timeout_seconds=_ANSWER_SECONDS,
        )
        if may["act"]:
            return False
        how = " WITH INHERIT FALSE, SET TRUE" if has_version_16 else ""
        what = f"granting {self.schema.user}'s roles to {login.name}"
        async with self._transaction(connection, what):
            await connection.execute(
                f"GRANT {', '.join(self.schema.roles)} TO {login.quoted}{how}",
                timeout_seconds=_ANSWER_SECONDS,
            )
        return True

    @asynccontextmanager
    async def _transaction(self, connection: Connection, what: str) -> AsyncIterator[None]:
        """Run a block in a transaction, alone among those that migrate this database.

        What does not come to its end is rolled back by the server, as the connection is cut.
        """
        try:
            await connection.execute(f"BEGIN; {local_settings()}", timeout_seconds=_ANSWER_SECONDS)
            await connection.fetch(
                "SELECT pg_advisory_xact_lock($1)",
                self.schema.lock_key,
                timeout_seconds=_UNLIMITED,
            )
            yield
            await connection.execute("COMMIT", timeout_seconds=_UNLIMITED)
        except Unavailable as error:
            raise _explain(error, self.schema, self.url, what) from None


@attrs.frozen
class _Login:
    """The role that the user logs in as; `quoted` as it stands in a statement."""

    name: str
    quoted: str


async def _find_login(connection: Connection, schema: Schema, login_role: str | None) -> _Login:
    [row] = await connection.fetch(
        "SELECT login, format('%I', login) AS quoted, to_regrole(format('%I', login)) IS NOT NULL"
        " AS exists, ARRAY(SELECT role FROM unnest($2::text[]) AS role"
        " WHERE to_regrole(role) IS NULL) AS missing"
        " FROM coalesce($1::text, session_user) AS login",
        login_role,
        schema.roles,
        timeout_seconds=_ANSWER_SECONDS,
    )
    if row["missing"]:
        raise MigrationError(
            f"this server lacks the roles {', '.join(row['missing'])}, though the database was"
            " migrated: a restored dump needs them too (`pg_dumpall --roles-only`)"
        )
    if not row["exists"]:
        raise MigrationError(
            f"there is no role {row['login']} for {schema.user} to log in as: create it with"
            f" `CREATE ROLE {row['quoted']} LOGIN PASSWORD '…'`"
        )
    return _Login(row["login"], row["quoted"])


def _explain(error: Unavailable, schema: Schema, url: str, what: str) -> PulseError:
    """Tell what passes by itself from what somebody has to mend."""
    state = error.sqlstate or ""
    if isinstance(error, ConnectionLost) or state.startswith(_PASSING):
        return error
    if state == _PRIVILEGE_MISSING:
        return MigrationError(
            f"{what} needs rights that this login does not have ({error}); an administrator has"
            f" to run `{schema.program} migrate --url {url_as('postgres', url)}`."
            f" {schema.without_superuser.format(login=_quoted(read_url(url).user or '…'))}"
        )
    return MigrationError(f"{what} failed: {error}")


def _quoted(role: str) -> str:
    """Write a role's name as it stands in a statement."""
    doubled = role.replace('"', '""')
    return role if role.isidentifier() and role.islower() else f'"{doubled}"'
