"""A transaction as stores see it: who acts, for which tenant, and what it can do.

It must not know where connections come from, nor any table.
"""

from __future__ import annotations

import enum
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import asyncpg
import attrs
import msgspec

from pulse_router.postgres.connection import Connection
from pulse_router.postgres.session import local_settings
from pulse_router.runtime.actors import current_actor

Record = asyncpg.Record


class Role(enum.Enum):
    """Who a transaction acts as; whoever uses this names the server's roles in a subclass."""


@attrs.frozen
class Deadlines:
    """How long the server may take to answer, in seconds.

    Args:
        begin: To begin a transaction; an idle connection that has gone silent is found by it.
        statement: For each statement.
        commit: To commit; cancellation does not shorten it.
        rollback: To roll back; after it the connection is cut.
        server: When the server gives a statement up by itself, where nobody asks for longer; None
            for never.
    """

    begin: float = 5.0
    statement: float = 30.0
    commit: float = 10.0
    rollback: float = 2.0
    server: float | None = None

    @property
    def local(self) -> Mapping[str, str]:
        """What the server is told for a transaction."""
        if self.server is None:
            return {}
        return {"statement_timeout": f"{round(self.server * 1000)}ms"}


class Transaction:
    """An open transaction; made by `Database.transaction`, for one task at a time.

    Every method may raise:
        Unavailable: The server cannot do it now; the transaction is lost.
        DataRefused: A value is refused as data; the transaction is lost.
        ConstraintViolated: A row breaks a constraint; the transaction is lost.
    """

    def __init__(self, connection: Connection, statement_seconds: float) -> None:
        self._open_connection: Connection | None = connection
        self._statement_seconds = statement_seconds

    async def fetch(self, sql: str, *args: object) -> list[Record]:
        """Run a query and return its rows."""
        return await self._connection.fetch(sql, *args, timeout_seconds=self._statement_seconds)

    async def fetch_row(self, sql: str, *args: object) -> Record | None:
        """Run a query and return its first row, if any."""
        rows = await self.fetch(sql, *args)
        return rows[0] if rows else None

    async def fetch_value(self, sql: str, *args: object) -> Any:  # noqa: ANN401 (the query decides)
        """Run a query and return the first column of its first row; None without rows."""
        row = await self.fetch_row(sql, *args)
        return None if row is None else row[0]

    async def execute(self, sql: str, *args: object) -> str:
        """Run a statement and return its command tag, such as `UPDATE 3`."""
        return await self._connection.execute(sql, *args, timeout_seconds=self._statement_seconds)

    async def change(self, sql: str, *args: object) -> int:
        """Run an INSERT, UPDATE or DELETE and return how many rows it concerned."""
        tag = await self.execute(sql, *args)
        return int(tag.rpartition(" ")[2])

    async def copy(
        self, table: str, columns: Sequence[str], records: Iterable[tuple[Any, ...]]
    ) -> None:
        """Write rows by binary COPY, each a tuple in the order of `columns`.

        Raises:
            DataRefused: As every method, with the table in `relation` and the row's number,
                from 1, in `line` where it is known.
        """
        await self._connection.copy(
            table, columns, records, timeout_seconds=self._statement_seconds
        )

    def end(self) -> None:
        """Take the connection away: what comes later would run in somebody else's transaction."""
        self._open_connection = None

    @property
    def _connection(self) -> Connection:
        if self._open_connection is None:
            raise RuntimeError("this transaction has ended")
        return self._open_connection


def begin_statement(
    role: Role,
    tenant_id: str | None,
    *,
    read_only: bool,
    is_shared: bool = False,
    local: Mapping[str, str] | None = None,
) -> str:
    """Put everything that begins a transaction into one round trip.

    Several commands in one message take no parameters, so values go as hexadecimal digits: there is
    nothing to escape, and nothing that a setting could give another meaning.

    Args:
        role: Who acts.
        tenant_id: For which tenant.
        read_only: Whether writing is an error.
        is_shared: Whether the session is others' as well, and set to what they want.
        local: Settings for this transaction, of fixed names and values.
    """
    begin = "BEGIN READ ONLY" if read_only else "BEGIN"
    if is_shared:
        begin = f"{begin}; {local_settings()}"
    for name, value in (local or {}).items():
        begin += f"; SET LOCAL {name} = '{value}'"
    sql = f"{begin}; SET LOCAL ROLE {role.value}"
    if tenant_id is not None:
        sql += _set_local("app.tenant_id", tenant_id.encode("utf-8", "surrogatepass"))
    actor = None if read_only else current_actor()
    if actor is not None:  # triggers write down what it changes
        sql += _set_local("app.actor", msgspec.json.encode(actor))
    return sql


def _set_local(name: str, value: bytes) -> str:
    text = f"pg_catalog.convert_from(pg_catalog.decode('{value.hex()}', 'hex'), 'UTF8')"
    return f"; SELECT pg_catalog.set_config('{name}', {text}, true)"
