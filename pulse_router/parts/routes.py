"""The routes: where they are kept, listed, and looked after."""

from __future__ import annotations

import attrs

from pulse_router import options
from pulse_router.api.routes.pages import RoutePages
from pulse_router.parts.foundation import Foundation
from pulse_router.stores.routes.routes import PostgresRouteStore
from pulse_router.stores.routes.upkeep import RouteUpkeep


@attrs.frozen(kw_only=True)
class RouteParts:
    """The routes, for the delivery stage and for requests."""

    store: PostgresRouteStore
    api_store: PostgresRouteStore
    pages: RoutePages
    upkeep: RouteUpkeep


def join_routes(base: Foundation) -> RouteParts:
    """Join what knows the routes."""
    sealer = options.sealer(base.settings.delivery)
    api_store = PostgresRouteStore(base.api_database, sealer, base.budgets)
    return RouteParts(
        store=PostgresRouteStore(base.database, sealer),
        api_store=api_store,
        pages=RoutePages(api_store),
        upkeep=RouteUpkeep(base.database, sealer),
    )
