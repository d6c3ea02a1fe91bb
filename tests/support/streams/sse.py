"""Reads server-sent events as a browser does (WHATWG HTML, section 9.2.6)."""

from __future__ import annotations

from collections import deque
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

import attrs
import h11
import msgspec
import trio

SECONDS = 20


@attrs.frozen
class Event:
    """One event; `id` is None when it brought none."""

    id: str | None
    data: Any


def parse(text: str) -> tuple[list[Event], list[int], list[str]]:
    """Take whole blocks apart: the events, the `retry` hints and the comments in them."""
    events, retry, comments = [], [], []
    for block in text.split("\n\n"):
        fields = dict(line.split(": ", 1) for line in block.split("\n") if line)
        if "data" in fields:
            events.append(Event(fields.get("id"), msgspec.json.decode(fields["data"])))
        retry += [int(fields["retry"])] if "retry" in fields else []
        comments += [fields[""]] if "" in fields else []
    return events, retry, comments


@attrs.define(eq=False)
class EventSource:
    """An open stream. `writes` counts the chunks of its body, `retry` holds its hints."""

    tcp: trio.SocketStream
    http: h11.Connection = attrs.field(factory=lambda: h11.Connection(h11.CLIENT))
    headers: dict[str, str] = attrs.field(factory=dict)
    status: int = 0
    events: deque[Event] = attrs.field(factory=deque)
    retry: list[int] = attrs.field(factory=list)
    comments: list[str] = attrs.field(factory=list)
    writes: int = 0
    _text: str = ""

    async def read(self) -> Event | None:
        """Wait for the next event; None when the stream has ended."""
        with trio.fail_after(SECONDS):
            while not self.events:
                if not await self._receive():
                    return None
            return self.events.popleft()

    async def ask(self, target: str, headers: Mapping[str, str]) -> None:
        """Send the request, and read the head of the answer."""
        request = h11.Request(
            method="GET", target=target, headers=[("Host", "test"), *headers.items()]
        )
        data = self.http.send(request) + self.http.send(h11.EndOfMessage())
        await self.tcp.send_all(data)
        with trio.fail_after(SECONDS):
            while not self.status:
                await self._receive()

    async def _receive(self) -> bool:
        match self.http.next_event():
            case h11.NEED_DATA:
                self.http.receive_data(await self.tcp.receive_some())
            case h11.Response() as response:
                self.status = response.status_code
                self.headers = {name.decode(): value.decode() for name, value in response.headers}
            case h11.Data() as part:
                self._take(bytes(part.data).decode())
                self.writes += part.chunk_end
            case h11.EndOfMessage() | h11.ConnectionClosed():
                return False
        return True

    def _take(self, text: str) -> None:
        whole, end, self._text = (self._text + text).rpartition("\n\n")
        events, retry, comments = parse(whole + end)
        self.events += events
        self.retry += retry
        self.comments += comments


@asynccontextmanager
async def open_sse(
    port: int,
    token: str | None,
    query: str = "",
    *,
    path: str = "/api/v1/customer/telemetry/stream/sse",
    **headers: str,
) -> AsyncIterator[EventSource]:
    """Open a stream on a router of this machine; leaving the block closes its socket."""
    if token is not None:
        headers["Authorization"] = f"Bearer {token}"
    async with await trio.open_tcp_stream("127.0.0.1", port) as tcp:
        source = EventSource(tcp)
        await source.ask(f"{path}?{query}", headers)
        yield source
