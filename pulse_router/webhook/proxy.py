"""An HTTP proxy that leads out: it is asked for a line to a server (CONNECT, RFC 9110, 9.3.6).

What goes through the line it does not see, nor does this module.
"""

from __future__ import annotations

import base64
import re
import socket
from http import HTTPStatus
from typing import Final

import attrs
import trio

from pulse_router.webhook.connecting import CannotConnect
from pulse_router.webhook.tls import reason_of

MAX_HEAD_BYTES: Final = 16 * 1024
_READ_BYTES: Final = 4096
_STATUS_LINE: Final = re.compile(rb"HTTP/1\.\d[ \t]+(\d{3})(?:[ \t][^\n]*)?\r*\n")
_BEGINNING: Final = b"HTTP/"
_HEAD_END: Final = re.compile(rb"\n\r*\n")
_NOT_AUTHENTICATED: Final = frozenset({401, 407})  # the former says tinyproxy of a wrong password


class ProxyRefused(CannotConnect):
    """The proxy gives no line; the endpoint has not been heard.

    Args:
        status: What it has answered.
    """

    def __init__(self, status: int) -> None:
        try:
            phrase = f" {HTTPStatus(status).phrase}"
        except ValueError:
            phrase = ""
        remedy = "; delivery.proxy_credentials are missing or wrong"
        told = remedy if status in _NOT_AUTHENTICATED else ""
        super().__init__(f"the proxy answers {status}{phrase}{told}")
        self.status = status

    @property
    def is_about_the_address(self) -> bool:
        """Whether another address of the same host may be given."""
        return self.status >= 500


@attrs.frozen
class Proxy:
    """Where the proxy is, and what is told it.

    Attributes:
        credentials: `user:password`, where it wants to know who asks.
        resolves: Whether it is asked for names, which it resolves and judges by itself.
    """

    host: str
    port: int
    credentials: str | None = attrs.field(default=None, repr=False)
    resolves: bool = False

    async def ask_for_line(self, sock: socket.socket, host: str, port: int) -> None:
        """Have a connection to the proxy become one to a server.

        Args:
            sock: Connected to the proxy, and not blocking.
            host: The server's address, or its name.
            port: The server's.

        Raises:
            ProxyRefused: It says no.
            CannotConnect: It says nothing that can be understood.
        """
        try:
            await _send(sock, self._request(host, port))
            head = await _read_head(sock)
        except OSError as error:
            raise CannotConnect(f"the proxy: {reason_of(error)}") from None
        line = _STATUS_LINE.match(head)
        if line is None:
            raise CannotConnect("what answers as the proxy is none")
        status = int(line[1])
        if not 200 <= status < 300:
            raise ProxyRefused(status)
        if _HEAD_END.split(head, maxsplit=1)[1]:
            raise CannotConnect("the proxy says more than that there is a line")

    def _request(self, host: str, port: int) -> bytes:
        authority = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
        lines = [f"CONNECT {authority} HTTP/1.1", f"Host: {authority}"]
        if self.credentials is not None:
            encoded = base64.b64encode(self.credentials.encode()).decode()
            lines.append(f"Proxy-Authorization: Basic {encoded}")
        return "".join(f"{line}\r\n" for line in (*lines, "")).encode()


@attrs.define
class WayOut:
    """Which proxy connections to come go through; None where they go straight."""

    proxy: Proxy | None = None


async def _send(sock: socket.socket, request: bytes) -> None:
    rest = memoryview(request)
    while rest:
        try:
            rest = rest[sock.send(rest) :]
        except BlockingIOError:
            await trio.lowlevel.wait_writable(sock)


async def _read_head(sock: socket.socket) -> bytes:
    """Read until the head's end, or until it can be none."""
    head = b""
    while _HEAD_END.search(head) is None:
        try:
            data = sock.recv(_READ_BYTES)
        except BlockingIOError:
            await trio.lowlevel.wait_readable(sock)
            continue
        if not data:
            raise CannotConnect("the proxy closed the connection without an answer")
        head += data
        if not head.startswith(_BEGINNING[: len(head)]):
            return head
        if len(head) > MAX_HEAD_BYTES:
            raise CannotConnect(f"the proxy's answer is longer than {MAX_HEAD_BYTES} bytes")
    return head
