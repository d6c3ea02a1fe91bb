"""The routes in effect: read and compiled where they have changed, and seen whole or not at all."""

from __future__ import annotations

from collections.abc import Collection, Mapping

import attrs
import pytest
import trio
import trio.testing

from pulse_router.domain.errors import Unavailable
from pulse_router.domain.routes import DestinationType, MatchableRoute, ReadRoute, RouteChanges
from pulse_router.ingest.route_table import CHANGED_AT_ONCE, RouteTable

TOPIC = "tenant/T1/device/D/telemetry"


def make_route(number: int) -> MatchableRoute:
    return MatchableRoute(number, "T1", TOPIC, DestinationType.WEBHOOK, None)


@attrs.define
class Source:
    """The routes of a table, by id and version; it takes a moment to answer."""

    versions: dict[int, int] = attrs.field(factory=dict)
    broken: set[int] = attrs.field(factory=set)
    fault: Exception | None = None
    compiled: list[int] = attrs.field(factory=list)
    asked: list[Collection[int] | None] = attrs.field(factory=list)

    async def load_changes(
        self, known: Mapping[int, int], only: Collection[int] | None
    ) -> RouteChanges:
        self.asked.append(only if only is None else sorted(only))
        seen = dict(self.versions)
        await trio.sleep(1)
        if self.fault is not None:
            raise self.fault
        wanted = seen if only is None else [each for each in only if each in seen]
        changed = [each for each in wanted if known.get(each) != seen[each]]
        self.compiled += changed
        read = [
            ReadRoute(each, seen[each], None if each in self.broken else make_route(each))
            for each in changed
        ]
        among = known if only is None else only
        return RouteChanges(read, [each for each in among if each in known and each not in seen])


def table_of(source: Source) -> RouteTable:
    return RouteTable(source, on_change=lambda: None)


def found(table: RouteTable) -> list[int]:
    return sorted(route.id for route in table.current.candidates("T1", TOPIC))


async def test_what_has_not_changed_is_not_compiled_again(autojump_clock: object) -> None:
    source = Source({1: 1, 2: 1, 3: 1}, broken={3})
    table = table_of(source)
    await table.refresh()
    source.versions = {2: 2, 3: 1, 4: 1}
    source.compiled.clear()
    await table.refresh()
    assert source.compiled == [2, 4]
    assert found(table) == [2, 4]
    assert table.get(1) is None


async def test_a_change_of_one_route_asks_for_that_one(autojump_clock: object) -> None:
    source = Source({1: 1, 2: 1})
    table = table_of(source)
    await table.refresh()
    kept = table.get(2)
    source.versions = {1: 2, 2: 2}
    await table.refresh({1})
    assert source.asked[1:] == [[1]]
    assert table.get(2) is kept
    source.versions = {2: 2}
    await table.refresh({1})
    assert found(table) == [2]


async def test_one_refresh_serves_all_who_waited_for_it(autojump_clock: object) -> None:
    source = Source(dict.fromkeys(range(50), 1))
    table = table_of(source)
    started = trio.current_time()
    async with trio.open_nursery() as nursery:
        for number in range(50):
            nursery.start_soon(table.refresh, {number})
    assert [len(asked or ()) for asked in source.asked] == [50]
    async with trio.open_nursery() as nursery:
        nursery.start_soon(table.refresh, {0})
        await trio.testing.wait_all_tasks_blocked()
        for number in range(50):  # what they have written may have come too late for that one
            nursery.start_soon(table.refresh, {number})
    assert [len(asked or ()) for asked in source.asked] == [50, 1, 50]
    assert trio.current_time() - started == 3


async def test_what_one_had_asked_for_in_vain_is_read_for_the_next(autojump_clock: object) -> None:
    source = Source({1: 1, 2: 1}, fault=Unavailable("the database is away"))
    table = table_of(source)
    with pytest.raises(Unavailable):
        await table.refresh({1})
    with trio.move_on_after(0.5):
        source.fault = None
        await table.refresh({1})
    assert found(table) == []
    await table.refresh({2})
    assert found(table) == [1, 2]


@pytest.mark.parametrize("count", [CHANGED_AT_ONCE, 20 * CHANGED_AT_ONCE])
async def test_others_see_all_that_has_changed_or_nothing(count: int) -> None:
    source = Source({0: 1})
    seen: list[int] = []
    done = False
    table = table_of(source)

    async def look() -> None:
        while not done:
            seen.append(len(found(table)))
            await trio.lowlevel.checkpoint()

    with trio.fail_after(30):
        await table.refresh()
        source.versions = dict.fromkeys(range(1, count + 1), 1)
        async with trio.open_nursery() as nursery:
            nursery.start_soon(look)
            await table.refresh()
            done = True
    assert set(seen) <= {1, count}
    assert len(found(table)) == count
