from __future__ import annotations

import pytest
import trio
from hypothesis import given
from hypothesis import strategies as st

from pulse_router.runtime.ring import Ring


async def test_items_come_in_order_and_all_at_once() -> None:
    ring = Ring[int](3)
    ring.put_nowait(1)
    ring.put_nowait(2)
    assert len(ring) == 2
    assert await ring.get() == ([1, 2], 0)
    assert len(ring) == 0


async def test_the_oldest_goes_when_full_and_is_counted_once() -> None:
    ring = Ring[int](2)
    for item in range(5):
        ring.put_nowait(item)
    assert await ring.get() == ([3, 4], 3)
    ring.put_nowait(5)
    assert await ring.get() == ([5], 0)


async def test_a_reader_waits_for_the_first_item() -> None:
    ring = Ring[str](1)
    got: list[tuple[list[str], int]] = []

    async def read() -> None:
        got.append(await ring.get())

    async with trio.open_nursery() as nursery:
        nursery.start_soon(read)
        await trio.testing.wait_all_tasks_blocked()
        assert got == []
        ring.put_nowait("a")
    assert got == [(["a"], 0)]


async def test_what_waits_can_be_taken_after_closing_and_then_it_ends() -> None:
    ring = Ring[int](2)
    ring.put_nowait(1)
    ring.close()
    ring.close()
    ring.put_nowait(2)
    assert await ring.get() == ([1], 0)
    with pytest.raises(trio.EndOfChannel):
        await ring.get()


async def test_closing_wakes_the_reader() -> None:
    ring = Ring[int](1)

    async def read() -> None:
        with pytest.raises(trio.EndOfChannel):
            await ring.get()

    async with trio.open_nursery() as nursery:
        nursery.start_soon(read)
        await trio.testing.wait_all_tasks_blocked()
        ring.close()


async def test_a_cancelled_reader_takes_nothing() -> None:
    ring = Ring[int](2)
    ring.put_nowait(1)
    with trio.CancelScope() as scope:
        scope.cancel()
        await ring.get()
    assert scope.cancelled_caught
    assert await ring.get() == ([1], 0)


async def test_taking_gives_others_their_turn() -> None:
    ring = Ring[int](1)
    ring.put_nowait(1)
    with trio.testing.assert_checkpoints():
        await ring.get()


def test_a_ring_without_room_is_refused() -> None:
    with pytest.raises(ValueError, match="at least 1"):
        Ring[int](0)


@given(st.integers(1, 5), st.lists(st.integers(0, 12), max_size=8))
def test_nothing_is_lost_without_being_counted(capacity: int, bursts: list[int]) -> None:
    async def run() -> None:
        ring = Ring[int](capacity)
        sent = 0
        accounted = 0
        for burst in bursts:
            for _ in range(burst):
                ring.put_nowait(sent)
                sent += 1
            if burst:
                items, dropped = await ring.get()
                accounted += dropped
                assert items == list(range(accounted, accounted + len(items)))
                accounted += len(items)
        assert accounted == sent

    trio.run(run)
