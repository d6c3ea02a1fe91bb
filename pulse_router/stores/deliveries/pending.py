"""What is pending, as people look at it; satisfies the API's `PendingStore`.

A tenant's calls run under row-level security, the operator's (tenant None) as `pulse_operator`.
Counting and paging stop at a bound, so that a backlog of millions costs no more than one of
thousands. It changes nothing.
"""

from __future__ import annotations

from typing import Final

from pulse_router.domain.deliveries import PendingDelivery, PendingPage
from pulse_router.postgres.database import Database
from pulse_router.postgres.transaction import Record
from pulse_router.stores.attempt_history import read_history
from pulse_router.stores.deliveries.pushbacks import read_pushbacks
from pulse_router.stores.ingest.ledger import DEAD_ROWS
from pulse_router.stores.pages import Listing, fetch_page
from pulse_router.stores.pending_rows import ALONG_INDEXES, fresh_from_mark
from pulse_router.stores.reading import read_one
from pulse_router.stores.roles import Role

COUNTED_AT_MOST: Final = 10_000
"""Up to how many pending deliveries are counted."""

_COLUMNS: Final = """
id, tenant_id, route_id, device_id, topic, event_id, attempts, pushbacks,
pushback_seconds, next_attempt_at, last_error, created_at, history
"""

# The first of a route: what has failed by time, what was never attempted in the order it came in.
_OF_ITS_ROUTE: Final = f"""
(
  (SELECT * FROM route_deliveries WHERE route_id = {{route}} AND attempts > 0
   ORDER BY next_attempt_at, id LIMIT {{most}})
  UNION ALL
  ({fresh_from_mark("{route}", columns="*", most="{most}")})
) AS pending
"""  # noqa: S608 - fixed text
_OF_ROUTE: Final = Listing(
    source=_OF_ITS_ROUTE.replace("{route}", "$1"),
    wanted="$2::text IS NULL OR tenant_id = $2",
    order="next_attempt_at, id",
    columns=_COLUMNS,
    settings=ALONG_INDEXES,
)
# A tenant's routes are read one by one along an index, for none can fill more than the page.
_OF_TENANT: Final = Listing(
    source=f"""
    (SELECT id AS its_id FROM message_routes WHERE tenant_id = $1) AS route,
    LATERAL {_OF_ITS_ROUTE.replace("{route}", "its_id")}
    """,  # noqa: S608 - fixed text
    order="next_attempt_at, id",
    columns=_COLUMNS,
    settings=ALONG_INDEXES,
)
_OF_ALL: Final = Listing(source="route_deliveries", order="id", columns=_COLUMNS)
# Where many dead rows stand between them, all are read by route, which passes none of these.
_OF_ALL_ROUTES: Final = Listing(
    source=f"""
    (SELECT id AS its_id FROM message_routes UNION SELECT id FROM deleted_routes) AS route,
    LATERAL {_OF_ITS_ROUTE.replace("{route}", "its_id")}
    """,  # noqa: S608 - fixed text
    order="id",
    columns=_COLUMNS,
    settings=ALONG_INDEXES,
)


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
        """See the port."""
        return await self._list(Role.APP, tenant_id, route_id, limit, offset)

    async def list_all_pending(
        self, *, tenant_id: str | None, route_id: int | None, limit: int, offset: int
    ) -> PendingPage:
        """See the port. A tenant's are of the routes that it has now; all come oldest first."""
        return await self._list(Role.OPERATOR, tenant_id, route_id, limit, offset)

    async def load_pending(
        self, tenant_id: str | None, delivery_id: int, *, route_id: int | None = None
    ) -> PendingDelivery | None:
        """See the port. A tenant of None is the operator."""
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
        if row is None:
            return None
        return read_one(
            self._database, row, lambda found: read_pending(found, payload=found["payload"])
        )

    async def _list(
        self, role: Role, tenant_id: str | None, route_id: int | None, limit: int, offset: int
    ) -> PendingPage:
        listing: Listing = _OF_ALL
        values: tuple[object, ...] = ()
        if route_id is not None:
            listing, values = _OF_ROUTE, (route_id, tenant_id)
        elif tenant_id is not None:
            listing, values = _OF_TENANT, (tenant_id,)
        elif await self._has_many_dead():
            listing = _OF_ALL_ROUTES
        page = await fetch_page(
            self._database,
            role,
            listing,
            *values,
            limit=limit,
            offset=offset,
            tenant_id=tenant_id if role is Role.APP else None,
            count_at_most=COUNTED_AT_MOST,
        )
        deliveries, total = page.read(read_pending)
        return PendingPage(deliveries, total, page.total.is_exact)

    async def _has_many_dead(self) -> bool:
        [(dead,)] = await self._database.query(Role.OPERATOR, f"SELECT {DEAD_ROWS}", read_only=True)
        return bool(dead > COUNTED_AT_MOST)


def read_pending(row: Record, *, payload: str | None = None) -> PendingDelivery:
    """Make a pending delivery of a row of `route_deliveries`."""
    pushbacks, _ = read_pushbacks(row)
    return PendingDelivery(
        id=row["id"],
        tenant_id=row["tenant_id"],
        route_id=row["route_id"],
        device_id=row["device_id"],
        topic=row["topic"],
        payload=payload,
        event_id=row["event_id"],
        attempts=row["attempts"] - pushbacks,
        pushbacks=pushbacks,
        next_attempt_at=row["next_attempt_at"],
        last_error=row["last_error"],
        created_at=row["created_at"],
        history=read_history(row["history"]),
    )
