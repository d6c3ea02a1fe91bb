"""Pages of routes as they were last written, for as long as no route has changed.

A page asked for again and again, by dashboards for instance, would cost ingest more than all else
that a request does: a question to the database, and each of its routes read and written anew.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from typing import Final, TypeAlias

import attrs
import trio

from pulse_router.api.requests.reading import PageRequest
from pulse_router.api.requests.responses import encode_json
from pulse_router.api.routes.bodies import RoutePage, listed_route
from pulse_router.api.routes.ports import RouteStore
from pulse_router.domain.routes import ALL_ROUTES, RouteFilter, RouteSort
from pulse_router.runtime.stride import Stride

LASTS_SECONDS: Final = 1.0
"""For how long a page may be shown again though no change was heard of: news can be late, when
another router has made it, and be lost with the connection that it comes on."""

MAX_BYTES: Final = 4 * 1024 * 1024
"""What all pages together may weigh; the one that was not shown for longest makes room."""


_Key: TypeAlias = tuple[str, PageRequest, RouteFilter, RouteSort]


@attrs.frozen
class _Written:
    data: bytes
    read_at: float


class RoutePages:
    """Gives pages of a tenant's routes, from memory where nothing has changed.

    Args:
        store: Where the routes are kept.
    """

    def __init__(self, store: RouteStore) -> None:
        self._store = store
        self._written: OrderedDict[_Key, _Written] = OrderedDict()
        self._held_bytes = 0
        self._changes = 0

    async def read(
        self,
        tenant_id: str,
        page: PageRequest,
        notice: Callable[[int], str | None] = lambda _route_id: None,
        chosen: RouteFilter = ALL_ROUTES,
        sort: RouteSort = RouteSort.ID,
    ) -> bytes:
        """Give a page of the tenant's routes as JSON.

        Args:
            tenant_id: The tenant.
            page: Which page.
            notice: Tells of a route what keeps its payload filter from being asked now, or may.
            chosen: Which routes.
            sort: In which order.

        Raises:
            Unavailable: The database cannot be asked now.
        """
        key = tenant_id, page, chosen, sort
        known = self._written.get(key)
        if known is not None and trio.current_time() < known.read_at + LASTS_SECONDS:
            self._written.move_to_end(key)
            return known.data
        changes, read_at = self._changes, trio.current_time()
        data = await self._write(*key, notice)
        if self._changes == changes:  # otherwise it may have been read before the change
            self._remember(key, _Written(data, read_at))
        return data

    def forget(self) -> None:
        """Note that routes have changed: what is asked for from now on is read anew."""
        self._changes += 1
        self._written.clear()
        self._held_bytes = 0

    async def _write(
        self,
        tenant_id: str,
        page: PageRequest,
        chosen: RouteFilter,
        sort: RouteSort,
        notice: Callable[[int], str | None],
    ) -> bytes:
        routes = await self._store.list_routes(tenant_id, page.wanted, chosen, sort)
        shown, stride = [], Stride()
        for route in routes.items:
            shown.append(listed_route(route, notice(route.id)))
            await stride.step()
        return encode_json(RoutePage(**page.of(routes), routes=shown))

    def _remember(self, key: _Key, written: _Written) -> None:
        before = self._written.pop(key, None)
        if before is not None:
            self._held_bytes -= len(before.data)
        if len(written.data) > MAX_BYTES:
            return
        self._written[key] = written
        self._held_bytes += len(written.data)
        while self._held_bytes > MAX_BYTES:
            _, oldest = self._written.popitem(last=False)
            self._held_bytes -= len(oldest.data)
