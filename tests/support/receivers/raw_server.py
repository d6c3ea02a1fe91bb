"""A server that acts by scripts, over bare sockets, in a process of its own.

`/honest` gets its own id; everything else the script of its number. It listens on as many ports as
it is told, half of them encrypted, and says on its output which; later, what a test has to know.
"""

from __future__ import annotations

import contextlib
import fcntl
import socket
import ssl
import struct
import sys
import termios
import threading
import time
from pathlib import Path
from typing import Final, Protocol

import attrs

from tests.support.receivers.scripts import End, Script, make_script

FLOOD_BYTES: Final = 50_000_000
_READ_BYTES: Final = 65_536
_PATIENCE_SECONDS: Final = 30


class Connection(Protocol):
    """A connection, encrypted or not."""

    @property
    def tcp(self) -> socket.socket:
        """What carries it."""
        ...

    def receive(self) -> bytes:
        """Read what is there; empty at its end."""
        ...

    def send(self, data: bytes) -> None:
        """Send it all."""
        ...


@attrs.frozen
class Plain:
    """A connection that is not encrypted."""

    tcp: socket.socket

    def receive(self) -> bytes:
        return self.tcp.recv(_READ_BYTES)

    def send(self, data: bytes) -> None:
        self.tcp.sendall(data)


class Encrypted:
    """One that is; its TCP connection is at hand, to say things beside the encryption."""

    def __init__(self, tcp: socket.socket, context: ssl.SSLContext) -> None:
        self.tcp = tcp
        self._incoming, self._outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        self._tls = context.wrap_bio(self._incoming, self._outgoing, server_side=True)
        while True:
            try:
                self._tls.do_handshake()
                break
            except ssl.SSLWantReadError:
                self._take_in()
        self.tcp.sendall(self._outgoing.read())

    def receive(self) -> bytes:
        while True:
            try:
                return self._tls.read(_READ_BYTES)
            except ssl.SSLWantReadError:
                self._take_in()
            except ssl.SSLError:  # its end, by the rules or not
                return b""

    def send(self, data: bytes) -> None:
        self._tls.write(data)
        self.tcp.sendall(self._outgoing.read())

    def _take_in(self) -> None:
        self.tcp.sendall(self._outgoing.read())
        if data := self.tcp.recv(_READ_BYTES):
            self._incoming.write(data)
        else:
            self._incoming.write_eof()


@attrs.define
class RawServer:
    """Acts by the scripts of a seed.

    Attributes:
        seed: Of which scripts are made.
        tls: How connections are encrypted.
        begun: The numbers to which something has been said.
    """

    seed: int
    tls: ssl.SSLContext
    begun: set[int] = attrs.field(factory=set)

    def listen(self, *, encrypted: bool) -> int:
        """Listen on another port."""
        listener = socket.create_server(("127.0.0.1", 0))
        threading.Thread(target=self._accept, args=(listener, encrypted), daemon=True).start()
        return int(listener.getsockname()[1])

    def _accept(self, listener: socket.socket, encrypted: bool) -> None:
        while True:
            tcp, _ = listener.accept()
            threading.Thread(target=self._serve, args=(tcp, encrypted), daemon=True).start()

    def _serve(self, tcp: socket.socket, encrypted: bool) -> None:
        tcp.settimeout(_PATIENCE_SECONDS)
        tcp.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        with tcp, contextlib.suppress(OSError):
            connection: Connection = Encrypted(tcp, self.tls) if encrypted else Plain(tcp)
            data = b""
            while (found := _read_request(connection, data)) is not None:
                path, number, data = found
                if path == "/honest":
                    said = b"honest %d" % number
                    head = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n"
                    connection.send(head % len(said) + said)
                elif not self._act(connection, number, encrypted):
                    return

    def _act(self, connection: Connection, number: int, encrypted: bool) -> bool:
        """Act by the script of a number; tells whether the connection goes on."""
        script = make_script(self.seed, number, encrypted=encrypted)
        if number in self.begun:
            _say(f"again {number}")
        if script.said:
            self.begun.add(number)
        try:
            _speak(connection, script)
        finally:
            if script.late:
                _say(f"late {number}")
        _end(connection, script.end)
        return script.end is End.KEEP


def _speak(connection: Connection, script: Script) -> None:
    for piece in script.pieces:
        connection.send(piece)
        if script.pause_seconds:
            time.sleep(script.pause_seconds)
    sent = 0
    while script.flood and sent < FLOOD_BYTES:
        connection.send(script.flood)
        sent += len(script.flood)
    if script.raw:
        connection.tcp.sendall(script.raw)
    if script.late:
        time.sleep(0.002)
        connection.send(script.late)


def _end(connection: Connection, end: End) -> None:
    tcp = connection.tcp
    match end:
        case End.RESET:
            _wait_until_heard(tcp)
            tcp.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        case End.HALF_CLOSE:
            tcp.shutdown(socket.SHUT_WR)
            _wait_for_the_other_end(tcp)
        case End.HANG:
            _wait_for_the_other_end(tcp)
        case _:
            pass


def _wait_until_heard(tcp: socket.socket) -> None:
    """Wait until the other side has what was sent: a reset takes back the rest."""
    deadline = time.monotonic() + _PATIENCE_SECONDS
    while time.monotonic() < deadline:
        if fcntl.ioctl(tcp, termios.TIOCOUTQ, bytes(4)) == bytes(4):
            return
        time.sleep(0.0005)


def _wait_for_the_other_end(tcp: socket.socket) -> None:
    while tcp.recv(_READ_BYTES):
        pass


def _read_request(connection: Connection, data: bytes) -> tuple[str, int, bytes] | None:
    """Read a request: its path, its number and what came behind it."""
    while b"\r\n\r\n" not in data:
        if not (more := connection.receive()):
            return None
        data += more
    head, _, rest = data.partition(b"\r\n\r\n")
    first, *lines = head.decode().split("\r\n")
    headers = {name.lower(): value for name, value in (line.split(": ", 1) for line in lines)}
    length = int(headers["content-length"])
    while len(rest) < length:
        if not (more := connection.receive()):
            return None
        rest += more
    return first.split(" ")[1], int(headers["webhook-id"]), rest[length:]


def _say(word: str) -> None:
    sys.stdout.write(f"{word}\n")
    sys.stdout.flush()


def main(seed: str, ports: str, chain: str) -> None:
    """Serve until the input ends."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(Path(chain))
    server = RawServer(int(seed), context)
    opened = [server.listen(encrypted=number % 2 == 1) for number in range(int(ports))]
    _say(" ".join(map(str, opened)))
    sys.stdin.read()


if __name__ == "__main__":
    main(*sys.argv[1:])
