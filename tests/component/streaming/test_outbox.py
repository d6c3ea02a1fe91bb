"""What waits for one live client: nothing unbounded, nothing out of order, no answer lost."""

from __future__ import annotations

import pytest
import trio
import trio.testing
from hypothesis import given
from hypothesis import strategies as st

from pulse_router.streaming.encoding import EncodedEvent
from pulse_router.streaming.outbox import BURST, MAX_TAKEN, Outbox, Taken


def event(number: int) -> EncodedEvent:
    return EncodedEvent(number, f"event {number}")


async def test_everything_waiting_is_taken_at_once_in_order() -> None:
    outbox = Outbox(5)
    outbox.put_event_nowait(event(1))
    outbox.put_answer_nowait("subscribed")
    outbox.put_event_nowait(event(2))
    assert outbox.answers == 1
    assert await outbox.take() == ([event(1), "subscribed", event(2)], 0)
    assert outbox.answers == 0


async def test_the_oldest_event_goes_and_is_counted_but_never_an_answer() -> None:
    outbox = Outbox(2)
    outbox.put_answer_nowait("connected")
    dropped = [outbox.put_event_nowait(event(number)) for number in range(1, 6)]
    assert dropped == [False, False, True, True, True]
    assert await outbox.take() == (["connected", event(4), event(5)], 3)
    outbox.put_event_nowait(event(6))
    assert await outbox.take() == ([event(6)], 0)


async def test_a_waiting_taker_is_woken_and_a_cancelled_one_loses_nothing() -> None:
    outbox = Outbox(2)
    with trio.move_on_after(0) as gave_up:
        await outbox.take()
    assert gave_up.cancelled_caught
    outbox.put_event_nowait(event(1))
    with trio.CancelScope() as cancelled:
        cancelled.cancel()
        await outbox.take()
    assert await outbox.take() == ([event(1)], 0)


async def test_a_client_that_waits_gets_a_burst_and_one_that_is_busy_does_not() -> None:
    outbox = Outbox(2)
    taken: list[Taken] = []

    async def take() -> None:
        taken.append(await outbox.take())

    async with trio.open_nursery() as nursery:
        nursery.start_soon(take)
        await trio.testing.wait_all_tasks_blocked()
        dropped = [outbox.put_event_nowait(event(number)) for number in range(BURST + 1)]
    assert dropped == [False] * BURST + [True]
    [(items, missing)] = taken
    assert ([each.event_id for each in items[:1]], len(items), missing) == ([1], BURST, 1)  # type: ignore[union-attr]  # all are events
    assert [outbox.put_event_nowait(event(number)) for number in range(3)] == [False, False, True]


async def test_what_is_much_is_taken_in_pieces_and_what_is_dropped_between_is_counted() -> None:
    outbox = Outbox(4)
    heavy = [EncodedEvent(number, "x" * (MAX_TAKEN // 2)) for number in range(6)]
    for each in heavy[:4]:
        outbox.put_event_nowait(each)
    outbox.put_answer_nowait("answer")
    assert await outbox.take() == (heavy[:2], 0)
    assert [outbox.put_event_nowait(each) for each in (event(7), *heavy[4:])] == [
        False,
        False,
        True,
    ]
    assert await outbox.take() == ([heavy[3], "answer", event(7), heavy[4]], 1)
    assert await outbox.take() == ([heavy[5]], 0)
    assert len(outbox) == outbox.answers == 0


def test_an_outbox_without_room_is_refused() -> None:
    with pytest.raises(ValueError, match="at least 1"):
        Outbox(0)


@given(st.lists(st.booleans(), max_size=60), st.integers(1, 5))
def test_the_newest_events_and_all_answers_remain(puts: list[bool], capacity: int) -> None:
    outbox = Outbox(capacity)
    put: list[EncodedEvent | str] = []
    for number, is_event in enumerate(puts):
        item = event(number) if is_event else f"answer {number}"
        put.append(item)
        if isinstance(item, str):
            outbox.put_answer_nowait(item)
        else:
            outbox.put_event_nowait(item)
    events = [item for item in put if not isinstance(item, str)]
    gone = events[: max(0, len(events) - capacity)]
    expected = [item for item in put if item not in gone]
    if expected:
        assert trio.run(outbox.take) == (expected, len(gone))
