"""Questions of one statement that a tenant asks, under row-level security; and stored JSON.

It knows no table.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import msgspec

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


UNREADABLE_JSON: Final = (msgspec.MsgspecError, RecursionError)
"""What reading a column of JSON may raise: numbers out of range, another form, too deep."""

MAX_DEPTH: Final = 100
"""How deep stored JSON may be nested: what is read must be written again, which goes less deep."""

_decode_object: Final = msgspec.json.Decoder(dict[str, Any]).decode


def read_json_object(text: str) -> dict[str, Any]:
    """Read stored JSON that must be an object.

    Raises:
        MsgspecError: It is none, or holds a number out of range.
        RecursionError: It is nested too deep.
    """
    found = _decode_object(text)
    if text.count("[") + text.count("{") > MAX_DEPTH and _is_deep(found):
        raise RecursionError
    return found


def _is_deep(value: object) -> bool:
    level = [value]
    for _ in range(MAX_DEPTH):
        level = [
            inner
            for outer in level
            for inner in (outer.values() if isinstance(outer, dict) else outer)  # type: ignore[attr-defined]
            if isinstance(inner, dict | list)
        ]
    return bool(level)
