"""A process that asks one path at a steady rate over a few kept connections.

Arguments: PORT PATH TOKEN RATE; begins when a line arrives on standard input, ends at the next, and
prints the milliseconds of each answer. A request's time counts from when it was due.
"""

from __future__ import annotations

import select
import socket
import sys
import threading
import time

CONNECTIONS = 4


class Line:
    """A connection that is made again when the server ends it, as it does after a while.

    Args:
        port: The server's.
        request: What is asked.
    """

    def __init__(self, port: int, request: bytes) -> None:
        self._port = port
        self._request = request
        self._connection: socket.socket | None = None

    def ask(self) -> None:
        """Send the request and read its answer to the end."""
        if self._connection is None:
            self._connection = socket.create_connection(("127.0.0.1", self._port))
            self._connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._connection.sendall(self._request)
        data = b""
        while b"\r\n\r\n" not in data:
            data += self._receive()
        head, _, body = data.partition(b"\r\n\r\n")
        if not head.startswith(b"HTTP/1.1 200 "):
            raise SystemExit(head.decode())
        headers = dict(line.lower().split(b": ", 1) for line in head.split(b"\r\n")[1:])
        missing = int(headers[b"content-length"]) - len(body)
        while missing > 0:
            missing -= len(self._receive())
        if headers.get(b"connection") == b"close":
            self._connection.close()
            self._connection = None

    def _receive(self) -> bytes:
        assert self._connection is not None
        data = self._connection.recv(65_536)
        if not data:
            raise SystemExit("the server has ended the connection in the middle of an answer")
        return data


def keep_asking(line: Line, interval: float, begin: float, stop: threading.Event) -> list[float]:
    """Ask at every interval from `begin` on; what is late is asked at once."""
    milliseconds, due = [], begin
    while not stop.wait(max(0.0, due - time.monotonic())):
        line.ask()
        milliseconds.append((time.monotonic() - due) * 1000)
        due += interval
    return milliseconds


def main() -> None:
    """Ask until told to stop."""
    port, path, token, rate = sys.argv[1:]
    request = f"GET {path} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {token}\r\n\r\n".encode()
    print("ready", flush=True)
    sys.stdin.readline()
    stop, found = threading.Event(), list[float]()
    interval, start = CONNECTIONS / float(rate), time.monotonic()

    def work(number: int) -> None:
        begin = start + number * interval / CONNECTIONS
        found.extend(keep_asking(Line(int(port), request), interval, begin, stop))

    threads = [threading.Thread(target=work, args=(number,)) for number in range(CONNECTIONS)]
    for thread in threads:
        thread.start()
    select.select([sys.stdin], [], [])
    stop.set()
    for thread in threads:
        thread.join()
    print(" ".join(f"{value:.3f}" for value in found), flush=True)


if __name__ == "__main__":
    main()
