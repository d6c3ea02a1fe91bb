"""What was applied to a database, as it has written down itself, and whether we may run on that.

It must not know how a migration is applied.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

import attrs
import structlog

from pulse_router.domain.errors import MigrationError
from pulse_router.postgres.connection import Connection
from pulse_router.postgres.migration_files import Migration, Schema

ANSWER_SECONDS: Final = 30.0

# The columns that came later are added for themselves: programs of before read the others only.
_CREATE_TABLE: Final = """
CREATE TABLE IF NOT EXISTS public.schema_migrations (
  version    integer     PRIMARY KEY,
  name       text        NOT NULL,
  checksum   text        NOT NULL,
  applied_at timestamptz NOT NULL DEFAULT now()
);
ALTER TABLE public.schema_migrations ADD COLUMN IF NOT EXISTS oldest integer;
ALTER TABLE public.schema_migrations ADD COLUMN IF NOT EXISTS applied_by text;
GRANT SELECT ON public.schema_migrations TO PUBLIC
"""

_IS_PREPARED: Final = """
SELECT FROM pg_catalog.pg_attribute a JOIN pg_catalog.pg_class c ON c.oid = a.attrelid
WHERE c.relnamespace = 'public'::regnamespace AND c.relname = 'schema_migrations'
  AND a.attname = 'applied_by' AND NOT a.attisdropped
"""

_READ: Final = """
SELECT version, name, checksum, (to_jsonb(m) ->> 'oldest')::integer AS oldest,
  to_jsonb(m) ->> 'applied_by' AS applied_by
FROM public.schema_migrations AS m
"""

_log = structlog.get_logger()


@attrs.frozen
class Applied:
    """One migration as the database has it.

    Args:
        name: What its file was called.
        checksum: Of the file that was applied.
        oldest: The last migration that a program has to know since; None where it was not said.
        applied_by: The version of the program that applied it, where it was said.
    """

    name: str
    checksum: str
    oldest: int | None = None
    applied_by: str | None = None


async def read_applied(connection: Connection) -> Mapping[int, Applied]:
    """Read what was applied, by version."""
    # Not to_regclass(): it may answer from a cache that is older than the lock we hold.
    found = await connection.fetch(
        "SELECT FROM pg_catalog.pg_tables"
        " WHERE schemaname = 'public' AND tablename = 'schema_migrations'",
        timeout_seconds=ANSWER_SECONDS,
    )
    if not found:
        return {}
    rows = await connection.fetch(_READ, timeout_seconds=ANSWER_SECONDS)
    return {
        row["version"]: Applied(row["name"], row["checksum"], row["oldest"], row["applied_by"])
        for row in rows
    }


async def prepare_table(connection: Connection) -> None:
    """Make the table that says what was applied, or give it the columns that it lacks."""
    # Only then: who reads it would wait until the migration has ended.
    if not await connection.fetch(_IS_PREPARED, timeout_seconds=ANSWER_SECONDS):
        await connection.execute(_CREATE_TABLE, timeout_seconds=ANSWER_SECONDS)


async def write_applied(connection: Connection, migration: Migration, schema: Schema) -> None:
    """Write down that a migration was applied."""
    await connection.execute(
        "INSERT INTO public.schema_migrations (version, name, checksum, oldest, applied_by)"
        " VALUES ($1, $2, $3, $4, $5)",
        migration.version,
        migration.name,
        migration.checksum,
        migration.oldest,
        schema.program_version,
        timeout_seconds=ANSWER_SECONDS,
    )


def find_pending(
    schema: Schema, known: Sequence[Migration], done: Mapping[int, Applied]
) -> Sequence[Migration]:
    """Name what is pending, in order, after holding the rest against our files.

    Raises:
        MigrationError: The database was migrated by other files than ours, or by newer ones that
            ask for a newer program.
    """
    newest = max(done, default=0)
    for migration in known[:newest]:
        applied = done.get(migration.version)
        if applied is None or applied.checksum != migration.checksum:
            name = migration.name if applied is None else applied.name
            raise MigrationError(
                f"migration {name} was applied in another form than {migration.name} has now:"
                " restore the file, and put what has to change into a new migration"
            )
    if newest > known[-1].version:
        _check_newer(schema, known[-1], done)
    return known[newest:]


def tell_of_newer(schema: Schema, known: Sequence[Migration], done: Mapping[int, Applied]) -> None:
    """Log that the database is ahead of this program, which may run all the same."""
    newest = max(done, default=0)
    if newest > known[-1].version:
        _log.warning(
            f"the database is ahead of this version of {schema.program}, which may run on it",
            database=done[newest].name,
            last_known=known[-1].name,
            applied_by=done[newest].applied_by,
        )


def _check_newer(schema: Schema, last: Migration, done: Mapping[int, Applied]) -> None:
    """See whether all that we do not know lets us run.

    Raises:
        MigrationError: It does not; the message says which version to install.
    """
    newest = max(done)
    # What does not say whom it bears may bear nobody who does not know it.
    wanted = {
        version: version if each.oldest is None else each.oldest
        for version, each in done.items()
        if version > last.version
    }
    oldest = max(wanted.values())
    if oldest <= last.version:
        return
    by = next(done[version].applied_by for version in sorted(wanted) if version >= oldest)
    wants = f"{schema.program} {by} or later" if by else "the version that applied it"
    raise MigrationError(
        f"the database is at migration {done[newest].name}, which this version of"
        f" {schema.program} ({schema.program_version}) does not know (its last is {last.name}),"
        f" and asks for one that knows {oldest:04}: install {wants}"
    )
