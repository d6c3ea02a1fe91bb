"""A snapshot that somebody holds, and what queries cost meanwhile, in buffers.

Buffers, not time: what has ended stays in tables and indexes, and whoever passes it touches its
pages; and they do not depend on what else the machine does.
"""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from pulse_router.postgres.database import Database
from pulse_router.stores.roles import Role


@asynccontextmanager
async def held_snapshot(database: Database) -> AsyncIterator[None]:
    """Be a backup, or a session that somebody forgot."""
    async with database.transaction(Role.OPERATOR) as transaction:
        await transaction.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        await transaction.execute("SET LOCAL idle_in_transaction_session_timeout = 0")
        await transaction.fetch("SELECT 1 FROM message_routes")
        yield


async def buffers(
    database: Database,
    sql: str,
    *args: object,
    tenant_id: str | None = None,
    before: str = "",
    role: Role | None = None,
) -> int:
    """Count the buffers that a query touches.

    Args:
        database: Where it is asked.
        sql: The query.
        args: Its values.
        tenant_id: For whom, under row-level security; None for the operator.
        before: What is set for it.
        role: Who asks, if not the operator or the tenant.
    """
    asking = role or (Role.OPERATOR if tenant_id is None else Role.APP)
    async with database.transaction(asking, tenant_id=tenant_id) as transaction:
        if before:
            await transaction.execute(before)
        explained = f"EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) {sql}"
        # Once more, so that nothing is counted that a first call sets up.
        await transaction.fetch_value(explained, *args)
        plan = await transaction.fetch_value(explained, *args)
    top = json.loads(plan)[0]["Plan"]
    return int(top["Shared Hit Blocks"] + top["Shared Read Blocks"])
