"""Pages of routes are shown from memory as long as nothing has changed, and never longer."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import attrs
import msgspec
import pytest
import trio
from trio.testing import MockClock

from pulse_router.api.requests.reading import PageRequest
from pulse_router.api.routes import pages as route_pages
from pulse_router.api.routes.pages import LASTS_SECONDS, RoutePages
from pulse_router.domain.errors import Unavailable
from pulse_router.domain.routes import ALL_ROUTES, Route, RouteDraft, RouteFilter, RouteSort
from pulse_router.runtime.pages import Found, Wanted
from tests.support.delivery.deliveries import make_route

FIRST = PageRequest(limit=50, offset=0)


class CountedRoutes:
    """Routes in memory, and how often they were asked for."""

    def __init__(self) -> None:
        self.routes = [make_route(1), make_route(2)]
        self.asked: list[tuple[str, int, int]] = []
        self.is_away = False
        self.seconds = 0.0

    async def list_routes(
        self,
        tenant_id: str,
        wanted: Wanted,
        chosen: RouteFilter = ALL_ROUTES,
        sort: RouteSort = RouteSort.ID,
    ) -> Found[Route]:
        del chosen, sort
        limit, offset = wanted.limit, wanted.offset
        self.asked.append((tenant_id, limit, offset))
        seen = list(self.routes)
        await trio.sleep(self.seconds)
        if self.is_away:
            raise Unavailable("the database is away")
        return Found(seen[offset : offset + limit], len(seen))

    async def load_route(self, tenant_id: str, route_id: int) -> Route | None:
        raise NotImplementedError

    async def create_route(self, tenant_id: str, draft: RouteDraft) -> Route:
        raise NotImplementedError

    async def change_route(
        self, tenant_id: str, route_id: int, change: Callable[[Route], RouteDraft]
    ) -> Route | None:
        raise NotImplementedError

    async def delete_route(
        self, tenant_id: str, route_id: int, check: Callable[[Route], None]
    ) -> bool:
        raise NotImplementedError


@attrs.define
class Shown:
    """What clients see."""

    store: CountedRoutes = attrs.field(factory=CountedRoutes)
    pages: RoutePages = attrs.field(init=False)

    def __attrs_post_init__(self) -> None:
        self.pages = RoutePages(self.store)

    async def names(self, tenant_id: str = "TENANT1", page: PageRequest = FIRST) -> list[str]:
        body: Any = msgspec.json.decode(await self.pages.read(tenant_id, page))
        assert (body["limit"], body["offset"]) == (page.limit, page.offset)
        assert body["total"] == len(self.store.routes)
        return [route["name"] for route in body["routes"]]


async def test_a_page_is_read_once_while_nothing_changes(autojump_clock: MockClock) -> None:
    shown = Shown()
    for _ in range(5):
        assert await shown.names() == ["route 1", "route 2"]
        await trio.sleep(LASTS_SECONDS / 6)
    assert shown.store.asked == [("TENANT1", 50, 0)]


async def test_a_change_is_seen_by_whoever_asks_after_it(autojump_clock: MockClock) -> None:
    shown = Shown()
    await shown.names()
    shown.store.routes.append(make_route(3))
    shown.pages.forget()
    assert await shown.names() == ["route 1", "route 2", "route 3"]


async def test_a_change_that_nobody_has_told_of_is_seen_within_a_second(
    autojump_clock: MockClock,
) -> None:
    shown = Shown()
    await shown.names()
    shown.store.routes.pop()
    await trio.sleep(LASTS_SECONDS)
    assert await shown.names() == ["route 1"]


async def test_what_was_read_before_a_change_is_not_kept_beyond_it(
    autojump_clock: MockClock,
) -> None:
    shown = Shown()
    shown.store.seconds = 0.1
    async with trio.open_nursery() as nursery:
        nursery.start_soon(shown.pages.read, "TENANT1", FIRST)
        await trio.sleep(0.05)
        shown.store.routes.append(make_route(3))
        shown.pages.forget()
    assert await shown.names() == ["route 1", "route 2", "route 3"]


async def test_a_page_ages_from_when_it_was_asked_for(autojump_clock: MockClock) -> None:
    shown = Shown()
    shown.store.seconds = LASTS_SECONDS
    await shown.names()
    await shown.names()
    assert len(shown.store.asked) == 2


async def test_each_tenant_and_each_part_has_a_page_of_its_own(autojump_clock: MockClock) -> None:
    shown = Shown()
    for _ in range(2):
        await shown.names("TENANT1")
        await shown.names("TENANT2")
        assert await shown.names("TENANT1", PageRequest(limit=1, offset=1)) == ["route 2"]
    assert shown.store.asked == [("TENANT1", 50, 0), ("TENANT2", 50, 0), ("TENANT1", 1, 1)]


async def test_a_failure_is_not_remembered(autojump_clock: MockClock) -> None:
    shown = Shown()
    shown.store.is_away = True
    with pytest.raises(Unavailable):
        await shown.names()
    shown.store.is_away = False
    assert await shown.names() == ["route 1", "route 2"]


async def test_what_is_kept_is_bounded_and_what_is_shown_stays(
    autojump_clock: MockClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    shown = Shown()
    size = len(await shown.pages.read("TENANT1", FIRST))
    monkeypatch.setattr(route_pages, "MAX_BYTES", 3 * size)
    for tenant_id in ("TENANT2", "TENANT3", "TENANT1", "TENANT4"):
        await shown.names(tenant_id)
    shown.store.asked.clear()
    for tenant_id in ("TENANT1", "TENANT3", "TENANT4"):
        await shown.names(tenant_id)
    assert shown.store.asked == []
    await shown.names("TENANT2")
    assert shown.store.asked == [("TENANT2", 50, 0)]


async def test_a_page_that_is_too_large_is_not_kept_and_costs_no_other_its_place(
    autojump_clock: MockClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    shown = Shown()
    small = PageRequest(limit=1, offset=0)
    monkeypatch.setattr(route_pages, "MAX_BYTES", len(await shown.pages.read("T", small)) + 1)
    for _ in range(2):
        await shown.names("T", small)
        await shown.names("T", FIRST)
    assert shown.store.asked == [("T", 1, 0), ("T", 50, 0), ("T", 50, 0)]
