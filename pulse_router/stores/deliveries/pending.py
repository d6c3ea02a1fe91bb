"""What is pending, as people look at it; satisfies the API's `PendingStore`.

A tenant's calls run under row-level security, the operator's (tenant None) as `pulse_operator`.
Counting and paging stop at a bound, so that a backlog of millions costs no more than one of
thousands. It changes nothing.
"""

from __future__ import annotations

from typing import Final

import msgspec

from pulse_router.domain.deliveries import AttemptRecord, PendingDelivery, PendingPage
from pulse_router.postgres.database import Database
from pulse_router.postgres.transaction import Record, Role

COUNTED_AT_MOST: Final = 10_000
"""Up to how many pending deliveries are counted."""

_COLUMNS: Final = """
id, tenant_id, route_id, device_id, topic, event_id, attempts, next_attempt_at, last_error,
created_at, history
"""

# Of route $1 and tenant $2, either of which may be null. $3 bounds what is read: each is read along
# an index, and a tenant's routes one by one, for none can fill more than the page.
# What was never attempted came in the order of `entered`.
_FIRST: Final = """
  (SELECT * FROM route_deliveries WHERE route_id = {route} AND attempts > 0
     AND ($2::text IS NULL OR tenant_id = $2)
   ORDER BY next_attempt_at, id LIMIT $3)
  UNION ALL
  (SELECT * FROM route_deliveries WHERE route_id = {route} AND attempts = 0
     AND ($2::text IS NULL OR tenant_id = $2)
   ORDER BY entered, id LIMIT $3)
"""
_OF_ROUTE: Final = f"""
FROM ({_FIRST.format(route="$1")}) AS pending
"""
_OF_TENANT: Final = f"""
FROM (SELECT id AS its_id FROM message_routes WHERE tenant_id = $2 AND $1::bigint IS NULL) AS route,
LATERAL ({_FIRST.format(route="its_id")}) AS pending
"""  # noqa: S608 - fixed text
_OF_ALL: Final = """
FROM route_deliveries WHERE $1::bigint IS NULL AND $2::text IS NULL
"""


class PostgresPendingStore:
    """The pending deliveries.

    Args:
        database: Where they are kept.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    async def list_pending(
        self, tenant_id: str, route_id: int, *, limit: int, offset: int
    ) -> PendingPage:
        """Give a page of what a tenant's route has pending, the longest due first.

        Raises:
            Unavailable: The database cannot be asked now.
        """
        return await self._list(Role.APP, tenant_id, route_id, limit, offset)

    async def list_all_pending(
        self, *, tenant_id: str | None, route_id: int | None, limit: int, offset: int
    ) -> PendingPage:
        """Give a page of what is pending across tenants, for the operator.

        Args:
            tenant_id: Only this tenant's, of the routes that it has now.
            route_id: Only this route's.
            limit: How many at the most.
            offset: How many to pass over.

        Returns:
            The page: the longest due first, or the oldest where all are asked for.

        Raises:
            Unavailable: The database cannot be asked now.
        """
        return await self._list(Role.OPERATOR, tenant_id, route_id, limit, offset)

    async def load_pending(
        self, tenant_id: str | None, delivery_id: int, *, route_id: int | None = None
    ) -> PendingDelivery | None:
        """Give one delivery with its payload; None when it is not, or no longer, pending.

        Args:
            tenant_id: Whose it must be; None when the operator asks.
            delivery_id: Which one.
            route_id: Whose route it must be; None for any.

        Raises:
            Unavailable: The database cannot be asked now.
        """
        role = Role.OPERATOR if tenant_id is None else Role.APP
        async with self._database.transaction(
            role, tenant_id=tenant_id, read_only=True
        ) as transaction:
            row = await transaction.fetch_row(
                f"""
                SELECT {_COLUMNS}, payload FROM route_deliveries
                WHERE id = $1 AND ($2::text IS NULL OR tenant_id = $2)
                  AND ($3::bigint IS NULL OR route_id = $3)
                """,  # noqa: S608 - fixed text
                delivery_id,
                tenant_id,
                route_id,
            )
        return None if row is None else _read_pending(row, payload=row["payload"])

    async def _list(
        self, role: Role, tenant_id: str | None, route_id: int | None, limit: int, offset: int
    ) -> PendingPage:
        source, order = _OF_ALL, "id"
        if route_id is not None:
            source, order = _OF_ROUTE, "next_attempt_at, id"
        elif tenant_id is not None:
            source, order = _OF_TENANT, "next_attempt_at, id"
        async with self._database.transaction(
            role, tenant_id=tenant_id if role is Role.APP else None, read_only=True
        ) as transaction:
            total = await transaction.fetch_value(
                f"SELECT count(*) FROM (SELECT {source} LIMIT $3) AS counted",  # noqa: S608 - fixed text
                route_id,
                tenant_id,
                COUNTED_AT_MOST,
            )
            rows = await transaction.fetch(
                f"SELECT {_COLUMNS} {source} ORDER BY {order}"
                " LIMIT $3::bigint - $4::bigint OFFSET $4",
                route_id,
                tenant_id,
                limit + offset,
                offset,
            )
        return PendingPage([_read_pending(row) for row in rows], total, total < COUNTED_AT_MOST)


def _read_pending(row: Record, *, payload: str | None = None) -> PendingDelivery:
    return PendingDelivery(
        id=row["id"],
        tenant_id=row["tenant_id"],
        route_id=row["route_id"],
        device_id=row["device_id"],
        topic=row["topic"],
        payload=payload,
        event_id=row["event_id"],
        attempts=row["attempts"],
        next_attempt_at=row["next_attempt_at"],
        last_error=row["last_error"],
        created_at=row["created_at"],
        history=msgspec.json.decode(row["history"] or "[]", type=list[AttemptRecord]),
    )
