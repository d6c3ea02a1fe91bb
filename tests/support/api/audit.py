"""What the audit log says, and statements that it may say something of."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec

from pulse_router.postgres.database import Database
from pulse_router.stores.roles import Role


async def audited(database: Database) -> Sequence[dict[str, Any]]:
    async with database.transaction(Role.OPERATOR, read_only=True) as transaction:
        rows = await transaction.fetch("SELECT * FROM audit_log ORDER BY id")
    return [
        dict(row)
        | {name: row[name] and msgspec.json.decode(row[name]) for name in ("before", "after")}
        for row in rows
    ]


async def run(database: Database, sql: str, *args: object, tenant_id: str = "TENANT1") -> None:
    async with database.transaction(Role.APP, tenant_id=tenant_id) as transaction:
        await transaction.execute(sql, *args)
