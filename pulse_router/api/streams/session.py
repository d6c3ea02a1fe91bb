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

from pulse_router.api.streams.actions import ActionRefused
from pulse_router.api.streams.messages import StreamError, StreamPing
from pulse_router.domain.errors import Unavailable
from pulse_router.streaming.broadcaster import TooManyStreams
from pulse_router.streaming.outbox import Taken
from pulse_router.streaming.resume import Feed
from pulse_router.streaming.subscription import Subscription

MAX_UNREAD_ANSWERS: Final = 32
MAX_MALFORMED: Final = 20
"""How many messages in a row may make no sense."""

STUCK_SECONDS: Final = 30.0
"""How long a client may take over what was handed to it in one go."""


class Connection(Protocol):
    """A WebSocket that is accepted."""

    async def send_frames(self, frames: bytes) -> None:
        """Send frames as they are; what is cancelled is sent before what is sent next."""
        ...

    async def receive(self) -> str | bytes:
        """Wait for one message; cancelled when the client has gone."""
        ...


class Conversation(Protocol):
    """What a client may say, and how it is told of what comes."""

    async def answer(self, text: str | bytes) -> None:
        """Do what the client's message asks for, and put the answer into its outbox.

        Raises:
            ActionRefused: It makes no sense.
            Unavailable: It needs the database, which cannot be asked now.
            TooManyStreams: There is no place for what it asks for, and the stream has nothing else.
        """
        ...

    def frames(self, taken: Taken) -> bytes:
        """Frame all that was waiting for the client."""
        ...


@attrs.frozen
class Close:
    """How a stream ends: the code and reason of the closing handshake (RFC 6455, section 7.4)."""

    code: int
    reason: str


GOING_AWAY: Final = Close(1001, "The server is going away")
TOO_MANY_UNREAD: Final = Close(1008, "Too many answers are unread")
TOO_MANY_MALFORMED: Final = Close(1008, "Too many messages were not understood")
STUCK: Final = Close(1013, "The client reads too slowly; it may come again")
TRY_AGAIN: Final = Close(1013, "The database cannot be reached now; try again")
EXPIRED: Final = Close(4001, "Invalid or expired token")


class StreamSession:
    """Sends what the subscription gets, answers the client, and says how it ended.

    Args:
        connection: The client.
        subscription: The client's place in the feed.
        feed: All that it is to be sent.
        conversation: What it may say, and how it is told.
        stopping: Set when streams are to close.
        expires_after_seconds: When the client's token expires.
        keepalive_seconds: After how much silence it is pinged.
    """

    def __init__(
        self,
        connection: Connection,
        subscription: Subscription,
        feed: Feed,
        conversation: Conversation,
        *,
        stopping: trio.Event,
        expires_after_seconds: float,
        keepalive_seconds: float,
    ) -> None:
        self._connection = connection
        self._outbox = subscription.outbox
        self._feed = feed
        self._conversation = conversation
        self._stopping = stopping
        self._expires_at = trio.current_time() + expires_after_seconds
        self._keepalive_seconds = keepalive_seconds
        self._sent_at = trio.current_time()
        self._is_sending = False
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
        """Watch the clock: the token's end, silence, and a client that takes nothing."""
        while True:
            now = trio.current_time()
            if now >= self._expires_at:
                return EXPIRED
            due_at = self._sent_at + self._patience_seconds
            if now >= due_at:
                if self._is_sending:
                    return STUCK
                self._sent_at = now
                self._outbox.put_answer_nowait(StreamPing(datetime.now(UTC)).json())
                due_at = now + self._patience_seconds
            # It may begin to send in between.
            with trio.move_on_at(min(self._expires_at, due_at, now + STUCK_SECONDS)):
                await self._stopping.wait()
                return GOING_AWAY

    @property
    def _patience_seconds(self) -> float:
        return STUCK_SECONDS if self._is_sending else self._keepalive_seconds

    async def _read(self) -> Close:
        """Read all the time: a socket that only pushes never sees the client go."""
        malformed = 0
        while self._outbox.answers < MAX_UNREAD_ANSWERS:
            text = await self._connection.receive()
            problem = None
            try:
                await self._conversation.answer(text)
                malformed = 0
            except ActionRefused as refused:
                malformed += 1
                if malformed > MAX_MALFORMED:
                    return TOO_MANY_MALFORMED
                problem = str(refused)
            except TooManyStreams as full:
                return Close(4029, str(full))
            except Unavailable:
                problem = "the database cannot be asked now; try again"
            if problem is not None:
                self._outbox.put_answer_nowait(StreamError(problem).json())
        return TOO_MANY_UNREAD

    async def _write(self) -> Close:
        while True:
            try:
                taken = await self._feed.take()
            except Unavailable:
                return TRY_AGAIN
            self._sent_at = trio.current_time()
            self._is_sending = True
            await self._connection.send_frames(self._conversation.frames(taken))
            self._is_sending = False
