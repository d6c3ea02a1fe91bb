"""The router's schema: which migrations it has, and the roles that they make."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import Path

from pulse_router import __version__
from pulse_router.postgres import migrations
from pulse_router.postgres.database_access import Access
from pulse_router.postgres.migration_files import Migration, Schema, read_migrations
from pulse_router.postgres.migrations import MigrationReport
from pulse_router.stores.roles import ALL_ROLES


def find_folder() -> Traversable:
    """Find the migrations: inside the installed package, or beside it in a checkout."""
    package = resources.files("pulse_router")
    inside = package / "sql"
    if inside.is_dir():
        return inside
    return Path(str(package)).parent / "sql"


def schema_in(folder: Traversable) -> Schema:
    """Give the router's schema as a folder has it."""
    return Schema(
        folder=folder,
        roles=ALL_ROLES,
        lock_key=0x70756C7365,  # "pulse"
        program="pulse-router",
        program_version=__version__,
        declares_from=19,
        user="the router",
        without_superuser=(
            "Where nobody is a superuser, as with a managed server, a role that owns the database"
            " is enough when whoever runs the server has run this before:"
            " `CREATE ROLE pulse_app NOLOGIN; CREATE ROLE pulse_ingest NOLOGIN BYPASSRLS;"
            " CREATE ROLE pulse_operator NOLOGIN BYPASSRLS;"
            " GRANT pulse_app, pulse_ingest, pulse_operator TO {login} WITH ADMIN OPTION`."
            " A provider that will not do that cannot host the router's database"
        ),
    )


def known_migrations() -> Mapping[int, str]:
    """Name the migrations that this version brings along, by number."""
    return {each.version: each.name for each in read_migrations(schema_in(find_folder()))}


async def migrate(
    url: str,
    *,
    login_role: str | None = None,
    pgbouncer: bool = False,
    folder: Traversable | None = None,
) -> MigrationReport:
    """Bring a database up to date, as `migrations.migrate` does.

    Args:
        url: Whom to do it as.
        login_role: The role that the router logs in as; None for the user of `url`.
        pgbouncer: Whether PgBouncer in transaction mode stands between.
        folder: Where the migrations lie; None for those that this version brings along.

    Raises:
        MigrationError: It cannot be done, and waiting does not help.
        NotAllowedHere: That kind of it which somebody else can do.
        Unavailable: The database cannot be reached or cannot do it now.
    """
    schema = schema_in(folder or find_folder())
    return await migrations.migrate(schema, url, login_role=login_role, pgbouncer=pgbouncer)


async def pending(
    url: str, *, pgbouncer: bool = False, folder: Traversable | None = None
) -> Sequence[Migration]:
    """Give the migrations that a database lacks, as `migrations.pending` does."""
    schema = schema_in(folder or find_folder())
    return await migrations.pending(schema, url, pgbouncer=pgbouncer)


async def access_to(url: str, *, login_role: str | None = None, pgbouncer: bool = False) -> Access:
    """Find out who may connect to a database, as `migrations.access_to` does."""
    schema = schema_in(find_folder())
    return await migrations.access_to(schema, url, login_role=login_role, pgbouncer=pgbouncer)
