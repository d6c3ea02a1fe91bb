"""Questions of one statement that a tenant asks, under row-level security. It knows no table."""

from __future__ import annotations

from collections.abc import Sequence

from pulse_router.postgres.database import Database
from pulse_router.postgres.transaction import Record
from pulse_router.stores.roles import Role


async def fetch_of_tenant(
    database: Database, tenant_id: str, sql: str, *values: object
) -> Sequence[Record]:
    """Read rows as a tenant.

    Args:
        database: Whom to ask.
        tenant_id: Who asks; it is also the `$1` of the query.
        sql: The query.
        values: Its other values, from `$2`.

    Raises:
        Unavailable: The database cannot be asked now.
    """
    return await database.query(
        Role.APP, sql, tenant_id, *values, tenant_id=tenant_id, read_only=True
    )


async def find_of_tenant(
    database: Database, tenant_id: str, sql: str, *values: object
) -> Record | None:
    """Read one row as `fetch_of_tenant` does, or None when there is none."""
    rows = await fetch_of_tenant(database, tenant_id, sql, *values)
    return rows[0] if rows else None
