"""Lets the role that the schema's user logs in as act as the schema's roles."""

from __future__ import annotations

import attrs

from pulse_router.domain.errors import MigrationError
from pulse_router.postgres.connection import Connection
from pulse_router.postgres.migration_files import Schema
from pulse_router.postgres.migration_records import ANSWER_SECONDS
from pulse_router.postgres.migration_runs import Runs


async def grant_roles(runs: Runs, login_role: str | None) -> bool:
    """Let a login act as the schema's roles, without having their rights by itself.

    Args:
        runs: On which connection.
        login_role: Who; None for the user of the connection.

    Returns:
        Whether it could not before.

    Raises:
        MigrationError: A role is not there, or the rights to grant lack.
        Unavailable: The database cannot do it now.
    """
    connection, schema = runs.connection, runs.schema
    has_version_16 = connection.server_version >= (16, 0)
    login = await _find_login(connection, schema, login_role)
    [may] = await connection.fetch(
        "SELECT bool_and(pg_has_role($1::name, role, $2::text)) AS act"
        " FROM unnest($3::name[]) AS role",
        login.name,
        "SET" if has_version_16 else "MEMBER",
        schema.roles,
        timeout_seconds=ANSWER_SECONDS,
    )
    if may["act"]:
        return False
    how = " WITH INHERIT FALSE, SET TRUE" if has_version_16 else ""
    async with runs.transaction(f"granting {schema.user}'s roles to {login.name}"):
        await connection.execute(
            f"GRANT {', '.join(schema.roles)} TO {login.quoted}{how}",
            timeout_seconds=ANSWER_SECONDS,
        )
    return True


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
        timeout_seconds=ANSWER_SECONDS,
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
