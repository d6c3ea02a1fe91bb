"""Others see a commit before its answer comes: what is found early is not handed over again."""

from __future__ import annotations

import enum
import itertools
from collections.abc import Collection, Iterable, Iterator

import attrs
import pytest
import trio
from hypothesis import given
from hypothesis import strategies as st
from trio.testing import MockClock

from pulse_router.delivery.window import Window
from pulse_router.domain.deliveries import (
    UNBOUNDED_BYTES,
    Delivery,
    DueDeliveries,
    Outcome,
    Settlement,
)
from pulse_router.domain.lanes.budget import ByteBudget
from pulse_router.domain.queue_marks import FROM_THE_START, QueueMark, Work, WorkMark
from pulse_router.domain.routes import Route
from tests.support.delivery.deliveries import FakeDeliveryStore, as_new, make_delivery, make_route
from tests.support.delivery.destinations import DEAD, DELIVERED, FAILED, FakeDestination
from tests.support.delivery.stage import Stage, many, open_stage

LONGEST_SECONDS = 0.3


async def test_what_is_found_before_it_is_told_of_is_attempted_once_at_a_time(
    autojump_clock: MockClock,
) -> None:
    async with open_stage(FakeDestination(seconds=lambda _: 1.0)) as stage:
        new = [as_new(make_delivery(1))]
        stage.dispatcher.committing(new)
        stage.store.add(make_delivery(1))
        stage.dispatcher.wake({1})
        await trio.sleep(0.5)
        assert stage.destination.attempted == [1]
        stage.dispatcher.committed(new)
        await trio.sleep(5)
        assert stage.destination.attempted == [1]


async def test_what_is_delivered_while_others_of_its_commit_are_told_of_is_not_attempted_again(
    autojump_clock: MockClock,
) -> None:
    routes = (make_route(1), make_route(2))
    async with open_stage(FakeDestination(seconds=lambda _: 0.1), *routes) as stage:
        deliveries = [make_delivery(number, route_id=number) for number in (1, 2)]
        first, second = new = [as_new(delivery) for delivery in deliveries]
        stage.dispatcher.committing(new)
        stage.store.add(*deliveries)
        stage.dispatcher.committed([first], more=True)
        stage.dispatcher.wake({2})
        await stage.settled(lambda: not stage.store.pending)
        stage.dispatcher.committed([second])
        await trio.sleep(1)
        assert sorted(stage.destination.attempted) == [1, 2]


@pytest.mark.parametrize("others", [0, 1])
async def test_what_is_delivered_before_it_is_told_of_is_not_attempted_again(
    autojump_clock: MockClock, others: int
) -> None:
    """Neither by a lane that lives on, for it has others, nor by a new one."""
    async with open_stage(FakeDestination(seconds=lambda _: 0.1)) as stage:
        new = [as_new(make_delivery(1))]
        stage.dispatcher.committing(new)
        stage.store.add(make_delivery(1), *many(others, first=2))
        stage.dispatcher.wake({1})
        await stage.settled(lambda: stage.store.delivered == list(range(1, 2 + others)))
        await trio.sleep(1)
        stage.dispatcher.committed(new)
        await trio.sleep(5)
        assert stage.destination.attempted == list(range(1, 2 + others))


def test_a_window_holds_nothing_twice() -> None:
    budget = ByteBudget()
    before = budget.left(is_trusted=True)
    window = Window(budget)
    window.put(many(3), now=0.0)
    [first] = window.take(1, now=0.0)
    assert window.fill(many(4), now=0.0) == 4
    window.put(many(5), now=0.0)
    assert sorted(window.known) == [1, 2, 3, 4, 5]
    assert [delivery.id for delivery in window.take(10, now=0.0)] == [2, 3, 4, 5]
    window.let_go([first.id, 2, 3, 4, 5])
    window.let_go([first.id])
    assert (len(window), budget.left(is_trusted=True)) == (0, before)
    window.put([first], now=0.0)
    assert window.known == [first.id]


class SlowStore(FakeDeliveryStore):
    """Answers late: what it says was so a while ago, and what it does is seen before it says so.

    It finds no routes with work by itself: who is not told of a delivery has lost it.
    """

    def __init__(self, delays: Iterator[float]) -> None:
        super().__init__()
        self._delays = delays

    async def pause(self) -> None:
        await trio.sleep(next(self._delays))

    async def routes_with_work(
        self,
        since: WorkMark | None = None,  # noqa: ARG002 - the port's signature
        *,
        thoroughly: bool = False,  # noqa: ARG002 - the port's signature
    ) -> Work:
        return Work(())

    async def due(
        self,
        route_id: int,
        *,
        exclude: Collection[int],
        limit: int,
        max_bytes: int = UNBOUNDED_BYTES,
        in_order: bool = False,
        since: QueueMark = FROM_THE_START,
    ) -> DueDeliveries:
        await self.pause()
        found = await super().due(
            route_id,
            exclude=exclude,
            limit=limit,
            max_bytes=max_bytes,
            in_order=in_order,
            since=since,
        )
        await self.pause()
        return found

    async def settle(self, settlement: Settlement) -> None:
        await self.pause()
        await super().settle(settlement)
        await self.pause()


class News(enum.Enum):
    """How it is told that a commit is done."""

    IN_FULL = "it was seen to succeed"
    BY_ROUTE = "the first answer was lost"


@attrs.frozen
class Commit:
    """What is stored, by route; whose lane hears early; how it is told; and a rest after it."""

    route_ids: list[int]
    is_early_for: int | None
    news: News
    rest_seconds: float


DELAYS = st.sampled_from((0.0, 0.0, 0.001, 0.02, LONGEST_SECONDS))
COMMITS = st.builds(
    Commit,
    st.lists(st.sampled_from((1, 2)), min_size=1, max_size=20),
    st.sampled_from((None, 1, 2)),
    st.sampled_from((News.IN_FULL, News.IN_FULL, News.BY_ROUTE)),
    st.sampled_from((0.0, 0.01, 1.0)),
)


async def store_all(stage: Stage, store: SlowStore, commits: Iterable[Commit]) -> None:
    """Do as the writer does."""
    numbers = itertools.count(1)
    for commit in commits:
        deliveries = [make_delivery(next(numbers), route_id=n) for n in commit.route_ids]
        new = [as_new(delivery) for delivery in deliveries]
        stage.dispatcher.committing(new)
        await store.pause()
        store.add(*deliveries)
        if commit.is_early_for is not None:
            stage.dispatcher.wake({commit.is_early_for})
        await store.pause()
        if commit.news is News.IN_FULL:
            stage.dispatcher.committed(new)
        else:
            stage.dispatcher.wake(set(commit.route_ids))
        await trio.sleep(commit.rest_seconds)


@given(
    commits=st.lists(COMMITS, min_size=1, max_size=10),
    delays=st.lists(DELAYS, min_size=1, max_size=40),
    attempt_seconds=st.lists(DELAYS, min_size=1, max_size=10),
    outcomes=st.lists(st.sampled_from((DELIVERED, FAILED, DEAD)), min_size=1, max_size=20),
    is_ordered=st.booleans(),
)
def test_each_is_attempted_once_at_a_time_until_its_end_however_answers_are_delayed(
    *,
    commits: list[Commit],
    delays: list[float],
    attempt_seconds: list[float],
    outcomes: list[Outcome],
    is_ordered: bool,
) -> None:
    store = SlowStore(itertools.cycle(delays))
    of_attempts = zip(itertools.cycle(attempt_seconds), itertools.cycle(outcomes), strict=False)

    def respond(delivery: Delivery, _route: Route, attempt: int) -> Outcome:
        assert delivery.id in store.pending, "attempted again after its end"
        _, outcome = next(of_attempts)
        return outcome if attempt < 4 else DELIVERED

    retry = {"initial_seconds": 0.1, "max_seconds": 0.2}
    routes = make_route(1, ordered=is_ordered, retry=retry), make_route(2, retry=retry)
    destination = FakeDestination(respond, seconds=lambda _: next(of_attempts)[0])

    async def check() -> None:
        async with open_stage(destination, *routes, store=store) as stage:
            await store_all(stage, store, commits)
            with trio.fail_after(3600):
                await stage.settled(lambda: not store.pending)

    trio.run(check, clock=MockClock(autojump_threshold=0))
    if is_ordered:
        of_first = [made.delivery_id for made in destination.attempts if made.route.id == 1]
        assert of_first == sorted(of_first)
