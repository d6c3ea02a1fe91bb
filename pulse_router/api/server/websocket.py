"""hypercorn's WebSocket, with bounds on what a client may send, and without compression.

Compression would cost a third of a megabyte for each client, and a pass over every event for each
of them; without it an event is framed once for all.
"""

from __future__ import annotations

from typing import Any, Final

import h11
import trio
from hypercorn.protocol.events import StreamClosed
from hypercorn.protocol.ws_stream import ASGIWebsocketState, FrameTooLargeError, WSStream
from hypercorn.typing import ASGISendEvent, WebsocketAcceptEvent
from wsproto.events import CloseConnection, Message, Ping
from wsproto.frame_protocol import CloseReason

MESSAGES_PER_SECOND: Final = 100
"""How many frames a client may send, pings included: answering takes time that others need.

As many may come at once; what is more has to wait, as somebody may subscribe to many devices.
"""

MAX_DELAYED: Final = 1_000
"""How many frames may have to wait before the client has once been quiet for as long as they were
early: on a busy machine no wait ends on time, which is no merit of the client's."""

CLOSE_SECONDS: Final = 2.0
"""For how long a client may hold up its own close frame."""

_OPEN: Final = ASGIWebsocketState.CONNECTED


class WebSocketStream(WSStream):
    """One WebSocket, from its handshake to its close."""

    def __init__(self, *arguments: Any) -> None:  # noqa: ANN401 - hypercorn's
        super().__init__(*arguments)
        self._even_at = 0.0
        """When the client's frames so far are made up for, at the rate that is allowed."""
        self._delayed = 0

    @property
    def is_open(self) -> bool:
        """Whether it is accepted, and nobody has closed it."""
        return self.state is _OPEN

    async def app_send(self, message: ASGISendEvent | None) -> None:
        """Do what the application says; a client cannot hold up the end."""
        if message is None or message["type"] == "websocket.close":
            with trio.move_on_after(CLOSE_SECONDS) as patience:
                await super().app_send(message)
            if message is None and patience.cancelled_caught:
                await self.send(StreamClosed(stream_id=self.stream_id))
        else:
            await super().app_send(message)

    async def _accept(self, message: WebsocketAcceptEvent) -> None:
        self.handshake.extensions = None
        await super()._accept(message)

    async def _handle_events(self) -> None:
        for event in self.connection.events():
            if isinstance(event, CloseConnection):
                await self._answer_close(event)
            elif self.state is not _OPEN:
                continue  # it is being closed, and only its answer to that counts
            elif not await self._is_in_time(event):
                await self._end(CloseReason.POLICY_VIOLATION, "Too many messages")
            elif isinstance(event, Message):
                await self._take(event)
            elif isinstance(event, Ping):
                await self._send_wsproto_event(event.response())
            if self.closed:
                break

    async def _is_in_time(self, event: object) -> bool:
        """Wait until a frame may be answered; a client that never ceases is to be closed."""
        if isinstance(event, Message) and not event.frame_finished:
            return True  # a part of a frame; how long a message may be is bounded, too
        now = trio.current_time()
        if self._even_at <= now:
            self._even_at = now
            self._delayed = 0
        self._even_at += 1 / MESSAGES_PER_SECOND
        delay_seconds = self._even_at - now - 1.0
        if delay_seconds <= 0:
            return True
        self._delayed += 1
        if self._delayed > MAX_DELAYED:
            return False
        await trio.sleep(delay_seconds)
        return True

    async def _take(self, event: Message[Any]) -> None:
        try:
            self.buffer.extend(event)
        except FrameTooLargeError:
            limit = self.config.websocket_max_message_size
            await self._end(CloseReason.MESSAGE_TOO_BIG, f"At most {limit} bytes may be sent")
            return
        if event.message_finished:
            put, message = self.app_put, self.buffer.to_message()
            self.buffer.clear()
            if put is not None:
                await put(message)

    async def _answer_close(self, event: CloseConnection) -> None:
        """Close as the client does, or, when it has broken the protocol, with what is wrong."""
        if self.state is _OPEN:
            await self._end(event.code, event.reason)
        else:
            await self.send(StreamClosed(stream_id=self.stream_id))

    async def _end(self, code: int, reason: str | None) -> None:
        self.state = ASGIWebsocketState.CLOSED
        with trio.move_on_after(CLOSE_SECONDS):
            await self._send_wsproto_event(CloseConnection(code=code, reason=reason))
        await self.send(StreamClosed(stream_id=self.stream_id))


def is_upgrade(request: h11.Request) -> bool:
    """Tell whether a request asks for a WebSocket."""
    headers = dict(request.headers)
    options = headers.get(b"connection", b"").lower().split(b",")
    return (
        request.method == b"GET"
        and headers.get(b"upgrade", b"").strip().lower() == b"websocket"
        and b"upgrade" in map(bytes.strip, options)
    )
