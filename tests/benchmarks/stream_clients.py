"""A process with live clients on bare sockets: good ones that measure, and bad ones that trouble.

Arguments: PORT PATH TOKEN KIND COUNT; the path may hold a query. Questions come by lines on
standard input. Written for speed, it must not be what is measured.
"""

from __future__ import annotations

import contextlib
import os
import re
import selectors
import socket
import struct
import sys
import time
from collections.abc import Sequence

import attrs

from tests.support.streams.bare_websocket import CLOSE, masked, next_frame, upgrade, vanish

SENT_AT = re.compile(rb'"sent_at":(\d+\.\d+)')
ACTION = b'{"action":"clear_filters"}'
OVERVIEW_PATH = "/api/v2/ws"
OVERVIEW = [
    b'{"action":"subscribe","type":"figures"}',
    b'{"action":"subscribe","type":"changes"}',
]
RETRY_SECONDS = 1.0


@attrs.define
class Tally:
    """What the clients of this process have seen."""

    latencies: list[float] = attrs.field(factory=list)
    dropped: int = 0
    ended: list[int] = attrs.field(factory=list)


@attrs.define(eq=False)
class Client:
    """One client that reads frames; a close frame and a cut are both an end."""

    socket: socket.socket
    tally: Tally
    buffer: bytes = b""
    latencies: list[float] = attrs.field(factory=list)
    ended: bool = False
    figures: int = 0

    def receive(self) -> None:
        """Read what has come."""
        try:
            chunk = self.socket.recv(262_144)
        except BlockingIOError:
            return
        except OSError:
            chunk = b""
        if not chunk:
            self._end(1006)
            return
        now = time.time()
        data, at = self.buffer + chunk, 0
        while (frame := next_frame(data, at)) is not None:
            start, end = frame
            self._take(data[at], data[start:end], now)
            at = end
        self.buffer = data[at:]

    def _take(self, head: int, payload: bytes, now: float) -> None:
        if sent := SENT_AT.search(payload):
            self.latencies.append((now - float(sent[1])) * 1000)
        elif payload.startswith(b'{"type":"dropped"'):
            self.tally.dropped += int(re.findall(rb"\d+", payload)[0])
        elif payload.startswith(b'{"type":"figures"'):
            self.figures += 1
        elif head == CLOSE:
            self._end(struct.unpack("!H", payload[:2])[0])

    def _end(self, code: int) -> None:
        if not self.ended:
            self.ended = True
            self.tally.ended.append(code)


def connect(port: int, path: str, token: str, *, receive_buffer: int = 0) -> socket.socket:
    """Open a WebSocket; returns when it is accepted."""
    connection = socket.socket()
    if receive_buffer:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
    connection.connect(("127.0.0.1", port))
    connection.sendall(upgrade(path, Authorization=f"Bearer {token}"))
    answer = b""
    while b"\r\n\r\n" not in answer:
        answer += connection.recv(1)
    if b" 101" not in answer.partition(b"\r\n")[0]:
        raise SystemExit(f"not accepted: {answer!r}")
    return connection


def read_well(port: int, path: str, token: str, count: int, wishes: Sequence[bytes] = ()) -> None:
    """Ask for something, read as fast as it comes, and answer questions."""
    tally = Tally()
    clients = [Client(connect(port, path, token), tally) for _ in range(count)]
    for client in clients:
        client.socket.sendall(b"".join(map(masked, wishes)))
    selector = selectors.DefaultSelector()
    for client in clients:
        client.socket.setblocking(False)
        selector.register(client.socket, selectors.EVENT_READ, client)
    selector.register(sys.stdin.fileno(), selectors.EVENT_READ)
    print("ready", flush=True)
    while True:
        for key, _ in selector.select():
            client = key.data
            if client is None:
                answer(os.read(sys.stdin.fileno(), 100), tally, clients)
                continue
            client.receive()
            if client.ended:
                selector.unregister(client.socket)


def answer(question: bytes, tally: Tally, clients: list[Client]) -> None:
    """Answer a question, and forget what was told."""
    match question.strip():
        case b"latencies":  # a line that holds those of every client
            print(*(f"{value:.3f}" for client in clients for value in client.latencies), flush=True)
            for client in clients:
                client.latencies.clear()
        case b"counts":  # how many events each client got since they were forgotten
            print(*(len(client.latencies) for client in clients), flush=True)
        case b"figures":  # how often they were told to each client
            print(*(client.figures for client in clients), flush=True)
        case b"dropped":
            print(tally.dropped, flush=True)
        case b"ended":  # their close codes; 1006 is a cut
            print(*tally.ended, flush=True)
        case _:
            raise SystemExit


def trouble(kind: str, port: int, path: str, token: str) -> None:
    """Be one bad client; one that is thrown out comes again after a while."""
    first = True
    while True:
        with contextlib.suppress(OSError), connect(port, path, token, receive_buffer=4096) as bad:
            if first:
                print("ready", flush=True)
                first = False
            match kind:
                case "never":
                    time.sleep(3600)
                case "trickle":
                    while bad.recv(1):
                        time.sleep(1)
                case "vanish":
                    vanish(bad)
                    time.sleep(3600)
                case "flood":
                    flood(bad)
        time.sleep(RETRY_SECONDS)


def flood(connection: socket.socket) -> None:
    """Send all that the line takes, and read what comes, until it ends."""
    connection.setblocking(False)
    burst = masked(ACTION) * 100
    with selectors.DefaultSelector() as selector:
        selector.register(connection, selectors.EVENT_READ | selectors.EVENT_WRITE)
        while True:
            [(_, ready)] = selector.select()
            with contextlib.suppress(BlockingIOError):
                if ready & selectors.EVENT_READ and not connection.recv(65_536):
                    return
                if ready & selectors.EVENT_WRITE:
                    connection.send(burst)


def main() -> None:
    """Connect, say `ready`, and go on until told to end."""
    port, path, token, kind, count = sys.argv[1:]
    if kind == "good":
        read_well(int(port), path, token, int(count))
    elif kind == "overview":
        read_well(int(port), OVERVIEW_PATH, token, int(count), OVERVIEW)
    else:
        trouble(kind, int(port), path, token)


if __name__ == "__main__":
    main()
