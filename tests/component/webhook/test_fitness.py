"""Whether a used connection is fit: by its age, idle time and silence, and what was announced."""

from __future__ import annotations

import socket
from collections.abc import Callable
from typing import Final

import trio
import trio.testing
from hypothesis import example, given, settings
from hypothesis import strategies as st

from pulse_router.webhook.answers import AnswerReader
from pulse_router.webhook.lines import GREATEST_AGE_SECONDS, IDLE_SECONDS, Line

REQUEST: Final = b"POST / HTTP/1.1\r\nContent-Length: 0\r\n\r\n"
MARGIN_SECONDS: Final = 1
ROUNDING_SECONDS: Final = 1e-9
"""By so much sums of seconds may differ, by the order in which they are made."""
WHAT_HAPPENS: Final[dict[str, Callable[[socket.socket], object]]] = {
    "nothing": lambda _: None,
    "closed": lambda server: server.close(),
    "half closed": lambda server: server.shutdown(socket.SHUT_WR),
    "deaf": lambda server: server.shutdown(socket.SHUT_RD),
    "a byte": lambda server: server.send(b"\n"),
    "another answer": lambda server: server.send(b"HTTP/1.1 200 OK\r\n\r\n"),
}


def answer(announced: int | None) -> bytes:
    more = b"" if announced is None else b"Keep-Alive: timeout=%d, max=100\r\n" % announced
    return b"HTTP/1.1 200 OK\r\n%bContent-Length: 2\r\n\r\nok" % more


@settings(max_examples=300)
@given(
    announced=st.none() | st.integers(0, 100),
    exchanges=st.integers(1, 30),
    pause_seconds=st.floats(0, 3),
    idle_seconds=st.floats(0, 6),
    happens=st.sampled_from(sorted(WHAT_HAPPENS)),
)
@example(None, 1, 0.0, IDLE_SECONDS, "nothing")
@example(None, 30, 2.0, 1.9, "nothing")
@example(5, 1, 0.0, 3.99, "nothing")
@example(2, 1, 0.0, 1.0, "nothing")
def test_a_connection_is_fit_while_it_is_young_and_silent_and_not_idle_for_too_long(
    announced: int | None,
    exchanges: int,
    pause_seconds: float,
    idle_seconds: float,
    happens: str,
) -> None:
    async def use() -> None:
        client, server = socket.socketpair()
        with client, server:
            client.setblocking(False)
            line, made_at = Line(client), trio.current_time()
            for number in range(exchanges):
                if number:
                    await trio.sleep(pause_seconds)
                server.send(answer(announced))
                await line.exchange(REQUEST, AnswerReader())
                assert line.is_reusable
                assert server.recv(1000) == REQUEST
            used_at = trio.current_time()
            await trio.sleep(idle_seconds)
            WHAT_HAPPENS[happens](server)
            now = trio.current_time()
            said = IDLE_SECONDS if announced is None else announced - MARGIN_SECONDS
            is_young = now - made_at < GREATEST_AGE_SECONDS
            is_fresh = now - used_at < min(IDLE_SECONDS, said)
            is_silent = happens in ("nothing", "deaf")
            assert line.is_fit(now) is (is_young and is_fresh and is_silent)
            if abs(line.idle_until - now) > ROUNDING_SECONDS:
                assert (line.idle_until > now) is (is_young and is_fresh)

    trio.run(use, clock=trio.testing.MockClock(autojump_threshold=0))
