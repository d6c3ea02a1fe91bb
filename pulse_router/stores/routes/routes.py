"""A tenant's routes, under row-level security; satisfies the API's `RouteStore`."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Collection, Mapping
from functools import partial
from typing import Final

import attrs

from pulse_router.domain.budgets import Budgets
from pulse_router.domain.errors import Unavailable
from pulse_router.domain.routes import (
    ALL_ROUTES,
    Route,
    RouteDraft,
    RouteFilter,
    RouteSort,
    RouteState,
)
from pulse_router.domain.secrets.sealing import Sealer
from pulse_router.postgres.database import Database
from pulse_router.postgres.transaction import Transaction
from pulse_router.runtime.pages import Found, Wanted
from pulse_router.runtime.stride import Stride
from pulse_router.stores.lists import find_page, find_page_of_tenant
from pulse_router.stores.reading import find_of_tenant
from pulse_router.stores.roles import Role
from pulse_router.stores.room import take_room
from pulse_router.stores.routes.orders import BY_FIGURES, OF_TENANT
from pulse_router.stores.routes.rows import (
    config_column,
    keeps_filter,
    read_route,
    route_columns,
    secrets_column,
)

_ONE: Final = "SELECT * FROM message_routes WHERE tenant_id = $1 AND id = $2"


def _in_state(state: RouteState | None) -> Mapping[str, object]:
    if state is None:
        return {}
    is_gone = {"(coalesce(disabled_reason, '') <> '') = {}": True}
    return {
        "is_enabled = {}": state is RouteState.ENABLED,
        **(is_gone if state is RouteState.GONE else {}),
    }


def _accept(_route: Route) -> None:
    pass


class PostgresRouteStore:
    """The routes.

    Args:
        database: Where they are kept.
        sealer: Encrypts their secrets, where the operator has set a key.
        budgets: How many a tenant may have.
    """

    def __init__(self, database: Database, sealer: Sealer, budgets: Budgets | None = None) -> None:
        self._database = database
        self._sealer = sealer
        self._budgets = budgets or Budgets()

    async def list_routes(
        self,
        tenant_id: str,
        wanted: Wanted,
        chosen: RouteFilter = ALL_ROUTES,
        sort: RouteSort = RouteSort.ID,
    ) -> Found[Route]:
        """See the port."""
        read = partial(read_route, sealer=self._sealer)
        kind = chosen.destination_type
        conditions = {
            "position(lower({}::text) IN lower(name || E'\n' || topic_filter)) > 0": chosen.text,
            "destination_type = {}": None if kind is None else kind.value,
            **_in_state(chosen.state),
        }
        if sort in BY_FIGURES:
            conditions = {"tenant_id = {}": tenant_id, **conditions}
            return await find_page(
                self._database,
                Role.OPERATOR,
                BY_FIGURES[sort],
                wanted,
                read,
                conditions=conditions,
            )
        return await find_page_of_tenant(
            self._database, OF_TENANT[sort], tenant_id, wanted, read, conditions=conditions
        )

    async def load_route(self, tenant_id: str, route_id: int) -> Route | None:
        """See the port."""
        row = await find_of_tenant(self._database, tenant_id, _ONE, route_id)
        return None if row is None else read_route(row, self._sealer)

    async def load_routes(self, route_ids: Collection[int]) -> Mapping[int, Route]:
        """See delivery's port. They may be of any tenant."""
        rows = await self._database.query(
            Role.OPERATOR,
            "SELECT * FROM message_routes WHERE id = ANY ($1::bigint[])",
            list(route_ids),
            read_only=True,
        )
        found: dict[int, Route] = {}
        stride = Stride()
        for row in rows:
            found[row["id"]] = read_route(row, self._sealer)
            await stride.step()
        return found

    async def create_route(self, tenant_id: str, draft: RouteDraft) -> Route:
        """See the port."""
        async with self._database.transaction(Role.APP, tenant_id=tenant_id) as transaction:
            await take_room(transaction, self._budgets, "routes", tenant_id)
            route_id = await transaction.fetch_value("SELECT nextval('message_routes_id_seq')")
            row = await transaction.fetch_row(
                """
                INSERT INTO message_routes
                  (tenant_id, id, destination_config, secrets, name, topic_filter,
                   destination_type, payload_filter, is_enabled)
                OVERRIDING SYSTEM VALUE
                VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
                RETURNING *
                """,
                tenant_id,
                route_id,
                *self._sealed_columns(draft, tenant_id, route_id),
                *route_columns(draft),
            )
        assert row is not None  # noqa: S101 - RETURNING gives the row
        return read_route(row, self._sealer)

    async def change_route(
        self, tenant_id: str, route_id: int, change: Callable[[Route], RouteDraft]
    ) -> Route | None:
        """See the port. Its row is locked meanwhile."""
        async with self._database.transaction(Role.APP, tenant_id=tenant_id) as transaction:
            before = await self._lock(transaction, tenant_id, route_id)
            if before is None:
                return None
            draft = change(before)
            row = await transaction.fetch_row(
                """
                UPDATE message_routes
                SET destination_config = coalesce($3, destination_config),
                    secrets = coalesce($4, secrets),
                    name = $5, topic_filter = $6, destination_type = $7,
                    payload_filter = CASE WHEN $10 THEN payload_filter ELSE $8 END,
                    is_enabled = $9, updated_at = now(),
                    disabled_reason = CASE WHEN $9 THEN NULL ELSE disabled_reason END
                WHERE tenant_id = $1 AND id = $2
                RETURNING id, tenant_id, name, topic_filter, destination_type, destination_config,
                  is_enabled, created_at, updated_at, secrets, disabled_reason, version,
                  CASE WHEN NOT $10 THEN payload_filter END AS payload_filter
                """,
                tenant_id,
                route_id,
                *self._sealed_columns(draft, tenant_id, route_id, before),
                *route_columns(draft),
                keeps_filter(draft),
            )
        assert row is not None  # noqa: S101 - the row is locked
        changed = read_route(row, self._sealer)
        return (
            attrs.evolve(changed, payload_filter=draft.payload_filter)
            if keeps_filter(draft)
            else changed
        )

    async def delete_route(
        self, tenant_id: str, route_id: int, check: Callable[[Route], None] = _accept
    ) -> bool:
        """See the port."""
        async with self._database.transaction(Role.APP, tenant_id=tenant_id) as transaction:
            route = await self._lock(transaction, tenant_id, route_id)
            if route is None:
                return False
            check(route)
            await transaction.execute(
                "DELETE FROM message_routes WHERE tenant_id = $1 AND id = $2", tenant_id, route_id
            )
        # By itself: those who settle wait for such rows, and hold what a deletion waits for.
        with contextlib.suppress(Unavailable):  # the route is gone, whatever becomes of this
            async with self._database.transaction(Role.APP, tenant_id=tenant_id) as transaction:
                for totals in ("route_totals", "route_sums"):
                    await transaction.execute(
                        f"DELETE FROM {totals} WHERE tenant_id = $1 AND route_id = $2",  # noqa: S608
                        tenant_id,
                        route_id,
                    )
        return True

    async def _lock(self, transaction: Transaction, tenant_id: str, route_id: int) -> Route | None:
        row = await transaction.fetch_row(f"{_ONE} FOR UPDATE", tenant_id, route_id)
        return None if row is None else read_route(row, self._sealer)

    def _sealed_columns(
        self, draft: RouteDraft, tenant_id: str, route_id: int, before: Route | None = None
    ) -> tuple[str | None, str | None]:
        """Give configuration and secrets for the row; None leaves there what it says already."""
        if draft.keeps_destination:
            return None, None
        config = draft.destination_config
        known = before if before is not None and before.fault is None else None
        return (
            None
            if known is not None and config == known.destination_config
            else config_column(config, tenant_id, route_id, self._sealer),
            None
            if known is not None
            and (draft.secrets, draft.template_secrets) == (known.secrets, known.template_secrets)
            else secrets_column(draft, tenant_id, route_id, self._sealer),
        )
