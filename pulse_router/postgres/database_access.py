"""Who may connect to a database, and closing it to all whose it is not.

Roles belong to the whole server: a login of another installation on it that may act as the schema's
roles may do so in every database that it can connect to. It must not know what is in the database.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import attrs

from pulse_router.postgres.connection import Connection

_ANSWER_SECONDS: Final = 30.0

# Ours are the login, who migrates, the owner and the schema's roles ($1); superusers are bound by
# nothing.
_OURS: Final = """
WITH db AS (
  SELECT oid, datname, datdba, coalesce(datacl, acldefault('d', datdba)) AS acl
  FROM pg_catalog.pg_database WHERE datname = current_database()
), others AS (
  SELECT r.oid, r.rolname, r.rolcanlogin FROM pg_catalog.pg_roles r, db
  WHERE NOT r.rolsuper AND r.oid <> db.datdba AND r.rolname <> session_user
    AND NOT r.rolname = ANY($1::name[]) AND r.oid >= 16384
)
"""

_LOOK: Final = f"""{_OURS}
SELECT db.datname AS name, format('%I', db.datname) AS quoted,
  EXISTS (SELECT FROM aclexplode(db.acl) a WHERE a.grantee = 0 AND a.privilege_type = 'CONNECT')
    AS to_all,
  ARRAY(SELECT o.rolname::text FROM others o JOIN aclexplode(db.acl) a ON a.grantee = o.oid
        WHERE a.privilege_type = 'CONNECT' ORDER BY 1) AS granted,
  ARRAY(SELECT o.rolname::text FROM others o
        WHERE o.rolcanlogin AND has_database_privilege(o.oid, db.oid, 'CONNECT')
          AND EXISTS (SELECT FROM pg_catalog.pg_roles s
                      WHERE s.rolname = ANY($2::name[]) AND pg_has_role(o.oid, s.oid, 'MEMBER'))
        ORDER BY 1) AS actors,
  pg_has_role(session_user, db.datdba, 'USAGE') AS is_owner,
  ARRAY(SELECT format('%I', rolname) FROM pg_catalog.pg_roles, db
        WHERE rolname = ANY($3::name[]) OR rolname = session_user ORDER BY 1) AS ours
FROM db
"""  # noqa: S608 - of constants

# Whoever owns something here, was granted something or is connected would be cut off.
_STRANGERS: Final = f"""{_OURS}
SELECT o.rolname FROM pg_catalog.pg_shdepend d JOIN others o ON o.oid = d.refobjid, db
WHERE d.refclassid = 'pg_catalog.pg_authid'::regclass
  AND (d.dbid = db.oid
       OR d.dbid = 0 AND d.classid = 'pg_catalog.pg_database'::regclass AND d.objid = db.oid)
UNION
SELECT o.rolname FROM pg_catalog.pg_stat_activity a JOIN others o ON o.oid = a.usesysid, db
WHERE a.datid = db.oid
UNION
SELECT o.rolname FROM pg_catalog.pg_db_role_setting s JOIN others o ON o.oid = s.setrole, db
WHERE s.setdatabase = db.oid
UNION
SELECT 'PUBLIC' FROM pg_catalog.pg_class c
JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace, aclexplode(c.relacl) a
WHERE a.grantee = 0 AND n.nspname NOT LIKE 'pg\\_%' AND n.nspname <> 'information_schema'
  AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend d
                  WHERE d.classid = 'pg_catalog.pg_class'::regclass AND d.objid = c.oid
                    AND d.deptype = 'e')
"""  # noqa: S608 - of constants


@attrs.frozen
class Access:
    """Who may connect besides the router's login, who migrates, the owner and superusers.

    Args:
        database: Its name, as it stands in a statement.
        ours: The login and who asks, as they stand in a statement.
        to_all: Whether every login of the server may.
        granted: Who was granted it by name.
        actors: Which of all that may can act as the schema's roles.
        is_owner: Whether who asks may change that.
    """

    database: str
    ours: Sequence[str]
    to_all: bool
    granted: Sequence[str]
    actors: Sequence[str]
    is_owner: bool

    @property
    def closing(self) -> str:
        """The statements that close the database to all but ours."""
        return (
            f"REVOKE CONNECT ON DATABASE {self.database} FROM PUBLIC;"
            f" GRANT CONNECT ON DATABASE {self.database} TO {', '.join(self.ours)}"
        )

    @property
    def problems(self) -> tuple[str, ...]:
        """What is open that need not be, in sentences with the remedy."""
        said: list[str] = []
        if self.actors:
            said.append(
                f"{', '.join(self.actors)} may act as the router's roles in the database"
                f" {self.database}, past row-level security: roles belong to the whole server, and"
                " who has them acts wherever they can connect"
            )
        if self.to_all:
            said.append(
                f"every login of the server may connect to the database {self.database}: close it"
                f" with `{self.closing}`, and grant the same to a reader or a monitor"
            )
        return tuple(said)


async def look_at_access(
    connection: Connection, *, login: str | None, roles: Sequence[str]
) -> Access:
    """Find out who may connect.

    Args:
        connection: To the database that is asked about.
        login: Who the schema's user logs in as; None for the user of the connection.
        roles: The schema's roles.
    """
    logins = [] if login is None else [login]
    [row] = await connection.fetch(
        _LOOK, [*logins, *roles], roles, logins, timeout_seconds=_ANSWER_SECONDS
    )
    return Access(
        database=row["quoted"],
        ours=row["ours"],
        to_all=row["to_all"],
        granted=row["granted"],
        actors=row["actors"],
        is_owner=row["is_owner"],
    )


async def close_to_others(
    connection: Connection, *, login: str | None, roles: Sequence[str]
) -> Access | None:
    """Close a database that nobody else uses yet; inside a transaction.

    Returns:
        What is closed now; None when nothing was, as it is shared, closed already, or not the
        connection's user's.
    """
    access = await look_at_access(connection, login=login, roles=roles)
    if not (access.to_all and access.is_owner):
        return None
    ours = [*roles] if login is None else [login, *roles]
    if await connection.fetch(_STRANGERS, ours, timeout_seconds=_ANSWER_SECONDS):
        return None
    await connection.execute(access.closing, timeout_seconds=_ANSWER_SECONDS)
    return access
