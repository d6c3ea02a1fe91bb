"""Shares: as many at once to a user as it may have, in order, and nobody else waits for it."""

from __future__ import annotations

import pytest
import trio
from trio.testing import MockClock, wait_all_tasks_blocked

from pulse_router.runtime.shares import Shares


class Refused(Exception):
    """The patience is over."""


class World:
    """Shares of two, or of what a test sets."""

    def __init__(self) -> None:
        self.most = 2
        self.shares = Shares(
            lambda _user: self.most, patience_seconds=10, refuse=lambda _user, _most: Refused()
        )
        self.order: list[int] = []
        self.most_at_once = 0

    async def work(self, number: int, user: str = "T", seconds: float = 1) -> None:
        async with self.shares.hold(user):
            self.order.append(number)
            self.most_at_once = max(self.most_at_once, self.shares.held(user))
            await trio.sleep(seconds)


async def test_a_user_has_as_many_as_it_may_in_the_order_of_asking(
    autojump_clock: MockClock,
) -> None:
    world = World()
    async with trio.open_nursery() as nursery:
        for number in range(10):
            nursery.start_soon(world.work, number)
            await wait_all_tasks_blocked()
        with trio.fail_after(0.5):
            await world.work(99, "OTHER", seconds=0)
    assert world.most_at_once == 2
    assert world.order[:3] == [0, 1, 99]
    # The two that go on at the same moment do so in any order.
    pairs = [sorted(world.order[at : at + 2]) for at in range(3, len(world.order), 2)]
    assert pairs == [[2, 3], [4, 5], [6, 7], [8, 9]]
    assert trio.current_time() == pytest.approx(autojump_clock.current_time())
    assert world.shares.held("T") == 0


async def test_who_has_waited_too_long_is_refused_and_those_behind_go_on(
    autojump_clock: MockClock,
) -> None:
    world = World()
    world.most = 1
    refused = []

    async def impatient() -> None:
        with pytest.raises(Refused):
            await world.work(1)
        refused.append(trio.current_time())

    start = trio.current_time()
    async with trio.open_nursery() as nursery:
        nursery.start_soon(world.work, 0, "T", 11)
        await wait_all_tasks_blocked()
        nursery.start_soon(impatient)
        await trio.sleep(5)
        nursery.start_soon(world.work, 2)
    assert refused == [start + 10]
    assert world.order == [0, 2]


async def test_one_that_is_cancelled_in_line_takes_no_place_with_it(
    autojump_clock: MockClock,
) -> None:
    world = World()
    world.most = 1
    async with trio.open_nursery() as nursery:
        nursery.start_soon(world.work, 0)
        await wait_all_tasks_blocked()
        with trio.move_on_after(0.5):
            await world.work(1)
        nursery.start_soon(world.work, 2)
    assert (world.order, world.shares.held("T")) == ([0, 2], 0)


async def test_a_bound_that_changes_holds_for_the_next(autojump_clock: MockClock) -> None:
    world = World()
    async with trio.open_nursery() as nursery:
        for number in range(6):
            nursery.start_soon(world.work, number)
        await wait_all_tasks_blocked()
        world.most = 0
        await trio.sleep(1)
        await wait_all_tasks_blocked()
        assert world.shares.held("T") == 4
