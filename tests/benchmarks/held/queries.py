"""Questions of which it is measured what they cost under a held snapshot, and how it is shown."""

from __future__ import annotations

import statistics
import time
from collections.abc import Awaitable, Callable, Mapping
from typing import Final

import attrs

from pulse_router.postgres.database import Database
from pulse_router.stores.roles import Role
from tests.support.delivery.held_snapshot import buffers

TIMES: Final = 50

Cost = tuple[float, int | None]
"""Milliseconds, and buffers where it is one question."""


@attrs.frozen
class Query:
    """A question, as it is asked in SQL.

    Attributes:
        sql: The question.
        values: Its values.
        tenant_id: For whom it is asked; None for the operator.
        before: What is set for it.
        role: Who asks, if not the operator or the tenant.
    """

    sql: str
    values: tuple[object, ...] = ()
    tenant_id: str | None = None
    before: str = ""
    role: Role | None = None

    async def ask(self, database: Database) -> None:
        role = self.role or (Role.OPERATOR if self.tenant_id is None else Role.APP)
        async with database.transaction(role, tenant_id=self.tenant_id) as transaction:
            if self.before:
                await transaction.execute(self.before)
            await transaction.fetch(self.sql, *self.values)

    async def count(self, database: Database) -> int:
        return await buffers(
            database,
            self.sql,
            *self.values,
            tenant_id=self.tenant_id,
            before=self.before,
            role=self.role,
        )


async def median(do: Callable[[], Awaitable[object]]) -> float:
    times: list[float] = []
    for _ in range(TIMES):
        began_at = time.perf_counter()
        await do()
        times.append(1000 * (time.perf_counter() - began_at))
    return statistics.median(times)


def show(without: Mapping[str, Cost], held: Mapping[str, Cost]) -> None:
    """Show what each costs under the snapshot, beside what it cost before."""
    for name, (before, buffers_before) in without.items():
        now, buffers_now = held[name]
        counted = "" if buffers_now is None else f"{buffers_before:7} {buffers_now:7} buffers"
        print(f"  {name:26} {before:8.2f} ms {now:8.2f} ms  x {now / before:.2f} {counted}")
