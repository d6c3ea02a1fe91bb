"""A body that is streamed is received as fast as it is taken, and ends where it is too large."""

from __future__ import annotations

import pytest
import trio
from trio.testing import wait_all_tasks_blocked
from werkzeug.exceptions import RequestEntityTooLarge

from pulse_router.api.server.streamed_body import HELD_BYTES, StreamedBody

PIECE = b"x" * (HELD_BYTES // 4)


async def test_no_more_is_received_than_is_taken() -> None:
    body = StreamedBody(None, 1_000 * len(PIECE))
    received = 0

    async def receive() -> None:
        nonlocal received
        while True:
            await body.wait_for_room()
            body.append(PIECE)
            received += 1

    async with trio.open_nursery() as nursery:
        nursery.start_soon(receive)
        for taken in range(3):
            await wait_all_tasks_blocked()
            assert received == 4 * (taken + 1)
            assert await anext(body) == PIECE * 4
        nursery.cancel_scope.cancel()


async def test_its_whole_weight_counts_and_not_what_waits() -> None:
    body = StreamedBody(None, 5 * len(PIECE))
    for _ in range(5):
        body.append(PIECE)
        assert await anext(body) == PIECE
    async with trio.open_nursery() as nursery:

        @nursery.start_soon
        async def take() -> None:
            with pytest.raises(RequestEntityTooLarge):
                await anext(body)

        await wait_all_tasks_blocked()
        body.append(b"x")
    await body.wait_for_room()  # what comes now is thrown away


async def test_a_length_that_is_told_and_too_large_is_refused_at_once() -> None:
    body = StreamedBody(11, 10)
    await body.wait_for_room()
    with pytest.raises(RequestEntityTooLarge):
        await anext(body)


async def test_it_ends_when_it_is_complete() -> None:
    body = StreamedBody(4, 10)
    body.append(b"some")
    body.set_complete()
    assert [piece async for piece in body] == [b"some"]
