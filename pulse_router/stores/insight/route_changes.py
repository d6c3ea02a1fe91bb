"""What people have changed of a tenant's routes; satisfies the API's `RouteChanges`."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

from pulse_router.domain.insight.routes_then import RouteChange
from pulse_router.postgres.database import Database
from pulse_router.postgres.transaction import Record
from pulse_router.stores.reading import read_each, read_json_object
from pulse_router.stores.roles import Role

_SINCE: Final = "SELECT * FROM pulse_route_changes($1, $2)"


class PostgresRouteChanges:
    """The changes, as the audit log has them.

    Args:
        database: Where they are kept.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    async def since(self, tenant_id: str, at: datetime, limit: int) -> Sequence[RouteChange]:
        """See the port."""
        rows = await self._database.query(
            Role.APP, _SINCE, at, limit, tenant_id=tenant_id, read_only=True
        )
        return read_each(self._database, rows, _read)


def _read(row: Record) -> RouteChange:
    return RouteChange(
        id=row["id"],
        at=row["at"],
        subject=row["subject"],
        actor=row["actor"],
        request_id=row["request_id"],
        route_id=row["route_id"],
        before=_read_object(row["before"]),
        after=_read_object(row["after"]),
    )


def _read_object(text: str | None) -> dict[str, Any] | None:
    return None if text is None else read_json_object(text)
