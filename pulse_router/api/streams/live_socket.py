"""The WebSocket that a handler has accepted, as a session needs it."""

from __future__ import annotations

from quart.wrappers import Websocket

from pulse_router.api.server.connection import SEND_FRAMES, SendFrames


class LiveSocket:
    """Receives as Quart does, and sends what is framed already straight to the connection.

    Args:
        accepted: The WebSocket.
    """

    def __init__(self, accepted: Websocket) -> None:
        self._accepted = accepted
        self._send_frames: SendFrames = accepted.scope["state"][SEND_FRAMES]

    async def receive(self) -> str | bytes:
        """Wait for one message; cancelled when the client has gone."""
        return await self._accepted.receive()

    async def send_frames(self, frames: bytes) -> None:
        """Send frames as they are; what is cancelled is sent before what is sent next."""
        await self._send_frames(frames)
