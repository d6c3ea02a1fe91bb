"""A process that answers webhooks; written for speed, it must not be what is measured.

`/plain` answers at once (503 while it is dead), `/later` after 0.3 s, `/hang` never. Questions come
by lines on standard input. With a file of a key and its certificate it speaks TLS.
"""

from __future__ import annotations

import re
import select
import socket
import ssl
import sys
import time
from collections import deque

DEAD = b"HTTP/1.1 503 Unavailable\r\nContent-Length: 0\r\n\r\n"
ANSWER = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)
SENT_AT = re.compile(rb'"sent_at":(\d+\.\d+)')
EVENT = b'"specversion"'
READ_BYTES = 262_144
LATER_SECONDS = 0.3


class Tally:
    """What has arrived at `/plain`."""

    def __init__(self) -> None:
        self.count = 0
        self.requests = 0
        self.latencies: list[float] = []
        self.hanging = 0
        self.most_hanging = 0
        self.is_dead = False
        self.open = 0
        self.most_open = 0
        self.later: deque[tuple[float, Connection]] = deque()

    def answer_late_ones(self) -> float | None:
        """Answer those whose time has come; tell after how many seconds the next one's does."""
        while self.later:
            at, connection = self.later[0]
            if (seconds := at - time.monotonic()) > 0:
                return seconds
            self.later.popleft()
            connection.answer_late()
        return None

    def answer(self, question: str, port: int) -> str:
        """Answer what is asked by a line."""
        told: object = ""
        match question:
            case "port":
                told = port
            case "count":
                told = self.count
            case "requests":
                told = self.requests
            case "latencies":
                told = " ".join(f"{value:.3f}" for value in self.latencies)
                self.latencies.clear()
            case "die" | "live" as state:
                self.is_dead = state == "die"
                self.most_open = self.open
            case "open":
                told = self.most_open
            case "hanging":
                told, self.most_hanging = self.most_hanging, self.hanging
        return str(told)


class Connection:
    """Answers requests, pipelined or not."""

    def __init__(self, tally: Tally, sock: socket.socket, room: memoryview) -> None:
        self.sock = sock
        self._room = room
        self._tally = tally
        self._is_shaken = not isinstance(sock, ssl.SSLSocket)
        self._buffer = b""
        self._hangs = False
        tally.open += 1
        tally.most_open = max(tally.most_open, tally.open)

    def read(self) -> bool:
        """Read what has come, and answer it; tell whether the client is still there."""
        try:
            if not self._is_shaken:
                assert isinstance(self.sock, ssl.SSLSocket)
                self.sock.do_handshake()
                self._is_shaken = True
            size = self.sock.recv_into(self._room)
        except (BlockingIOError, ssl.SSLWantReadError):
            return True
        except OSError:
            return False
        if not size:
            return False
        data = bytes(self._room[:size])
        self._buffer = self._take(self._buffer + data if self._buffer else data)
        return True

    def answer_late(self) -> None:
        """Answer a request that was to be answered later, if its client is still there."""
        if self.sock.fileno() >= 0:
            self.sock.send(ANSWER)

    def close(self) -> None:
        """Forget a client that has gone."""
        self._tally.hanging -= self._hangs
        self._tally.open -= 1
        self.sock.close()

    def _take(self, data: bytes) -> bytes:
        """Answer every whole request, and give what is left."""
        while (end := data.find(b"\r\n\r\n")) >= 0:
            length = LENGTH.search(data, 0, end)
            size = end + 4 + (int(length[1]) if length else 0)
            if len(data) < size:
                break
            if len(data) == size:
                self._answer(data, end)
                return b""
            self._answer(data[:size], end)
            data = data[size:]
        return data

    def _answer(self, request: bytes, end: int) -> None:
        tally = self._tally
        if request.find(b"/hang", 0, request.find(b"\r\n")) >= 0:
            self._hangs = True
            tally.hanging += 1
            tally.most_hanging = max(tally.most_hanging, tally.hanging)
            return
        if request.find(b"/later", 0, request.find(b"\r\n")) >= 0:
            tally.later.append((time.monotonic() + LATER_SECONDS, self))
            return
        if tally.is_dead:
            self.sock.send(DEAD)
            return
        tally.requests += 1
        tally.count += request.count(EVENT, end) or 1
        if request.find(b'"sent_at"', end) >= 0:
            now = time.time()
            sent = SENT_AT.findall(request, end)
            tally.latencies.extend((now - float(at)) * 1000 for at in sent)
        self.sock.send(ANSWER)


def main() -> None:
    """Serve until standard input ends: [KEY_AND_CERTIFICATE]."""
    context = None
    if len(sys.argv) > 1:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(sys.argv[1])
    listener = socket.create_server(("127.0.0.1", 0), backlog=1024)
    listener.setblocking(False)
    port, tally = listener.getsockname()[1], Tally()
    connections: dict[int, Connection] = {}
    room = memoryview(bytearray(READ_BYTES))  # to make room for each read costs more than the read
    waiting = select.epoll()
    waiting.register(listener.fileno(), select.EPOLLIN)
    waiting.register(sys.stdin.fileno(), select.EPOLLIN)
    print("ready", flush=True)
    while True:
        for fd, _ in waiting.poll(tally.answer_late_ones()):
            connection = connections.get(fd)
            if connection is not None:
                if not connection.read():
                    del connections[fd]
                    connection.close()  # which takes it out of the epoll
            elif fd == listener.fileno():
                sock, _ = listener.accept()
                sock.setblocking(False)
                sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                if context is not None:
                    sock = context.wrap_socket(
                        sock, server_side=True, do_handshake_on_connect=False
                    )
                connections[sock.fileno()] = Connection(tally, sock, room)
                waiting.register(sock.fileno(), select.EPOLLIN)
            else:
                question = sys.stdin.readline().strip()
                if not question:
                    return
                print(tally.answer(question, port), flush=True)


if __name__ == "__main__":
    main()
