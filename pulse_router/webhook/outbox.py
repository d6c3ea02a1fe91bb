"""Sends requests over several connections one right after the other.

A receiver that sleeps is woken by the first of them and finds the others when it looks again. Sent
one by one, as they are made, each would wake it, which costs us more than to make it does. It knows
nothing of what is sent.
"""

from __future__ import annotations

import socket
from typing import Final

import trio

from pulse_router.runtime.stride import Stride
from pulse_router.webhook.silence import broken_by

LARGEST_BYTES: Final = 16_384
"""What is larger is sent by itself: to copy it takes longer than to wake anybody."""
AT_ONCE: Final = 64
"""How many connections are asked at once whether they are silent."""


class Sending:
    """The request that one connection has in the outbox, or had; it is not encrypted.

    Args:
        sock: The connection, not blocking.

    Attributes:
        descriptor: The connection's number.
        unsent: What of the request is not sent yet.
        is_waiting: Whether nobody has tried to send it yet.
    """

    __slots__ = ("_socket", "descriptor", "is_waiting", "unsent")

    def __init__(self, sock: socket.socket) -> None:
        self._socket = sock
        self.descriptor = sock.fileno()
        self.unsent: bytes | memoryview = b""
        self.is_waiting = False

    def send(self) -> None:
        """Send as much as goes at once; who waits for the answer is told when some is left."""
        self.is_waiting = False
        try:
            sent = self._socket.send(self.unsent)
        except OSError:  # whoever sends the rest meets it again
            sent = 0
        self.unsent = self.unsent[sent:]
        if self.unsent:
            trio.lowlevel.notify_closing(self.descriptor)


class Outbox:
    """The requests that are about to be sent."""

    def __init__(self) -> None:
        self._waiting: dict[Sending, None] = {}
        self._filled = trio.lowlevel.ParkingLot()

    def put(self, sending: Sending, request: bytes) -> None:
        """Have a request sent in a moment, unless its connection turns out to be unfit then.

        Whoever puts it waits until the connection can be read from, and finds out then what has
        become of it. The other side may have spoken, or left, before it was asked: then nobody
        sends it.
        """
        sending.unsent, sending.is_waiting = request, True
        if not self._waiting:
            self._filled.unpark()
        self._waiting[sending] = None

    def take_back(self, sending: Sending) -> None:
        """Send no request by this connection, if it is not sent yet."""
        self._waiting.pop(sending, None)

    async def run(self) -> None:
        """Send what is put in, for ever."""
        stride = Stride()
        while True:
            if not self._waiting:
                await self._filled.park()
                stride.begin()
            self._send_some()
            await stride.step()

    def _send_some(self) -> None:
        some = list(self._waiting)[:AT_ONCE]
        broken = broken_by(sending.descriptor for sending in some)
        for sending in some:
            del self._waiting[sending]
            if sending.descriptor not in broken:
                sending.send()
