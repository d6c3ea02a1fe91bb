"""How the books move is told once a second, written once for all, and nothing of it is missed."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import UTC, datetime

import attrs
import msgspec
import trio
from trio.testing import MockClock

from pulse_router.api.streams.messages import ChannelFigures
from pulse_router.api.streams.overview import OverviewChannels, OverviewFeeds
from pulse_router.domain.errors import Unavailable
from pulse_router.domain.insight.flows import Flows, RouteFlows
from pulse_router.streaming.changes import ChangeFeed
from pulse_router.streaming.figures import MAX_ROUTES, Figures, FiguresFeed
from pulse_router.streaming.outbox import Outbox

Asked = tuple[float, set[str], set[str], set[int]]


@attrs.define
class Books:
    """Counts as a test sets them; away, they cannot be read."""

    tenants: dict[str, dict[str, int]] = attrs.field(factory=dict)
    routes: dict[str, dict[int, RouteFlows]] = attrs.field(factory=dict)
    is_away: bool = False
    takes_seconds: float = 0.0
    asked: list[Asked] = attrs.field(factory=list)

    async def load_flows(
        self, tenant_ids: Collection[str], *, whole: Collection[str], routes: Collection[int]
    ) -> Flows:
        self.asked.append((trio.current_time(), set(tenant_ids), set(whole), set(routes)))
        await trio.sleep(self.takes_seconds)
        if self.is_away:
            raise Unavailable("away")
        return Flows(
            {name: dict(it) for name, it in self.tenants.items()},
            {name: dict(it) for name, it in self.routes.items()},
        )


def at_noon() -> float:
    return 43_200.0


async def test_differences_add_up_to_the_books_whatever_comes_between(
    nursery: trio.Nursery, autojump_clock: MockClock
) -> None:
    del autojump_clock
    books = Books({"T": {"stored": 5, "queued": 3, "delivered": 1}}, {"T": {1: RouteFlows(1, 0)}})
    feed = FiguresFeed(books, at_noon)
    told: list[Figures] = []
    nursery.start_soon(feed.run)
    await trio.sleep(10)
    assert books.asked == []  # nobody looks
    feed.watch("T", told.append)
    await trio.sleep(0.5)
    books.tenants["T"] |= {"stored": 9, "delivered": 2}
    books.routes["T"] |= {1: RouteFlows(2, 0), 2: RouteFlows(0, 4, 1)}
    await trio.sleep(1)
    books.is_away = True
    books.tenants["T"] |= {"stored": 10, "buried": 1}
    await trio.sleep(3)
    books.is_away = False
    await trio.sleep(1)
    first, second, third = told
    assert (first.seconds, set(first.books.values()), first.routes) == (0, {0}, {})
    assert (first.totals["stored"], first.totals["pending"]) == (5, 2)
    assert second.books["stored"] == 4
    assert (second.books["pending"], second.books["delivered"]) == (-1, 1)
    assert second.routes == {1: RouteFlows(1, 0, 0), 2: RouteFlows(0, 4, 1)}
    assert (third.seconds, third.books["stored"], third.books["dead_lettered"]) == (4, 1, 1)
    assert third.routes == {}
    assert third.totals["stored"] == first.totals["stored"] + second.books["stored"] + 1


async def test_they_are_read_once_a_second_for_all_and_not_when_nobody_looks(
    nursery: trio.Nursery, autojump_clock: MockClock
) -> None:
    del autojump_clock
    books = Books()
    feed = FiguresFeed(books, at_noon)
    nursery.start_soon(feed.run)
    shows = [list[Figures]() for _ in range(50)]
    puts = [each.append for each in shows]
    for put in puts:
        feed.watch("T", put)
    feed.watch("U", shows[0].append)
    await trio.sleep(9.5)
    assert [asked[0] for asked in books.asked] == [float(second) for second in range(10)]
    assert all(each[-1] is shows[1][-1] and len(each) == 10 for each in shows[1:])
    assert shows[1][-1].text is shows[2][-1].text  # written once
    for put in puts:
        feed.leave("T", put)
    await trio.sleep(10)
    assert {frozenset(asked[1]) for asked in books.asked[-9:]} == {frozenset("U")}


async def test_a_slow_database_is_asked_less_often(
    nursery: trio.Nursery, autojump_clock: MockClock
) -> None:
    del autojump_clock
    books = Books(takes_seconds=1)
    feed = FiguresFeed(books, at_noon)
    nursery.start_soon(feed.run)
    feed.watch("T", lambda _: None)
    await trio.sleep(21.5)
    assert [asked[0] for asked in books.asked] == [0, 11]
    books.takes_seconds = 1000
    await trio.sleep(100)
    assert len(books.asked) == 6  # given up after 3 s, and come back to after 33


async def test_every_route_is_read_at_first_and_now_and_then(
    nursery: trio.Nursery, autojump_clock: MockClock
) -> None:
    del autojump_clock
    books = Books(routes={"T": {7: RouteFlows(1)}})
    feed = FiguresFeed(books, at_noon)
    nursery.start_soon(feed.run)
    feed.watch("T", lambda _: None)
    await trio.sleep(0.5)
    books.routes["T"][7] = RouteFlows(2)
    await trio.sleep(31)
    assert [index for index, asked in enumerate(books.asked) if asked[2]] == [0, 30]
    assert [index for index, asked in enumerate(books.asked) if asked[3]] == [2]  # it has moved


async def test_counts_at_the_edge_of_what_fits_are_cut(
    nursery: trio.Nursery, autojump_clock: MockClock
) -> None:
    del autojump_clock
    books = Books({"T": dict.fromkeys(("stored", "rejected", "duplicate"), 2**63 - 1)})
    feed = FiguresFeed(books, at_noon)
    told: list[Figures] = []
    feed.watch("T", told.append)
    nursery.start_soon(feed.run)
    await trio.sleep(0.5)
    assert msgspec.json.decode(told[0].text, type=ChannelFigures).totals["received"] == 2**63 - 1


def figures(seconds: float, stored: int, routes: Mapping[int, RouteFlows]) -> Figures:
    at = datetime(2026, 1, 1, tzinfo=UTC)
    return Figures(at, seconds, {"stored": 100}, {"stored": stored}, routes)


async def test_who_reads_slowly_gets_one_message_that_says_all() -> None:
    feed, outbox = FiguresFeed(Books(), at_noon), Outbox(5)
    channels = OverviewChannels(OverviewFeeds(feed, ChangeFeed()), "T", outbox)
    channels.enter("figures")
    put = channels._figures.put
    for count in (1, 2, 4):
        put(figures(1.0, count, {count % 2: RouteFlows(count)}))
    [mark] = (await outbox.take()).items
    [text] = channels.take(str(mark))
    told = msgspec.json.decode(text, type=ChannelFigures)
    assert (told.seconds, told.books, told.totals) == (3, {"stored": 7}, {"stored": 100})
    assert {each.route_id: each.delivered for each in told.routes} == {0: 6, 1: 1}
    put(figures(1.0, 1, {}))
    channels.leave("figures")
    channels.enter("figures")
    channels._figures.put(figures(1.0, 8, {}))
    texts = [text for mark in (await outbox.take()).items for text in channels.take(str(mark))]
    assert [msgspec.json.decode(text)["books"]["stored"] for text in texts] == [8]


def test_of_many_routes_those_are_told_that_moved_most() -> None:
    moved = {number: RouteFlows(number) for number in range(1, MAX_ROUTES + 11)}
    told = msgspec.json.decode(figures(1.0, 0, moved).text, type=ChannelFigures)
    assert told.routes_left_out == 10
    assert {each.route_id for each in told.routes} == set(range(11, MAX_ROUTES + 11))


async def test_whatever_reading_fails_of_there_is_a_next_time(
    nursery: trio.Nursery, autojump_clock: MockClock
) -> None:
    del autojump_clock

    class Broken(Books):
        is_broken = True

        async def load_flows(
            self, tenant_ids: Collection[str], *, whole: Collection[str], routes: Collection[int]
        ) -> Flows:
            if self.is_broken:
                raise LookupError("a row of another version")
            return await super().load_flows(tenant_ids, whole=whole, routes=routes)

    books = Broken({"T": {"stored": 1}})
    feed = FiguresFeed(books, at_noon)
    told: list[Figures] = []
    feed.watch("T", told.append)
    nursery.start_soon(feed.run)
    await trio.sleep(2.5)
    books.is_broken = False
    await trio.sleep(1)
    assert [each.totals["stored"] for each in told] == [1]
