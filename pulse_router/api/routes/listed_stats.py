"""Pages of routes with how each does: what a console's list shows, by one question for them all."""

from __future__ import annotations

from collections.abc import Callable

import msgspec

from pulse_router.api.requests.reading import PageRequest
from pulse_router.api.requests.responses import encode_json
from pulse_router.api.routes.bodies import (
    ListedRoute,
    ListedStats,
    RoutePage,
    listed_route,
    stats_answer,
)
from pulse_router.api.routes.ports import DeliveryStage, RouteStatsStore, RouteStore
from pulse_router.domain.route_stats import ListedCounts
from pulse_router.domain.routes import Route, RouteFault, RouteFilter, RouteSort
from pulse_router.runtime.stride import Stride


class RoutesWithStats:
    """Gives pages of a tenant's routes with their figures, read anew each time.

    Args:
        store: The routes.
        stats: What became of their deliveries.
        delivery: Knows how the routes' lanes do.
        unjudged: Tells of how many messages a route's filter was not asked.
        filter_fault: Tells how it failed last.
    """

    def __init__(
        self,
        store: RouteStore,
        stats: RouteStatsStore,
        delivery: DeliveryStage,
        unjudged: Callable[[int], int],
        filter_fault: Callable[[int], RouteFault | None],
    ) -> None:
        self._filter_fault = filter_fault
        self._store = store
        self._stats = stats
        self._delivery = delivery
        self._unjudged = unjudged

    async def read(
        self,
        tenant_id: str,
        page: PageRequest,
        notice: Callable[[int], str | None],
        chosen: RouteFilter,
        sort: RouteSort,
    ) -> bytes:
        """Give a page as JSON.

        Raises:
            Unavailable: The database cannot be asked now.
        """
        routes = await self._store.list_routes(tenant_id, page.wanted, chosen, sort)
        ids = [route.id for route in routes.items]
        counts = await self._stats.load_counts_of(tenant_id, ids) if ids else {}
        shown, stride = [], Stride()
        for route in routes.items:
            # One that was deleted in between has none any more.
            shown.append(self._listed(route, notice(route.id), counts.get(route.id)))
            await stride.step()
        return encode_json(RoutePage(**page.of(routes), routes=shown))

    def _listed(self, route: Route, notice: str | None, counts: ListedCounts | None) -> ListedRoute:
        listed = listed_route(route, notice)
        if counts is not None:
            lane = self._delivery.stats(route.id)
            told = counts.counts.with_fault(self._filter_fault(route.id))
            stats = stats_answer(told, lane, unjudged=self._unjudged(route.id))
            listed.stats = ListedStats(
                **msgspec.structs.asdict(stats),
                delivered_last_minute=counts.last_minute,
                delivered_last_hour=counts.last_hour,
            )
        return listed
