"""What is said once is not said again for a while, whatever else there is to say."""

from __future__ import annotations

import trio
from trio.testing import MockClock

from pulse_router.runtime.seldom import Seldom


async def test_a_thing_is_said_once_in_a_while_and_others_beside_it(
    autojump_clock: MockClock,
) -> None:
    seldom = Seldom(60)
    assert [seldom.is_due("a"), seldom.is_due("a"), seldom.is_due("b")] == [True, False, True]
    await trio.sleep(59)
    assert not seldom.is_due("a")
    await trio.sleep(1)
    assert seldom.is_due("a")


def test_it_remembers_no_more_than_it_may() -> None:
    seldom = Seldom(60, capacity=2, clock=lambda: 0.0)
    assert all(seldom.is_due(number) for number in range(3))
    assert seldom.is_due(0)
    assert not seldom.is_due(2)
