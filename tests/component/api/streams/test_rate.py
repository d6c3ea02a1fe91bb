"""How fast a WebSocket's client may send, on a virtual clock."""

from __future__ import annotations

import trio
from hypercorn.config import Config
from trio.testing import MockClock
from wsproto.events import Ping, TextMessage

from pulse_router.api.server.websocket import MAX_DELAYED, MESSAGES_PER_SECOND, WebSocketStream

FRAME = Ping()
PART = TextMessage(data="x", frame_finished=False)


def make_stream() -> WebSocketStream:
    """A stream that is asked nothing but whether a frame may be answered."""
    return WebSocketStream(None, Config(), None, None, False, None, None, None, 1)


async def test_so_many_may_come_at_once_and_then_so_many_a_second(
    autojump_clock: MockClock,
) -> None:
    stream, start = make_stream(), trio.current_time()
    for _ in range(MESSAGES_PER_SECOND):
        assert await stream._is_in_time(FRAME)
    assert await stream._is_in_time(PART)
    assert trio.current_time() - start < 0.001
    for _ in range(300):
        assert await stream._is_in_time(FRAME)
    assert 2.99 < trio.current_time() - start < 3.01


async def test_who_never_ceases_is_found_though_no_wait_ends_on_time(
    autojump_clock: MockClock,
) -> None:
    stream, taken = make_stream(), 0
    while await stream._is_in_time(FRAME):
        taken += 1
        if taken % 5 == 0:
            autojump_clock.jump(0.03)  # a busy machine
        assert taken < 3 * MAX_DELAYED
    assert taken > MAX_DELAYED


async def test_who_ceases_for_a_while_may_begin_anew(autojump_clock: MockClock) -> None:
    stream = make_stream()
    for _ in range(4):
        for _ in range(MESSAGES_PER_SECOND + MAX_DELAYED // 2):
            assert await stream._is_in_time(FRAME)
        await trio.sleep(1.1)
