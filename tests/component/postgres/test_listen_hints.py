"""Announcements are never lost and never pile up."""

from __future__ import annotations

import trio
from trio.testing import wait_all_tasks_blocked

from pulse_router.domain.errors import Unavailable
from pulse_router.postgres.listen import Hints, listen


async def test_announcements_come_in_order_and_each_once() -> None:
    hints = Hints()
    for payload in ("a", "b", "a", "c"):
        hints.put(payload)

    assert await hints.take() == ["a", "b", "c"]


async def test_too_many_become_one_that_says_all_may_have_changed() -> None:
    hints = Hints(capacity=3)
    for number in range(1000):
        hints.put(str(number))

    assert await hints.take() == [None]


async def test_that_all_may_have_changed_makes_the_others_needless() -> None:
    hints = Hints()
    for payload in ("a", None, "b"):
        hints.put(payload)

    assert await hints.take() == [None]


async def test_what_was_taken_is_gone_and_what_comes_later_is_waited_for() -> None:
    hints = Hints()
    hints.put("a")
    await hints.take()
    taken: list[str | None] = []

    async def take() -> None:
        taken.extend(await hints.take())

    async with trio.open_nursery() as nursery:
        nursery.start_soon(take)
        await wait_all_tasks_blocked()
        assert taken == []
        hints.put("b")
    assert taken == ["b"]


async def test_where_listening_is_impossible_it_polls(
    autojump_clock: trio.testing.MockClock,
) -> None:
    looked_at: list[float] = []

    async def look() -> None:
        await trio.lowlevel.checkpoint()
        looked_at.append(trio.current_time() - began_at)

    async with trio.open_nursery() as nursery:
        began_at = trio.current_time()
        await nursery.start(
            lambda task_status: listen(
                None, "changes", hear_nothing, on_gap=look, poll_seconds=1, task_status=task_status
            )
        )
        await trio.sleep(3.5)
        nursery.cancel_scope.cancel()

    assert looked_at == [1, 2, 3]


async def test_what_could_not_be_read_is_asked_for_until_it_can(
    autojump_clock: trio.testing.MockClock,
) -> None:
    looked = 0

    async def look() -> None:
        nonlocal looked
        await trio.lowlevel.checkpoint()
        looked += 1
        if looked < 5:
            raise Unavailable("the database is away")

    async with trio.open_nursery() as nursery:
        nursery.start_soon(
            lambda: listen(None, "changes", hear_nothing, on_gap=look, poll_seconds=60)
        )
        await trio.sleep(100)
        nursery.cancel_scope.cancel()

    assert looked == 5


async def hear_nothing(payload: str) -> None:
    await trio.lowlevel.checkpoint()
    raise AssertionError(f"nobody announced {payload}")
