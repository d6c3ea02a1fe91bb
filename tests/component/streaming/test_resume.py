"""The seam between table, ring and live feed: each event once, in order, whatever happens when."""

from __future__ import annotations

from collections.abc import Callable

import msgspec
import pytest
import trio
from hypothesis import example, given
from hypothesis import strategies as st
from trio.testing import MockClock

from pulse_router.streaming import resume
from pulse_router.streaming.filters import StreamFilter
from tests.support.streams.seam import World

steps = st.one_of(
    st.lists(st.sampled_from(["a", "b", "silent", "other"]), min_size=1, max_size=4),
    st.integers(1, 5),
    st.sampled_from(["take", "reconnect", "foreign", "flood", "cancel"]),
)


# A flood that is committed between the reading of a last page and its end.
@example(["flood", "flood", *["take", 1, 1] * 3, "take", 1, "flood"], 3)
@given(st.lists(steps, max_size=40), st.integers(1, 4))
def test_each_event_comes_once_and_in_order_over_any_disconnects(
    script: list[list[str] | int | str], page: int
) -> None:
    world = World()

    async def follow() -> None:
        turns = [*script, "end"]
        while turns:
            after = world.got[-1] if world.got else 0
            with world.connected(after) as feed:
                while turns:
                    match turns.pop(0):
                        case "reconnect":
                            break
                        case "take":
                            # What follows in the script happens while the table is asked.
                            world.script = [_action(world, turn) for turn in turns[:-1][:4]]
                            before = len(world.script)
                            await world.take(feed, seconds=0.1)
                            del turns[: before - len(world.script)]
                            world.script = []
                        case "end":
                            await world.take_all(feed)
                            world.publish("a")
                            await world.take_all(feed)
                        case turn:
                            _action(world, turn)()

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(resume, "PAGE", page)
        trio.run(follow, clock=MockClock(autojump_threshold=0))
    assert world.got == sorted(set(world.got))
    ours = [event_id for event_id in world.got if event_id % 2 == 0]
    assert ours == world.ids("a", "b")
    # Only a client that asks for 0 may be told that what it never saw is gone.
    assert all(msgspec.json.decode(answer)["from"] == "0" for answer in world.answers)


def _action(world: World, turn: list[str] | int | str) -> Callable[[], None]:
    match turn:
        case list():
            return lambda: world.publish(*turn)
        case int():
            return lambda: world.commit(turn)
        case "foreign":
            return world.foreign
        case "flood":
            return world.flood
        case "cancel":
            return world.waiting.cancel
        case _:
            return lambda: None


@given(st.lists(st.integers(0, 12), min_size=1, max_size=8), st.integers(1, 6), st.booleans())
def test_a_change_of_filter_parts_what_passed_the_old_from_what_passes_the_new(
    changes: list[int], page: int, is_committed: bool
) -> None:
    world = World()
    filters = {"0": "ab", "1": "bc"}

    async def follow() -> None:
        for _ in range(8):
            world.publish("a", "b", "c")
        if is_committed:
            world.commit()
        with world.connected(0) as feed:
            subscription, current = feed.subscription, "0"

            def switch() -> None:
                nonlocal current
                current = "1" if current == "0" else "0"
                subscription.apply(StreamFilter(device_ids=frozenset(filters[current])), {})
                subscription.outbox.put_answer_nowait(current)

            subscription.apply(StreamFilter(device_ids=frozenset("ab")), {})
            async with trio.open_nursery() as nursery:

                @nursery.start_soon
                async def change() -> None:
                    for steps_before in changes:
                        for _ in range(steps_before):
                            await trio.lowlevel.checkpoint()
                        switch()

                await world.take_all(feed)

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(resume, "PAGE", page)
        trio.run(follow, clock=MockClock(autojump_threshold=0))
    for obeyed, got in _segments(world.log):
        passing = world.ids(*filters[obeyed])
        assert got == [each for each in passing if got and got[0] <= each <= got[-1]]
    assert [each for each in world.got if each in world.ids("b")] == world.ids("b")


def _segments(log: list[int | str]) -> list[tuple[str, list[int]]]:
    """Part what was got by the answers between: each names the filter that it begins."""
    segments: list[tuple[str, list[int]]] = [("0", [])]
    for entry in log:
        if isinstance(entry, int):
            segments[-1][1].append(entry)
        elif entry in {"0", "1"}:
            segments.append((entry, []))
    return segments
