"""A process that answers webhooks; written for speed, it must not be what is measured.

`/plain` answers at once (503 while it is dead), `/hang` never. Questions come by lines on standard
input.
"""

from __future__ import annotations

import asyncio
import re
import sys
import time

DEAD = b"HTTP/1.1 503 Unavailable\r\nContent-Length: 0\r\n\r\n"
ANSWER = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
LENGTH = re.compile(rb"content-length: *(\d+)", re.IGNORECASE)
SENT_AT = re.compile(rb'"sent_at":(\d+\.\d+)')
EVENT = b'"specversion"'


class Tally:
    """What has arrived at `/plain`."""

    def __init__(self) -> None:
        self.count = 0
        self.latencies: list[float] = []
        self.hanging = 0
        self.most_hanging = 0
        self.is_dead = False
        self.open = 0
        self.most_open = 0


class Connection(asyncio.Protocol):
    """Answers requests, pipelined or not."""

    def __init__(self, tally: Tally) -> None:
        self._tally = tally
        self._buffer = b""
        self._hangs = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Remember where answers go."""
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self._tally.open += 1
        self._tally.most_open = max(self._tally.most_open, self._tally.open)

    def connection_lost(self, _error: Exception | None) -> None:
        """Forget a client that gave up."""
        self._tally.hanging -= self._hangs
        self._tally.open -= 1

    def data_received(self, data: bytes) -> None:
        """Answer every complete request."""
        self._buffer += data
        while (end := self._buffer.find(b"\r\n\r\n")) >= 0:
            length = LENGTH.search(self._buffer, 0, end)
            size = end + 4 + (int(length[1]) if length else 0)
            if len(self._buffer) < size:
                return
            request, self._buffer = self._buffer[:size], self._buffer[size:]
            self._answer(request, end)

    def _answer(self, request: bytes, end: int) -> None:
        tally = self._tally
        if b"/hang" in request[: request.index(b"\r\n")]:
            self._hangs = True
            tally.hanging += 1
            tally.most_hanging = max(tally.most_hanging, tally.hanging)
            return
        if tally.is_dead:
            self._transport.write(DEAD)
            return
        now = time.time()
        tally.count += request.count(EVENT, end) or 1
        tally.latencies.extend((now - float(at)) * 1000 for at in SENT_AT.findall(request, end))
        self._transport.write(ANSWER)


async def main() -> None:
    """Serve until standard input ends."""
    loop = asyncio.get_running_loop()
    tally = Tally()
    server = await loop.create_server(lambda: Connection(tally), "127.0.0.1", 0, backlog=1024)
    print("ready", flush=True)
    while question := (await loop.run_in_executor(None, sys.stdin.readline)).strip():
        match question:
            case "port":
                print(server.sockets[0].getsockname()[1], flush=True)
            case "count":
                print(tally.count, flush=True)
            case "latencies":
                print(*(f"{value:.3f}" for value in tally.latencies), flush=True)
                tally.latencies.clear()
            case "die" | "live" as state:
                tally.is_dead = state == "die"
                tally.most_open = tally.open
                print(flush=True)
            case "open":
                print(tally.most_open, flush=True)
            case "hanging":
                print(tally.most_hanging, flush=True)
                tally.most_hanging = tally.hanging


if __name__ == "__main__":
    asyncio.run(main())
