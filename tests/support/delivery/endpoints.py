"""Webhook endpoints on real sockets that answer as a test wants, well or badly."""

from __future__ import annotations

import socket
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from functools import partial
from typing import TypeAlias

import attrs
import trio


@attrs.frozen
class Received:
    """A request, as an endpoint saw it."""

    method: str
    target: str
    headers: dict[str, str]
    body: bytes


@attrs.frozen
class Judged:
    """An answer that depends on the request, on a connection that stays open."""

    judge: Callable[[Received], Awaitable[bytes]]


Stream: TypeAlias = trio.abc.Stream
Answer: TypeAlias = bytes | Judged | Callable[[Stream, Received], Awaitable[None]]

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"


def answer(status: int, body: bytes = b"", **headers: str) -> bytes:
    """Make an answer; underscores in names of headers become dashes."""
    lines = [f"HTTP/1.1 {status} Status", f"Content-Length: {len(body)}"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    return "\r\n".join([*lines, "", ""]).encode() + body


@attrs.define(eq=False)
class Endpoint:
    """A server on one address; `answers` are used in turn, the last one for ever."""

    host: str
    port: int
    answers: list[Answer]
    requests: list[Received] = attrs.field(factory=list)
    connections: int = 0
    open_connections: int = 0
    closed: trio.Event = attrs.field(factory=trio.Event)
    """Set whenever a connection has been closed by the other side."""

    def url(self, path: str = "/hook", *, host: str | None = None, scheme: str = "http") -> str:
        shown = host or (f"[{self.host}]" if ":" in self.host else self.host)
        return f"{scheme}://{shown}:{self.port}{path}"

    async def serve(self, stream: Stream) -> None:
        self.connections += 1
        self.open_connections += 1
        try:
            while (request := await _read_request(stream)) is not None:
                self.requests.append(request)
                number = min(len(self.requests), len(self.answers)) - 1
                reply = self.answers[number]
                if isinstance(reply, bytes):
                    await stream.send_all(reply)
                elif isinstance(reply, Judged):
                    await stream.send_all(await reply.judge(request))
                else:
                    await reply(stream, request)
                    return
        except trio.BrokenResourceError:
            pass
        finally:
            self.open_connections -= 1
            self.closed.set()


@asynccontextmanager
async def open_endpoint(
    *answers: Answer,
    host: str = "127.0.0.1",
    port: int = 0,
    tls: ssl.SSLContext | None = None,
) -> AsyncIterator[Endpoint]:
    """Run an endpoint; without answers it says 200."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = trio.socket.socket(family, socket.SOCK_STREAM)
    await listener.bind((host, port))
    listener.listen(64)
    endpoint = Endpoint(host, listener.getsockname()[1], list(answers) or [OK])
    async with trio.open_nursery() as nursery:
        await nursery.start(
            partial(
                trio.serve_listeners,
                partial(_serve, endpoint, tls),
                [trio.SocketListener(listener)],
            )
        )
        yield endpoint
        nursery.cancel_scope.cancel()


async def _serve(endpoint: Endpoint, tls: ssl.SSLContext | None, tcp: trio.SocketStream) -> None:
    stream: Stream = tcp
    if tls is not None:
        stream = trio.SSLStream(tcp, tls, server_side=True, https_compatible=True)
    try:
        await endpoint.serve(stream)
    finally:
        await trio.aclose_forcefully(tcp)


async def _read_request(stream: Stream) -> Received | None:
    data = b""
    while b"\r\n\r\n" not in data:
        if not (chunk := await stream.receive_some()):
            return None
        data += chunk
    head, _, body = data.partition(b"\r\n\r\n")
    first, *lines = head.decode().split("\r\n")
    method, target, _ = first.split(" ")
    headers = {name.lower(): value for name, value in (line.split(": ", 1) for line in lines)}
    while len(body) < int(headers.get("content-length", "0")):
        if not (chunk := await stream.receive_some()):
            return None
        body += chunk
    return Received(method, target, headers, body)


@contextmanager
def taken_port(host: str = "127.0.0.1") -> Iterator[int]:
    """Keep a port where nobody listens, and nobody else can."""
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as taken:
        taken.bind((host, 0))
        yield int(taken.getsockname()[1])
