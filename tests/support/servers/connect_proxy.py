"""An HTTP proxy that gives lines to servers (CONNECT), or says what a test wants."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager

import attrs
import trio

GIVEN = b"HTTP/1.1 200 Connection established\r\nVia: test\r\n\r\n"


@attrs.define(eq=False)
class ConnectProxy:
    """Connects to whatever it is asked for, by the names that it knows.

    Attributes:
        names: Where names lead; an address leads to itself.
        answer: What it says instead of connecting, or None where it connects.
        answers: The same, by what was asked for.
        asked: What was asked for, in order.
        headers: What was said beside it, the names in small letters.
        lines: How many were given.
    """

    port: int = 0
    names: Mapping[str, str] = attrs.field(factory=dict)
    answer: bytes | None = None
    answers: Mapping[str, bytes] = attrs.field(factory=dict)
    asked: list[str] = attrs.field(factory=list)
    headers: list[dict[str, str]] = attrs.field(factory=list)
    lines: int = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    async def serve(self, client: trio.SocketStream) -> None:
        head = b""
        while not head.endswith(b"\r\n\r\n"):
            if not (more := await client.receive_some()):
                return
            head += more
        first, *lines = head.decode().rstrip().split("\r\n")
        method, target, version = first.split(" ")
        assert (method, version) == ("CONNECT", "HTTP/1.1"), first
        self.asked.append(target)
        pairs = (line.split(": ", 1) for line in lines)
        self.headers.append({name.lower(): value for name, value in pairs})
        if (answer := self.answers.get(target, self.answer)) is not None:
            await client.send_all(answer)
            return
        host, _, port = target.rpartition(":")
        host = self.names.get(host, host).strip("[]")
        try:
            server = await trio.open_tcp_stream(host, int(port))
        except OSError:
            await client.send_all(b"HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\n\r\n")
            return
        self.lines += 1
        await client.send_all(GIVEN)
        await _join(client, server)


async def _join(client: trio.SocketStream, server: trio.SocketStream) -> None:
    async def forward(source: trio.SocketStream, target: trio.SocketStream) -> None:
        while data := await source.receive_some():
            await target.send_all(data)
        nursery.cancel_scope.cancel()

    async with server, trio.open_nursery() as nursery:
        nursery.start_soon(forward, client, server)
        nursery.start_soon(forward, server, client)


@asynccontextmanager
async def open_connect_proxy() -> AsyncIterator[ConnectProxy]:
    """Run one for a block; what is open at the end is cut."""
    proxy = ConnectProxy()

    async def handle(client: trio.SocketStream) -> None:
        try:
            await proxy.serve(client)
        except* (trio.BrokenResourceError, trio.ClosedResourceError):
            pass

    listeners = await trio.open_tcp_listeners(0, host="127.0.0.1")
    proxy.port = listeners[0].socket.getsockname()[1]
    async with trio.open_nursery() as nursery:
        await nursery.start(trio.serve_listeners, handle, listeners)
        yield proxy
        nursery.cancel_scope.cancel()
