"""One client's TCP connection: hypercorn's, with a writer that a client cannot hold up.

hypercorn waits for a client without a limit, in the middle of what it sends. Here what is not sent
yet is remembered, so that waiting can be given up at any point, and what follows still comes in
order. HTTP/1.1 only: HTTP/2 without TLS is nothing that browsers or proxies speak to a router.
"""

from __future__ import annotations

import contextlib
import math
import os
from collections.abc import Awaitable, Callable
from typing import Final, TypeAlias, cast

import trio
from hypercorn.config import Config
from hypercorn.events import Closed, Event, RawData, Updated
from hypercorn.trio.task_group import TaskGroup
from hypercorn.trio.tcp_server import TCPServer
from hypercorn.trio.worker_context import WorkerContext
from hypercorn.typing import AppWrapper, ConnectionState
from hypercorn.utils import parse_socket_addr

from pulse_router.api.server.http import Http
from pulse_router.api.server.places import PLACE, Place
from pulse_router.api.server.unsent import Unsent
from pulse_router.api.server.websocket import WebSocketStream

SEND_FRAMES: Final = "send_frames"
"""Where the application finds the connection's `send_frames`, in the scope's state."""

RECEIVE_BYTES: Final = 64 * 1024
FIRST_BYTE_SECONDS: Final = 5.0
"""For how long a client may say nothing at all: it has a place that others may want."""

SEND_SECONDS: Final = 60.0
"""How long a client may take over what it is sent in one go, however little at a time."""

LINGER_SECONDS: Final = 2.0
"""For how long a client may still send when all is said: closing at once would break its reading of
what it was sent last."""

SendFrames: TypeAlias = Callable[[bytes], Awaitable[None]]


class Connection(TCPServer):
    """Serves one client until one side closes.

    Args:
        app: The application.
        config: hypercorn's settings.
        context: What all connections share.
        stream: The client.
        take_place: Takes the connection's place; it is given how to end the connection.
        unsent: Counts what clients have not taken yet.

    Raises:
        NoPlace: There is none.
    """

    def __init__(
        self,
        app: AppWrapper,
        config: Config,
        context: WorkerContext,
        stream: trio.SocketStream,
        take_place: Callable[[Callable[[], None]], Place],
        unsent: Unsent,
    ) -> None:
        self._cut = self.cut  # one object, that others know it by
        self._place = take_place(self._cut)
        self._counted = unsent
        state = {SEND_FRAMES: self.send_frames, PLACE: self._place}
        secured = cast("trio.SSLStream[trio.SocketStream]", stream)  # it never is
        super().__init__(app, config, context, state, secured)
        self._socket = stream.socket
        self._unsent = bytearray()
        self._is_closed = False
        self._is_idle = True
        self._reading = trio.CancelScope()

    async def run(self) -> None:
        """Serve the client; a connection that breaks ends it without an error."""
        try:
            client = parse_socket_addr(self._socket.family, self._socket.getpeername())
            server = parse_socket_addr(self._socket.family, self._socket.getsockname())
            async with TaskGroup() as self._task_group:
                self._http = Http(
                    self.app,
                    self.config,
                    self.context,
                    self._task_group,
                    ConnectionState(self.state),
                    False,
                    client,
                    server,
                    self.protocol_send,
                )
                self.protocol = self._http  # type: ignore[assignment]  # hypercorn's may be HTTP/2
                self._wait_idly()
                await self._read_data()
        except OSError:
            pass
        finally:
            self._place.leave()
            self._counted.release(self._cut)
            await trio.aclose_forcefully(self.stream)

    def stop(self) -> None:
        """Take no further request; what is under way goes on."""
        if self._is_idle:
            self._reading.cancel()

    def cut(self) -> None:
        """End the connection at once, whatever is under way."""
        self._is_closed = True
        self._socket.close()

    async def protocol_send(self, event: Event) -> None:
        """Do what the protocol says; cancelled, it leaves what is unsent to the next one."""
        if isinstance(event, RawData):
            if not self._is_closed:
                self._unsent += event.data
                await self._flush()
        elif isinstance(event, Closed):
            await self._close()
            await self.protocol.handle(Closed())
        elif isinstance(event, Updated) and not self._is_closed:
            if event.idle:
                self._wait_idly()
            else:
                self._is_idle = False
                self._place.ask()
                self._reading.deadline = math.inf

    async def send_frames(self, frames: bytes) -> None:
        """Send WebSocket frames as they are, in one write where the client has room for it.

        It waits only for a client that has none. Nothing is sent after the close frame.
        """
        stream = self._http.stream
        if self._is_closed or not isinstance(stream, WebSocketStream) or not stream.is_open:
            return
        if not self._unsent and not self.send_lock.locked():
            try:
                sent = self._write(frames)
            except OSError:
                await self._break_off()
                return
            if sent == len(frames):
                return
            frames = frames[sent:]
        self._unsent += frames
        await self._flush()

    async def _flush(self) -> None:
        """Send all that is unsent; whoever waits beside finds nothing left to do."""
        try:
            with trio.move_on_after(SEND_SECONDS) as patience:
                async with self.send_lock:
                    while self._unsent:
                        del self._unsent[: self._write(self._unsent)]
                        if self._unsent:
                            await self._wait_for_client()
        except (OSError, trio.ClosedResourceError):
            await self._break_off()
        else:
            if patience.cancelled_caught:
                await self._break_off()
        finally:
            if not self._unsent:
                self._counted.release(self._cut)

    async def _wait_for_client(self) -> None:
        """Wait until the client has room for more; it may be the one to make room for others."""
        self._counted.hold(self._cut, len(self._unsent), self._place.owner)
        if self._socket.fileno() < 0:
            raise trio.ClosedResourceError
        await trio.lowlevel.wait_writable(self._socket)

    async def _break_off(self) -> None:
        self._unsent.clear()
        self.cut()
        await self.protocol.handle(Closed())

    def _write(self, data: bytes | bytearray) -> int:
        try:
            return os.write(self._socket.fileno(), data)
        except BlockingIOError:
            return 0

    async def _read_data(self) -> None:
        first_request_by, is_silent = self._reading.deadline, True
        first_byte_by = trio.current_time() + FIRST_BYTE_SECONDS
        self._reading.deadline = min(first_request_by, first_byte_by)
        with self._reading:
            try:
                while data := await self.stream.receive_some(RECEIVE_BYTES):
                    if is_silent:
                        self._reading.deadline, is_silent = first_request_by, False
                    if not self._is_closed:
                        await self.protocol.handle(RawData(bytes(data)))
            except (trio.BrokenResourceError, trio.ClosedResourceError):
                pass
        self._is_closed = True
        await self.protocol.handle(Closed())

    def _wait_idly(self) -> None:
        """Wait for a request, but not for long, and not when there shall be no more."""
        self._is_idle = True
        self._place.wait()
        if self.context.terminated.is_set():
            self._reading.cancel()
        else:
            self._reading.deadline = trio.current_time() + self.config.keep_alive_timeout

    async def _close(self) -> None:
        """Say that nothing more comes; the client's own end, or a short while, closes it."""
        self._is_closed = True
        self._place.wait()
        self._reading.deadline = trio.current_time() + LINGER_SECONDS
        with contextlib.suppress(OSError, trio.BrokenResourceError, trio.ClosedResourceError):
            await self.stream.send_eof()
