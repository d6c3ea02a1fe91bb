"""`/customer/message-routes`: a tenant's routes."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from http import HTTPStatus
from typing import Any, Final

import msgspec
from msgspec import UNSET
from quart import Response, request

from pulse_router.api import message_route_operations as operations
from pulse_router.api.access import Paths
from pulse_router.api.message_route_bodies import RouteBody, RoutePage, RoutePatch, route_answer
from pulse_router.api.ports import RouteStore
from pulse_router.api.problems import FieldFault, invalid, not_found
from pulse_router.api.requests import read_body, read_id, read_page
from pulse_router.api.responses import empty_response, json_response
from pulse_router.domain.destinations import (
    DestinationError,
    StoredDestination,
    masked,
    parse_destination,
)
from pulse_router.domain.payload_filter import FilterError, compile_filter
from pulse_router.domain.republish import Fence
from pulse_router.domain.routes import Route, RouteDraft
from pulse_router.domain.topics import check_topic_filter

PATH: Final = "/customer/message-routes"
_MAX_MERGE_DEPTH: Final = 8  # more than any configuration has
_EXCLUSIVE: Final = {"secret": "secrets", "secrets": "secret"}


class MessageRoutes:
    """Lists, creates, reads, changes and removes routes.

    Args:
        store: Where they are kept.
        routes_changed: Awaited after a write: the answer is given when the router acts on it.
        republish_prefixes: Where routes may republish, beside their tenant's own topics.
    """

    def __init__(
        self,
        store: RouteStore,
        routes_changed: Callable[[], Awaitable[None]],
        republish_prefixes: Sequence[str],
    ) -> None:
        self._store = store
        self._routes_changed = routes_changed
        self._republish_prefixes = republish_prefixes

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
        page = read_page()
        routes, total = await self._store.list_routes(
            tenant_id, limit=page.limit, offset=page.offset
        )
        shown = [route_answer(route) for route in routes]
        return json_response(
            RoutePage(routes=shown, total=total, limit=page.limit, offset=page.offset)
        )

    async def create(self, tenant_id: str) -> Response:
        """Create a route that is in effect when the answer arrives."""
        draft = draft_route(await read_body(RouteBody), self._fence(tenant_id))
        route = await self._store.create_route(tenant_id, draft)
        await self._routes_changed()
        location = f"{request.path.rstrip('/')}/{route.id}"
        return json_response(route_answer(route), HTTPStatus.CREATED, Location=location)

    async def read(self, tenant_id: str, route_id: str) -> Response:
        """Give one route."""
        route = await self._store.load_route(tenant_id, read_id("route_id", route_id))
        return _shown(route)

    async def replace(self, tenant_id: str, route_id: str) -> Response:
        """Replace what a person decides of a route."""
        number = read_id("route_id", route_id)
        body = await read_body(RouteBody)
        fence = self._fence(tenant_id)
        return await self._change(tenant_id, number, lambda route: draft_route(body, fence, route))

    async def patch(self, tenant_id: str, route_id: str) -> Response:
        """Change a part of a route."""
        number = read_id("route_id", route_id)
        body = await read_body(RoutePatch)
        fence = self._fence(tenant_id)
        return await self._change(
            tenant_id, number, lambda route: draft_route(patched(route, body), fence, route)
        )

    async def delete(self, tenant_id: str, route_id: str) -> Response:
        """Remove a route; what it has pending becomes dead letters."""
        if not await self._store.delete_route(tenant_id, read_id("route_id", route_id)):
            raise not_found("route")
        await self._routes_changed()
        return empty_response()

    async def _change(
        self, tenant_id: str, route_id: int, change: Callable[[Route], RouteDraft]
    ) -> Response:
        route = await self._store.change_route(tenant_id, route_id, change)
        if route is not None:
            await self._routes_changed()
        return _shown(route)

    def _fence(self, tenant_id: str) -> Fence:
        return Fence(tenant_id, self._republish_prefixes)


def draft_route(body: RouteBody, fence: Fence, before: Route | None = None) -> RouteDraft:
    """Check what the fields mean.

    Args:
        body: The route as it shall be.
        fence: Where it may republish.
        before: The route as it is, whose secrets a mask keeps.

    Raises:
        Problem: 422 with every fault.
    """
    faults: list[FieldFault] = []
    try:
        check_topic_filter(body.topic_filter)
    except ValueError as error:
        faults.append(FieldFault("topic_filter", str(error), body.topic_filter))
    if body.payload_filter is not None:
        try:
            compile_filter(body.payload_filter)
        except FilterError as error:
            faults.append(FieldFault(_inside("payload_filter", error.path), error.message))
    destination = _destination(body, fence, before, faults)
    if faults or destination is None:
        raise invalid(faults)
    return RouteDraft(
        name=body.name,
        topic_filter=body.topic_filter,
        destination_type=body.destination_type,
        destination_config=destination.config,
        payload_filter=body.payload_filter,
        is_enabled=body.is_enabled,
        secrets=destination.secrets,
    )


def patched(route: Route, patch: RoutePatch) -> RouteBody:
    """Merge a patch into a route as it is shown."""
    shown = RouteBody(
        name=route.name,
        topic_filter=route.topic_filter,
        destination_type=route.destination_type,
        destination_config=masked(route.destination_config, route.secrets),
        payload_filter=None if route.payload_filter is None else dict(route.payload_filter),
        is_enabled=route.is_enabled,
    )
    changes = {
        name: value
        for name, value in msgspec.structs.asdict(patch).items()
        if value is not UNSET and name != "destination_config"
    }
    if isinstance(patch.destination_config, dict):
        same_type = changes.get("destination_type", route.destination_type)
        base = shown.destination_config if same_type is route.destination_type else {}
        changes["destination_config"] = merged_config(base, patch.destination_config)
    elif changes.get("destination_type", route.destination_type) is not route.destination_type:
        changes["destination_config"] = {}
    return msgspec.structs.replace(shown, **changes)


def merged_config(base: Mapping[str, Any], patch: Mapping[str, Any]) -> dict[str, Any]:
    """Merge by RFC 7396; `secret` and `secrets`, which exclude each other, replace each other."""
    replaced = {_EXCLUSIVE[name] for name in patch if name in _EXCLUSIVE} - patch.keys()
    kept = {name: value for name, value in base.items() if name not in replaced}
    return _merge(kept, patch, _MAX_MERGE_DEPTH)


def _merge(base: Mapping[str, Any], patch: Mapping[str, Any], depth: int) -> dict[str, Any]:
    result = dict(base)
    for name, value in patch.items():
        if value is None:
            result.pop(name, None)
        elif isinstance(value, dict) and depth > 0:
            inside = result.get(name)
            result[name] = _merge(inside if isinstance(inside, dict) else {}, value, depth - 1)
        else:
            result[name] = value
    return result


def _destination(
    body: RouteBody, fence: Fence, before: Route | None, faults: list[FieldFault]
) -> StoredDestination | None:
    try:
        return parse_destination(
            body.destination_type,
            body.destination_config,
            kept_secrets=() if before is None else before.secrets,
            fence=fence,
        )
    except DestinationError as error:
        faults.extend(
            FieldFault(_inside("destination_config", path), message)
            for path, message in error.problems
        )
        return None


def _inside(field: str, path: str) -> str:
    return f"{field}.{path}" if path else field


def _shown(route: Route | None) -> Response:
    if route is None:
        raise not_found("route")
    return json_response(route_answer(route))
