"""A WebSocket client without a library: it can break the protocol, stop reading, and vanish."""

from __future__ import annotations

import ctypes
import socket
import struct
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Any

import attrs
import msgspec
import trio

TEXT, CLOSE, PING, PONG = 0x81, 0x88, 0x89, 0x8A
_SO_ATTACH_FILTER = 26


def upgrade(path: str, **headers: str) -> bytes:
    """Write the request that opens a WebSocket."""
    more = "".join(f"{name.replace('_', '-')}: {value}\r\n" for name, value in headers.items())
    return (
        f"GET {path} HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n"
        f"{more}\r\n"
    ).encode()


def masked(payload: bytes, head: int = TEXT) -> bytes:
    """Write a short frame as a client does, with a mask of zeros."""
    return bytes((head, 0x80 | len(payload))) + bytes(4) + payload


def next_frame(data: bytes, at: int = 0) -> tuple[int, int] | None:
    """Give where the payload of the frame at `at` lies; None when it is not all there."""
    if len(data) < at + 2:
        return None
    length, start = data[at + 1], at + 2
    if length == 126:
        if len(data) < at + 4:
            return None
        length, start = int.from_bytes(data[at + 2 : at + 4], "big"), at + 4
    elif length == 127:
        if len(data) < at + 10:
            return None
        length, start = int.from_bytes(data[at + 2 : at + 10], "big"), at + 10
    return (start, start + length) if len(data) >= start + length else None


def vanish(connection: socket.socket | trio.socket.SocketType) -> None:
    """Let the kernel drop all that comes for a socket, as if the machine had lost its power."""
    refuse_all = ctypes.create_string_buffer(struct.pack("HBBI", 0x06, 0, 0, 0))
    program = struct.pack("HL", 1, ctypes.addressof(refuse_all))
    connection.setsockopt(socket.SOL_SOCKET, _SO_ATTACH_FILTER, program)


@attrs.define(eq=False)
class BareClient:
    """A client that does nothing by itself."""

    stream: trio.SocketStream
    answer: bytes = b""
    buffer: bytes = b""

    @property
    def socket(self) -> trio.socket.SocketType:
        return self.stream.socket

    async def send(self, data: bytes) -> None:
        """Send bytes as they are; a server that has closed does not matter."""
        with suppress(trio.BrokenResourceError):
            await self.stream.send_all(data)

    async def frame(self) -> tuple[int, bytes] | None:
        """Read the next frame; None when the connection has ended."""
        while (found := next_frame(self.buffer)) is None:
            try:
                data = bytes(await self.stream.receive_some())
            except trio.BrokenResourceError:
                return None
            if not data:
                return None
            self.buffer += data
        start, end = found
        head, payload = self.buffer[0], self.buffer[start:end]
        self.buffer = self.buffer[end:]
        return head, payload

    async def message(self) -> Any:
        """Read the next text."""
        frame = await self.frame()
        assert frame is not None
        assert frame[0] == TEXT, frame
        return msgspec.json.decode(frame[1])

    async def rest(self) -> list[tuple[int, bytes]]:
        """Read to the end."""
        frames = []
        while (frame := await self.frame()) is not None:
            frames.append(frame)
        return frames


def closing(frame: tuple[int, bytes]) -> tuple[int, str]:
    """Give the code and reason of a close frame."""
    head, payload = frame
    assert head == CLOSE, frame
    return int.from_bytes(payload[:2], "big"), payload[2:].decode()


async def connect(port: int, *, receive_buffer: int = 0) -> trio.SocketStream:
    """Connect to a server on this machine, with so much room for what is not read."""
    plain = socket.socket()
    if receive_buffer:
        plain.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
    plain.setblocking(False)
    stream = trio.SocketStream(trio.socket.from_stdlib_socket(plain))
    await stream.socket.connect(("127.0.0.1", port))
    return stream


@asynccontextmanager
async def open_bare(
    port: int, path: str, *, receive_buffer: int = 0, **headers: str
) -> AsyncIterator[BareClient]:
    """Open a WebSocket; `answer` is what the server said to it."""
    async with await connect(port, receive_buffer=receive_buffer) as stream:
        client = BareClient(stream)
        await client.send(upgrade(path, **headers))
        while b"\r\n\r\n" not in client.answer:
            data = bytes(await stream.receive_some())
            assert data, client.answer
            client.answer += data
        client.answer, _, client.buffer = client.answer.partition(b"\r\n\r\n")
        yield client
