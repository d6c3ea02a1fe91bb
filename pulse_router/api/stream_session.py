"""One live client over a WebSocket, from `connected` to its close code.

It knows nothing of HTTP: it gets something that sends and receives. Its tasks end with values,
never with exceptions that cross each other.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Final, Protocol

import attrs
import trio

from pulse_router.api.stream_actions import ActionRefused, Change, act, message
from pulse_router.domain.errors import Unavailable
from pulse_router.streaming.broadcaster import Broadcaster, Subscription
from pulse_router.streaming.resume import Feed

MAX_UNREAD_ANSWERS: Final = 32


class Connection(Protocol):
    """A WebSocket that is accepted."""

    async def send(self, data: str | bytes) -> None:
        """Send one message."""
        ...

    async def receive(self) -> str | bytes:
        """Wait for one message; cancelled when the client has gone."""
        ...


@attrs.frozen
class Close:
    """How a stream ends: the code and reason of the closing handshake (RFC 6455, section 7.4)."""

    code: int
    reason: str


GOING_AWAY: Final = Close(1001, "The server is going away")
TOO_MANY_UNREAD: Final = Close(1008, "Too many answers are unread")
TRY_AGAIN: Final = Close(1013, "The database cannot be reached now; try again")
EXPIRED: Final = Close(4001, "Invalid or expired token")


class StreamSession:
    """Sends what the subscription gets, answers the client, and says how it ended.

    Args:
        connection: The client.
        broadcaster: The feed.
        subscription: The client's place in it.
        feed: All that it is to be sent.
        stopping: Set when streams are to close.
        expires_after_seconds: When the client's token expires.
        keepalive_seconds: After how much silence it is pinged.
    """

    def __init__(
        self,
        connection: Connection,
        broadcaster: Broadcaster,
        subscription: Subscription,
        feed: Feed,
        *,
        stopping: trio.Event,
        expires_after_seconds: float,
        keepalive_seconds: float,
    ) -> None:
        self._connection = connection
        self._broadcaster = broadcaster
        self._subscription = subscription
        self._feed = feed
        self._stopping = stopping
        self._expires_after_seconds = expires_after_seconds
        self._keepalive_seconds = keepalive_seconds
        self._close: Close | None = None

    async def run(self) -> Close:
        """Serve the client until one side ends it; cancelled when the client has gone."""
        async with trio.open_nursery() as nursery:
            for part in (self._watch, self._read, self._write):
                nursery.start_soon(self._end_with, part, nursery.cancel_scope)
        assert self._close is not None  # noqa: S101 - each part ends with one
        return self._close

    async def _end_with(
        self, part: Callable[[], Awaitable[Close]], scope: trio.CancelScope
    ) -> None:
        close = await part()
        self._close = self._close or close
        scope.cancel()

    async def _watch(self) -> Close:
        with trio.move_on_after(self._expires_after_seconds):
            await self._stopping.wait()
            return GOING_AWAY
        return EXPIRED

    async def _read(self) -> Close:
        """Read all the time: a socket that only pushes never sees the client go."""
        outbox = self._subscription.outbox
        while outbox.answers < MAX_UNREAD_ANSWERS:
            text = await self._connection.receive()
            try:
                await self._apply(act(text, self._subscription.filter))
            except ActionRefused as refused:
                outbox.put_answer_nowait(message("error", message=str(refused)))
        return TOO_MANY_UNREAD

    async def _apply(self, change: Change) -> None:
        try:
            await self._broadcaster.set_filter(self._subscription, change.wanted, change.answer)
        except Unavailable:
            raise ActionRefused("the groups cannot be looked up now; try again") from None

    async def _write(self) -> Close:
        while True:
            taken = None
            with trio.move_on_after(self._keepalive_seconds):
                try:
                    taken = await self._feed.take()
                except Unavailable:
                    return TRY_AGAIN
            if taken is None:
                await self._connection.send(message("ping", ts=datetime.now(UTC)))
                continue
            if taken.dropped:
                await self._connection.send(message("dropped", count=taken.dropped))
            for item in taken.items:
                await self._connection.send(item if isinstance(item, str) else item.text)
