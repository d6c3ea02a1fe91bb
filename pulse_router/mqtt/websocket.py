"""MQTT's bytes in the messages of a WebSocket (MQTT 5.0, section 6). Knows no packets.

On wsproto, as trio-websocket is, but without a task of its own: pressure must travel through.
"""

from __future__ import annotations

from typing import Final

import trio
from wsproto import ConnectionType, WSConnection
from wsproto.events import (
    AcceptConnection,
    BytesMessage,
    CloseConnection,
    Ping,
    Pong,
    RejectConnection,
    RejectData,
    Request,
    TextMessage,
)
from wsproto.events import Event as WebSocketEvent
from wsproto.utilities import ProtocolError

from pulse_router.domain.errors import Unavailable

SUBPROTOCOL: Final = "mqtt"
_READ_BYTES: Final = 65_536


class WebSocketStream(trio.abc.Stream):
    """A byte stream inside a WebSocket; cut it off with `trio.aclose_forcefully`.

    Args:
        stream: What carries it; owned from here on.
    """

    def __init__(self, stream: trio.abc.Stream) -> None:
        self._stream = stream
        self._websocket = WSConnection(ConnectionType.CLIENT)
        self._sending = trio.Lock()
        self._half_sent = False

    async def shake_hands(self, *, host: str, path: str) -> None:
        """Turn the HTTP connection into a WebSocket.

        Raises:
            Unavailable: The server refuses.
            trio.BrokenResourceError: The connection is lost.
        """
        await self._send(Request(host=host, target=path, subprotocols=[SUBPROTOCOL]))
        while True:
            for event in await self._next_events():
                if isinstance(event, RejectConnection):
                    raise Unavailable(
                        f"what answers there refuses a WebSocket at {path} (HTTP status "
                        f"{event.status_code}); check mqtt.port and mqtt.websocket_path"
                    )
                if isinstance(event, CloseConnection):
                    raise trio.BrokenResourceError("the broker has closed the connection")
                if isinstance(event, AcceptConnection):
                    if event.subprotocol != SUBPROTOCOL:
                        raise Unavailable(
                            "what answers there does not speak MQTT over its WebSocket; "
                            "check mqtt.port and mqtt.websocket_path"
                        )
                    return

    async def send_all(self, data: bytes | bytearray | memoryview) -> None:
        """Send bytes as one binary message."""
        await self._send(BytesMessage(data=bytes(data)))

    async def wait_send_all_might_not_block(self) -> None:
        """See `trio.abc.SendStream`."""
        await self._stream.wait_send_all_might_not_block()

    async def receive_some(self, max_bytes: int | None = None) -> bytes:
        """Receive the bytes of every message that one read brings; `max_bytes` bounds the read.

        Raises:
            trio.BrokenResourceError: The connection is lost, or not a WebSocket.
        """
        while True:
            pieces: list[bytes] = []
            for event in await self._next_events(max_bytes or _READ_BYTES):
                match event:
                    case BytesMessage():
                        pieces.append(bytes(event.data))
                    case Ping():
                        await self._send(event.response())
                    case CloseConnection():
                        return b"".join(pieces)
                    case Pong():
                        pass
                    case TextMessage() | _:
                        raise trio.BrokenResourceError(
                            "the broker sent a WebSocket message of text"
                        )
            if pieces:
                return b"".join(pieces)

    async def aclose(self) -> None:
        """Cut the connection: MQTT's own DISCONNECT is the farewell."""
        await trio.aclose_forcefully(self._stream)

    async def _next_events(self, max_bytes: int = _READ_BYTES) -> list[WebSocketEvent]:
        data = await self._stream.receive_some(max_bytes)
        if not data:
            return [CloseConnection(code=1006)]
        try:
            self._websocket.receive_data(bytes(data))
            return [event for event in self._websocket.events() if type(event) is not RejectData]
        except ProtocolError as error:
            raise trio.BrokenResourceError(
                "what answers there does not speak WebSocket; check mqtt.port and mqtt.transport"
            ) from error

    async def _send(self, event: WebSocketEvent) -> None:
        async with self._sending:
            if self._half_sent:
                raise trio.BrokenResourceError("a message was cut off")
            self._half_sent = True
            await self._stream.send_all(self._websocket.send(event))
            self._half_sent = False
