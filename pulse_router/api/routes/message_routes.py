"""`/customer/message-routes`: a tenant's routes."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection, Mapping
from http import HTTPStatus
from typing import Final, TypeVar

from quart import Response, request

from pulse_router.api.access.paths import Paths
from pulse_router.api.requests.cursors import (
    BY_ID,
    BY_NAME_AND_ID,
    BY_RANK_AND_ID,
    BY_TIME_AND_ID,
    CursorType,
)
from pulse_router.api.requests.json_bodies import read_body
from pulse_router.api.requests.preconditions import not_modified, read_preconditions
from pulse_router.api.requests.problems import bad_parameter, found, not_found
from pulse_router.api.requests.reading import read_choice, read_id, read_page
from pulse_router.api.requests.responses import empty_response, json_bytes_response, json_response
from pulse_router.api.routes import operations
from pulse_router.api.routes.bodies import (
    RouteBody,
    RoutePatch,
    etag,
    route_answer,
)
from pulse_router.api.routes.drafts import draft_patch, draft_route
from pulse_router.api.routes.listed_stats import RoutesWithStats
from pulse_router.api.routes.operations import With
from pulse_router.api.routes.pages import RoutePages
from pulse_router.api.routes.ports import RouteStore
from pulse_router.domain.republish import Fence
from pulse_router.domain.routes import (
    DestinationType,
    Route,
    RouteDraft,
    RouteFilter,
    RouteSort,
    RouteState,
)

PATH: Final = "/customer/message-routes"
_PLACES: Final[Mapping[RouteSort, CursorType]] = {
    RouteSort.ID: BY_ID,
    RouteSort.NAME: BY_NAME_AND_ID,
    RouteSort.UPDATED: BY_TIME_AND_ID,
}
B = TypeVar("B", RouteBody, RoutePatch)


class MessageRoutes:
    """Lists, creates, reads, changes and removes routes.

    Args:
        store: Where they are kept.
        pages: Where they are listed.
        routes_changed: Awaited after a write, with what it changed: the answer is given when the
            router acts on it.
        fence_of: Says where a tenant's routes may lead.
        filter_notice: Tells what keeps a route's payload filter from being asked now, or may.
        with_stats: Where they are listed with how they do.
    """

    def __init__(
        self,
        store: RouteStore,
        pages: RoutePages,
        routes_changed: Callable[[Collection[int]], Awaitable[None]],
        fence_of: Callable[[str], Fence],
        filter_notice: Callable[[int], str | None],
        with_stats: RoutesWithStats,
    ) -> None:
        self._with_stats = with_stats
        self._store = store
        self._pages = pages
        self._routes_changed = routes_changed
        self._fence_of = fence_of
        self._filter_notice = filter_notice

    def register(self, paths: Paths) -> None:
        """Register the handlers."""
        one = f"{PATH}/<route_id>"
        paths.customer("GET", PATH, self.list_all, writes=False, operation=operations.LIST)
        paths.customer("POST", PATH, self.create, writes=True, operation=operations.CREATE)
        paths.customer("GET", one, self.read, writes=False, operation=operations.READ)
        paths.customer("PUT", one, self.replace, writes=True, operation=operations.REPLACE)
        paths.customer("PATCH", one, self.patch, writes=True, operation=operations.PATCH)
        paths.customer("DELETE", one, self.delete, writes=True, operation=operations.DELETE)

    async def list_all(self, tenant_id: str) -> Response:
        """Give a page of the tenant's routes."""
        text = request.args.get("q")
        if text is not None and not 0 < len(text) <= operations.MAX_Q:
            raise bad_parameter("q", f"must have 1 to {operations.MAX_Q} characters", text[:100])
        chosen = RouteFilter(
            text=text,
            destination_type=read_choice("destination_type", DestinationType),
            state=read_choice("state", RouteState),
        )
        pages = self._pages if read_choice("with", With) is None else self._with_stats
        sort = read_choice("sort", RouteSort) or RouteSort.ID
        page = read_page(_PLACES.get(sort, BY_RANK_AND_ID))
        return json_bytes_response(
            await pages.read(tenant_id, page, self._filter_notice, chosen, sort)
        )

    async def create(self, tenant_id: str) -> Response:
        """Create a route that is in effect when the answer arrives."""
        draft = draft_route(await read_body(RouteBody), self._fence_of(tenant_id))
        route = await self._store.create_route(tenant_id, draft)
        await self._routes_changed({route.id})
        location = f"{request.path.rstrip('/')}/{route.id}"
        return json_response(
            route_answer(route), HTTPStatus.CREATED, Location=location, ETag=etag(route)
        )

    async def read(self, tenant_id: str, route_id: str) -> Response:
        """Give one route, unless the client has it as it is."""
        number = read_id("route_id", route_id)
        conditions = read_preconditions()
        route = await self._store.load_route(tenant_id, number)
        if route is not None:
            conditions.check(etag(route))
            # What is said beside the route as it is stored comes and goes.
            if conditions.is_known(etag(route)) and self._filter_notice(route.id) is None:
                return not_modified(etag(route))
        return self._shown(route)

    async def replace(self, tenant_id: str, route_id: str) -> Response:
        """Replace what a person decides of a route."""
        return await self._change(tenant_id, route_id, RouteBody, draft_route)

    async def patch(self, tenant_id: str, route_id: str) -> Response:
        """Change a part of a route."""
        return await self._change(tenant_id, route_id, RoutePatch, draft_patch)

    async def delete(self, tenant_id: str, route_id: str) -> Response:
        """Remove a route; what it has pending becomes dead letters."""
        number = read_id("route_id", route_id)
        conditions = read_preconditions()
        if not await self._store.delete_route(
            tenant_id, number, lambda route: conditions.check(etag(route))
        ):
            raise not_found("route")
        await self._routes_changed({number})
        return empty_response()

    async def _change(
        self,
        tenant_id: str,
        route_id: str,
        body_type: type[B],
        draft: Callable[[B, Fence, Route], RouteDraft],
    ) -> Response:
        """Change a route by the request's body, of which `draft` makes the new from the old."""
        number = read_id("route_id", route_id)
        conditions = read_preconditions()
        body = await read_body(body_type)
        fence = self._fence_of(tenant_id)

        def change(route: Route) -> RouteDraft:
            conditions.check(etag(route))
            return draft(body, fence, route)

        route = await self._store.change_route(tenant_id, number, change)
        if route is not None:
            await self._routes_changed({number})
        return self._shown(route)

    def _shown(self, route: Route | None) -> Response:
        shown = found(route, "route")
        answer = route_answer(shown, self._filter_notice(shown.id))
        return json_response(answer, ETag=etag(shown))
