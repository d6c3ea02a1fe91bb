"""Questions of one statement that a tenant asks, under row-level security; and rows as they come.

A row may be of another version, or written by hand. One that cannot be read harms nothing but
itself: it is left out of lists, and by itself it is an error that says so. It knows no table.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any, Final, TypeVar

import msgspec
import structlog

from pulse_router.domain.errors import Unreadable
from pulse_router.postgres.database import Database
from pulse_router.postgres.transaction import Record
from pulse_router.runtime.nesting import is_deeper
from pulse_router.stores.roles import Role

T = TypeVar("T")

_NAMES: Final = ("id", "event_id", "route_id", "tenant_id", "device_id", "client_id", "sequence")
"""The columns that tell which row it is."""

_log = structlog.get_logger()


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


def read_each(
    database: Database, rows: Iterable[Record], make: Callable[[Record], T]
) -> Sequence[T]:
    """Make something of each row; those that cannot be read are left out, and told.

    Args:
        database: Where they come from; it remembers what was told.
        rows: The rows.
        make: Reads one.
    """
    made: list[T] = []
    for row in rows:
        try:
            made.append(make(row))
        except Exception as error:  # noqa: BLE001 - whatever it is, it is this row's
            _tell(database, row, error)
    return made


def read_one(database: Database, row: Record, make: Callable[[Record], T]) -> T:
    """Make something of a row.

    Raises:
        Unreadable: It cannot be read, which is told.
    """
    try:
        return make(row)
    except Exception as error:
        _tell(database, row, error)
        raise Unreadable(
            f"this is stored in a form that this version cannot read ({_name_row(row)})"
        ) from error


def _tell(database: Database, row: Record, error: Exception) -> None:
    if database.told.is_due(("a row cannot be read", *_identity(row).items())):
        _log.error(
            "a row of the database cannot be read, and is left out",
            row=_name_row(row),
            problem=type(error).__name__,
            exc_info=error,
        )


def _name_row(row: Record) -> str:
    return ", ".join(f"{name} {value}" for name, value in _identity(row).items())


def _identity(row: Record) -> dict[str, Any]:
    columns = set(row.keys())
    return {name: row[name] for name in _NAMES if name in columns}


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
    if text.count("[") + text.count("{") > MAX_DEPTH and is_deeper(found, MAX_DEPTH):
        raise RecursionError
    return found
