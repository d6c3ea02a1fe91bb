"""What does not change is told by the time of who looks."""

from __future__ import annotations

import trio
from trio.testing import MockClock

from pulse_router.runtime.sightings import Sightings


async def test_what_is_seen_for_the_first_time_has_not_stood_still(  # noqa: ASYNC124 - fixture
    autojump_clock: MockClock,
) -> None:
    seen: Sightings[int] = Sightings()
    assert seen.look("a", 1) == 0
    assert seen.unchanged(1) == []


async def test_what_stands_still_is_told_from_when_it_was_first_seen_so(
    autojump_clock: MockClock,
) -> None:
    seen: Sightings[int] = Sightings()
    seen.look("a", 1)
    seen.look("b", 2)
    await trio.sleep(3)
    assert seen.look("a", 1) == 3
    assert seen.look("b", 3) == 0
    await trio.sleep(2)
    assert seen.look("a", 1) == 5
    assert seen.unchanged(5) == [1]
    assert seen.unchanged(2) == [3, 1]


async def test_what_comes_back_to_what_it_was_is_seen_anew(autojump_clock: MockClock) -> None:
    """A server that fell back to an older state shows an old sign once more."""
    seen: Sightings[int] = Sightings()
    seen.look("a", 1)
    await trio.sleep(3)
    seen.look("a", 2)
    await trio.sleep(3)
    assert seen.look("a", 1) == 0


async def test_no_more_is_remembered_than_has_room(autojump_clock: MockClock) -> None:
    seen: Sightings[int] = Sightings(capacity=2)
    for thing in "abc":
        seen.look(thing, 1)
    await trio.sleep(3)
    assert [seen.look(thing, 1) for thing in "cba"] == [3, 3, 0]
