"""One client's TCP connection: hypercorn's, with a writer that a client cannot hold up.

hypercorn waits for a client without a limit, in the middle of what it sends. Here what is not sent
yet is remembered, so that waiting can be given up at any point, and what follows still comes in
order. HTTP/1.1 only: HTTP/2 without TLS is nothing that browsers or proxies speak to a router.
"""

from __future__ import annotations

import contextlib
import math
import os
from collections.abc import Awaitable, Callable, Mapping
from http import HTTPStatus
from typing import Any, Final, TypeAlias, cast

import h11
import trio
from hypercorn.config import Config
from hypercorn.events import Closed, Event, RawData, Updated
from hypercorn.protocol.events import Request
from hypercorn.protocol.h11 import STREAM_ID, H11Protocol, H11WSConnection
from hypercorn.trio.task_group import TaskGroup
from hypercorn.trio.tcp_server import TCPServer
from hypercorn.trio.worker_context import WorkerContext
from hypercorn.typing import AppWrapper, ConnectionState, H11SendableEvent
from hypercorn.utils import parse_socket_addr

from pulse_router.api.server.bare_problems import bare_problem
from pulse_router.api.server.websocket import WebSocketStream, is_upgrade

SEND_FRAMES: Final = "send_frames"
"""Where the application finds the connection's `send_frames`, in the scope's state."""

RECEIVE_BYTES: Final = 64 * 1024
SEND_SECONDS: Final = 60.0
"""How long a client may take over what it is sent in one go, however little at a time."""

LINGER_SECONDS: Final = 2.0
"""For how long a client may still send when all is said: closing at once would break its reading of
what it was sent last."""

HELD_BYTES: Final = 64 * 1024
"""How much of an answer of known length is gathered before it is sent: most go in one write."""

_MALFORMED: Final = "The request is not valid HTTP/1.1."
_NOT_HTTP: Final[Mapping[HTTPStatus, str]] = {
    HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE: "The headers of the request are too large.",
    HTTPStatus.NOT_IMPLEMENTED: "The request has a Transfer-Encoding that is not known.",
}

SendFrames: TypeAlias = Callable[[bytes], Awaitable[None]]


class Connection(TCPServer):
    """Serves one client until one side closes.

    Args:
        app: The application.
        config: hypercorn's settings.
        context: What all connections share.
        stream: The client.
    """

    def __init__(
        self, app: AppWrapper, config: Config, context: WorkerContext, stream: trio.SocketStream
    ) -> None:
        state = {SEND_FRAMES: self.send_frames}
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
                            await trio.lowlevel.wait_writable(self._socket)
        except (OSError, trio.ClosedResourceError):
            await self._break_off()
        else:
            if patience.cancelled_caught:
                await self._break_off()

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
        with self._reading:
            try:
                while data := await self.stream.receive_some(RECEIVE_BYTES):
                    if not self._is_closed:
                        await self.protocol.handle(RawData(bytes(data)))
            except (trio.BrokenResourceError, trio.ClosedResourceError):
                pass
        self._is_closed = True
        await self.protocol.handle(Closed())

    def _wait_idly(self) -> None:
        """Wait for a request, but not for long, and not when there shall be no more."""
        self._is_idle = True
        if self.context.terminated.is_set():
            self._reading.cancel()
        else:
            self._reading.deadline = trio.current_time() + self.config.keep_alive_timeout

    async def _close(self) -> None:
        """Say that nothing more comes; the client's own end, or a short while, closes it."""
        self._is_closed = True
        self._reading.deadline = trio.current_time() + LINGER_SECONDS
        with contextlib.suppress(OSError, trio.BrokenResourceError, trio.ClosedResourceError):
            await self.stream.send_eof()


class Http(H11Protocol):
    """HTTP/1.1, with reason phrases, whole answers in one write, and WebSockets of our own."""

    def __init__(self, *arguments: Any) -> None:  # noqa: ANN401 - hypercorn's
        super().__init__(*arguments)
        self._held = bytearray()
        self._is_length_known = False

    async def _check_protocol(self, event: h11.Request) -> None:
        """Stay with HTTP/1.1: `h2c` is an offer that a server may leave."""

    async def _create_stream(self, request: h11.Request) -> None:
        if not is_upgrade(request):
            await super()._create_stream(request)
            return
        self.stream = WebSocketStream(
            self.app,
            self.config,
            self.context,
            self.task_group,
            self.ssl,
            self.client,
            self.server,
            self.stream_send,
            STREAM_ID,
        )
        self.connection = H11WSConnection(cast("h11.Connection", self.connection))
        await self.stream.handle(
            Request(
                stream_id=STREAM_ID,
                headers=list(request.headers),
                http_version=request.http_version.decode(),
                method=request.method.decode("ascii"),
                raw_path=request.target,
                state=self.connection_state,
            )
        )
        await self.context.mark_request()

    async def _send_error_response(self, status_code: int) -> None:
        """Say what is wrong with what is no HTTP, or asks for too much of it."""
        status = HTTPStatus(status_code)
        headers, body = bare_problem(status, _NOT_HTTP.get(status, _MALFORMED))
        dated = [*headers, *self.config.response_headers("h11")]
        await self._send_h11_event(h11.Response(status_code=status_code, headers=dated))
        await self._send_h11_event(h11.Data(data=body))
        await self._send_h11_event(h11.EndOfMessage())

    async def _send_h11_event(self, event: H11SendableEvent) -> None:
        """Send an event, what is of known length as a whole: its end follows at once."""
        try:
            self._held += self.connection.send(_with_reason(event)) or b""
        except h11.LocalProtocolError:
            if self.connection.their_state is not h11.ERROR:
                raise
            return
        if isinstance(event, h11.Response):
            self._is_length_known = any(name == b"content-length" for name, _ in event.headers)
        elif isinstance(event, h11.EndOfMessage):
            self._is_length_known = False
        if self._held and not (self._is_length_known and len(self._held) < HELD_BYTES):
            held, self._held = self._held, bytearray()
            await self.send(RawData(data=bytes(held)))


def _with_reason(event: H11SendableEvent) -> H11SendableEvent:
    if not isinstance(event, h11.Response | h11.InformationalResponse) or event.reason:
        return event
    return type(event)(
        headers=event.headers,
        status_code=event.status_code,
        reason=_reason(event.status_code),
        http_version=event.http_version,
        _parsed=True,
    )


def _reason(status_code: int) -> bytes:
    try:
        return HTTPStatus(status_code).phrase.encode()
    except ValueError:
        return b""
