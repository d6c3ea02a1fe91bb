"""The byte stream inside a WebSocket: frames cut anywhere, pings, refusals, the end."""

from __future__ import annotations

import pytest
import trio
import trio.testing
from hypothesis import given
from hypothesis import strategies as st
from trio.testing import MockClock
from wsproto import ConnectionType, WSConnection
from wsproto.events import (
    AcceptConnection,
    BytesMessage,
    CloseConnection,
    Event,
    Ping,
    Pong,
    RejectConnection,
    Request,
    TextMessage,
)

from pulse_router.domain.errors import Unavailable
from pulse_router.mqtt.websocket import WebSocketStream


class Server:
    """The server's end, which answers the handshake with what it is told."""

    def __init__(self, stream: trio.abc.Stream, answer: Event) -> None:
        self.stream = stream
        self.answer = answer
        self.websocket = WSConnection(ConnectionType.SERVER)

    async def shake_hands(self) -> None:
        [request] = await self.receive()
        assert isinstance(request, Request)
        assert request.target == "/mqtt"
        assert request.subprotocols == ["mqtt"]
        await self.send(self.answer)

    async def send(self, *events: Event) -> None:
        await self.stream.send_all(b"".join(self.websocket.send(event) for event in events))

    async def receive(self) -> list[Event]:
        self.websocket.receive_data(bytes(await self.stream.receive_some()))
        return list(self.websocket.events())


async def connected(answer: Event | None = None) -> tuple[WebSocketStream, Server]:
    ours, theirs = trio.testing.memory_stream_pair()
    client = WebSocketStream(ours)
    server = Server(theirs, answer or AcceptConnection(subprotocol="mqtt"))
    async with trio.open_nursery() as nursery:
        nursery.start_soon(server.shake_hands)
        await client.shake_hands(host="broker:8080", path="/mqtt")
    return client, server


async def test_bytes_go_both_ways_in_binary_messages() -> None:
    client, server = await connected()
    await client.send_all(b"to the broker")
    assert await server.receive() == [BytesMessage(data=bytearray(b"to the broker"))]
    await server.send(BytesMessage(data=b"one"), BytesMessage(data=b"two"))
    assert await client.receive_some() == b"onetwo"


async def test_a_ping_is_answered_and_pongs_are_passed_over() -> None:
    client, server = await connected()
    await server.send(Ping(payload=b"?"), Pong(payload=b"!"))
    await server.send(BytesMessage(data=b"data"))
    assert await client.receive_some() == b"data"
    assert await server.receive() == [Pong(payload=b"?")]


async def test_a_close_is_the_end_of_the_stream() -> None:
    client, server = await connected()
    await server.send(BytesMessage(data=b"last"), CloseConnection(code=1001))
    assert await client.receive_some() == b"last"


@pytest.mark.parametrize("end", [CloseConnection(code=1000), None])
async def test_the_end_is_no_bytes(end: Event | None) -> None:
    client, server = await connected()
    if end is not None:
        await server.send(end)
    await server.stream.aclose()
    assert await client.receive_some() == b""


async def test_text_is_not_mqtt() -> None:
    client, server = await connected()
    await server.send(TextMessage(data="hello"))
    with pytest.raises(trio.BrokenResourceError, match="text"):
        await client.receive_some()


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (RejectConnection(status_code=404), r"HTTP status 404\); check mqtt.port"),
        (AcceptConnection(), "does not speak MQTT over its WebSocket"),
    ],
)
async def test_a_refusal_is_told_with_its_remedy(answer: Event, words: str) -> None:
    with pytest.RaisesGroup(pytest.RaisesExc(Unavailable, match=words)):
        await connected(answer)


async def test_a_message_that_was_cut_off_makes_the_stream_useless(
    autojump_clock: MockClock,
) -> None:
    ours, theirs = trio.testing.lockstep_stream_pair()
    client = WebSocketStream(ours)
    server = Server(theirs, AcceptConnection(subprotocol="mqtt"))
    async with trio.open_nursery() as nursery:
        nursery.start_soon(server.shake_hands)
        await client.shake_hands(host="broker:8080", path="/mqtt")
    with trio.move_on_after(1):
        await client.send_all(b"never taken")
    with pytest.raises(trio.BrokenResourceError):
        await client.send_all(b"next")


@given(st.lists(st.binary(max_size=40), max_size=6))
def test_whatever_answers_is_accepted_refused_or_broken_but_never_a_crash(
    pieces: list[bytes],
) -> None:
    async def play() -> None:
        ours, theirs = trio.testing.memory_stream_pair()
        client = WebSocketStream(ours)
        for piece in pieces:
            await theirs.send_all(piece)
        await theirs.send_eof()
        with pytest.raises((Unavailable, trio.BrokenResourceError)):
            await client.shake_hands(host="broker", path="/mqtt")

    trio.run(play)


@given(st.lists(st.binary(max_size=40), max_size=6), st.booleans())
def test_arbitrary_bytes_after_the_handshake_never_crash(pieces: list[bytes], ends: bool) -> None:
    async def play() -> None:
        client, server = await connected()
        for piece in pieces:
            await server.stream.send_all(piece)
        if ends:
            await server.stream.aclose()
        with trio.move_on_after(0.01):
            try:
                while await client.receive_some():
                    pass
            except trio.BrokenResourceError:
                return

    trio.run(play, clock=trio.testing.MockClock(autojump_threshold=0))
