"""Following live telemetry over lines that end early: real sockets, under a virtual clock."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from typing import Any

import attrs
import pytest
import trio
from trio.testing import MockClock
from trio_websocket import wrap_server_stream

from pulse_router.cli.live import (
    CONNECT_SECONDS,
    FIRST_WAIT_SECONDS,
    LiveFollower,
    StreamRefused,
)
from pulse_router.cli.options import Server

Behaviour = Callable[[trio.SocketStream], Awaitable[None]]


@pytest.fixture
def clock() -> MockClock:
    """Time that jumps only when the sockets, too, have been quiet for a while."""
    return MockClock(autojump_threshold=0.2)


async def stream_and_stop(stream: trio.SocketStream) -> None:
    """Be a router that is told to stop."""
    async with trio.open_nursery() as nursery:
        request = await wrap_server_stream(nursery, stream)
        async with await request.accept() as connection:
            await connection.send_message('{"type":"connected"}')


async def hang_up(stream: trio.SocketStream) -> None:
    """Close without a word, and without having read."""


async def read_and_hang_up(stream: trio.SocketStream) -> None:
    """Close without a word."""
    await stream.receive_some()


async def answer_in_part(stream: trio.SocketStream) -> None:
    """Close in the middle of an answer."""
    await stream.receive_some()
    await stream.send_all(b"HTTP/1.1 101 Switching Pro")


async def refuse_in_part(stream: trio.SocketStream) -> None:
    """Close in the middle of a refusal."""
    await stream.receive_some()
    await stream.send_all(b"HTTP/1.1 503 Service Unavailable\r\nContent-Length: 20\r\n\r\nThe")


async def speak_another_protocol(stream: trio.SocketStream) -> None:
    """Answer what is no HTTP, and stay."""
    await stream.receive_some()
    await stream.send_all(b"220 mail.example ESMTP\r\n\r\n")
    await trio.sleep_forever()


async def say_nothing(_stream: trio.SocketStream) -> None:
    """Accept and stay, like a process that is frozen."""
    await trio.sleep_forever()


BREAKING_OFF = [hang_up, read_and_hang_up, answer_in_part, refuse_in_part, speak_another_protocol]


@attrs.define
class Followed:
    """What a follower has met with.

    Attributes:
        connections: When it came, in Trio's time.
        troubles: What it has told, and when.
        refused: Why it has given up.
    """

    connections: list[float] = attrs.field(factory=list)
    troubles: list[tuple[float, str]] = attrs.field(factory=list)
    refused: str | None = None
    over: trio.Event = attrs.field(factory=trio.Event)

    def note_trouble(self, why: str, _seconds: float) -> None:
        self.troubles.append((trio.current_time() - self.connections[0], why))

    @property
    def seconds(self) -> list[float]:
        """When it came again, from its first connection on."""
        return [at - self.connections[0] for at in self.connections[1:]]


@asynccontextmanager
async def following(*behaviours: Behaviour) -> AsyncIterator[Followed]:
    """Follow a server that treats each connection in its own way; `over` when all were met."""
    followed = Followed()

    async def serve(stream: trio.SocketStream) -> None:
        followed.connections.append(trio.current_time())
        behaviour = behaviours[len(followed.connections) - 1]
        if len(followed.connections) == len(behaviours):
            followed.over.set()
        await behaviour(stream)

    async def ignore(_data: bytes, _message: Mapping[str, Any]) -> None:
        await trio.lowlevel.checkpoint()

    async with trio.open_nursery() as nursery:
        [listener] = await trio.open_tcp_listeners(0, host="127.0.0.1")
        url = f"http://127.0.0.1:{listener.socket.getsockname()[1]}"
        await nursery.start(trio.serve_listeners, serve, [listener])

        async def follow() -> None:
            server = Server(url=url, token="token")
            try:
                await LiveFollower(server, {}, None, ignore, followed.note_trouble).follow()
            except StreamRefused as error:
                followed.refused = str(error)
                followed.over.set()

        nursery.start_soon(follow)
        yield followed
        nursery.cancel_scope.cancel()


@pytest.mark.parametrize("breaks_off", BREAKING_OFF)
async def test_a_router_that_breaks_off_while_it_is_greeted_is_tried_again_promptly(
    clock: MockClock, breaks_off: Behaviour
) -> None:
    async with following(stream_and_stop, breaks_off, say_nothing) as followed:
        await followed.over.wait()
        second, third = followed.seconds
        assert second <= FIRST_WAIT_SECONDS
        assert third - second <= 2 * FIRST_WAIT_SECONDS
        [_stopped, (noticed_at, why)] = followed.troubles
        assert noticed_at == pytest.approx(second, abs=0.01)
        assert why.endswith("does not answer")


@pytest.mark.parametrize("breaks_off", BREAKING_OFF)
async def test_who_breaks_off_at_the_first_greeting_is_no_router_and_that_is_told_at_once(
    clock: MockClock, breaks_off: Behaviour
) -> None:
    async with following(breaks_off, say_nothing) as followed:
        began = trio.current_time()
        await followed.over.wait()
        assert followed.refused is not None
        assert followed.refused.endswith("does not answer as a router does; check --url")
        assert trio.current_time() - began < 0.01


async def test_a_router_that_says_nothing_is_given_time_to_answer(clock: MockClock) -> None:
    async with following(stream_and_stop, say_nothing, say_nothing) as followed:
        await followed.over.wait()
        second, third = followed.seconds
        assert CONNECT_SECONDS <= third - second <= CONNECT_SECONDS + 2 * FIRST_WAIT_SECONDS
