"""Hints of changes come at most once a second, in one message, and to their own tenant only."""

from __future__ import annotations

import msgspec
import trio
from trio.testing import MockClock

from pulse_router.api.streams.messages import ChannelChanges
from pulse_router.streaming.changes import KINDS, MAX_IDS, ChangeFeed, Hints


async def test_hints_come_at_once_and_then_once_a_second(
    nursery: trio.Nursery, autojump_clock: MockClock
) -> None:
    del autojump_clock
    feed = ChangeFeed()
    told: list[tuple[float, Hints]] = []
    foreign: list[Hints] = []
    nursery.start_soon(feed.run)
    feed.watch("T", lambda hints: told.append((trio.current_time(), hints)))
    feed.watch("U", foreign.append)
    await trio.sleep(5)
    for number in range(20):
        feed.note("T", "routes", number % 3)
        feed.note("T", "devices", f"DEV-{number % 2}")
        feed.note("nobody looks", "routes", 1)
        await trio.sleep(0.1)
    await trio.sleep(5)
    feed.note("T", "alerts", None)
    await trio.sleep(1)
    assert [round(at, 6) for at, _ in told] == [5, 6, 7, 12]
    assert told[0][1].kinds == {"routes": {0}, "devices": {"DEV-0"}}
    assert told[1][1].kinds == {"routes": {0, 1, 2}, "devices": {"DEV-0", "DEV-1"}}
    assert told[3][1].kinds == {"alerts": None}
    assert foreign == []
    feed.note_all()
    await trio.sleep(1)
    assert foreign[0].kinds == dict.fromkeys(KINDS)


async def test_too_many_to_be_named_are_any(
    nursery: trio.Nursery, autojump_clock: MockClock
) -> None:
    del autojump_clock
    feed = ChangeFeed()
    told: list[Hints] = []
    nursery.start_soon(feed.run)
    feed.watch("T", told.append)
    for number in range(MAX_IDS + 1):
        feed.note("T", "routes", number)
        feed.note("T", "devices", "DEV-1")
    await trio.sleep(1)
    [hints] = told
    changes = msgspec.json.decode(hints.text, type=ChannelChanges).changes
    assert [(each.kind, each.ids) for each in changes] == [("devices", ["DEV-1"]), ("routes", None)]


async def test_who_has_left_is_told_nothing(
    nursery: trio.Nursery, autojump_clock: MockClock
) -> None:
    del autojump_clock
    feed = ChangeFeed()
    told: list[Hints] = []
    put = told.append
    nursery.start_soon(feed.run)
    feed.watch("T", put)
    feed.note("T", "routes", 1)
    feed.leave("T", put)
    feed.leave("T", put)
    await trio.sleep(1)
    assert told == []
