"""`/customer/telemetry/stream`: live telemetry over a WebSocket (contract, section 6)."""

from __future__ import annotations

from typing import Final

import trio
from quart import websocket

from pulse_router.api.access.paths import Paths
from pulse_router.api.openapi.operations import Conversation, Operation
from pulse_router.api.server.frames import text_frame
from pulse_router.api.streams.actions import ActionRefused, act, connected
from pulse_router.api.streams.entrance import CLOSE_CODES, Entrance, Guest, Refused
from pulse_router.api.streams.live_socket import LiveSocket
from pulse_router.api.streams.messages import (
    SocketAction,
    SocketMessage,
    StreamDropped,
    StreamError,
)
from pulse_router.api.streams.query import AFTER, FILTERS, check_names, read_after, read_filter
from pulse_router.api.streams.session import Close, StreamSession
from pulse_router.streaming.broadcaster import Broadcaster
from pulse_router.streaming.encoding import EncodedEvent
from pulse_router.streaming.filters import StreamFilter
from pulse_router.streaming.outbox import Taken
from pulse_router.streaming.resume import Feed, Missed
from pulse_router.streaming.subscription import Subscription

PATH: Final = "/customer/telemetry/stream"

_ABOUT: Final = """\
Every message is a JSON object: the router's say by `type` what they are, a client's by `action`
what they ask for. What was missed since `after` comes first.

The token may also come as the subprotocols `bearer, <token>`. Every refusal is a close code, sent
after accepting.
"""
_STREAM: Final = Operation(
    id="stream_telemetry",
    tag="Live streams",
    summary="Live telemetry over a WebSocket",
    description=_ABOUT,
    parameters=[*FILTERS, AFTER],
    answers={101: None},
    conversation=Conversation(sent=SocketMessage, taken=SocketAction, close_codes=CLOSE_CODES),
)


class StreamV1:
    """Serves live clients, each with filters of its own.

    Args:
        broadcaster: The feed.
        missed: What a client that resumes has missed.
        entrance: Lets them in.
        stopping: Set when streams are to close.
        keepalive_seconds: After how much silence a client is pinged.
    """

    def __init__(
        self,
        broadcaster: Broadcaster,
        missed: Missed,
        entrance: Entrance,
        stopping: trio.Event,
        *,
        keepalive_seconds: float,
    ) -> None:
        self._broadcaster = broadcaster
        self._missed = missed
        self._entrance = entrance
        self._stopping = stopping
        self._keepalive_seconds = keepalive_seconds

    def register(self, paths: Paths) -> None:
        """Register the handler."""
        paths.websocket(PATH, self.stream, _STREAM)

    async def stream(self) -> None:
        """Serve one client."""
        await self._entrance.serve(self._serve)

    async def _serve(self, guest: Guest) -> Close:
        try:
            check_names(websocket.args)
            wanted = read_filter(websocket.args)
            after = read_after(websocket.args.get("after"))
        except ActionRefused as refused:
            problem = str(refused)
        else:
            return await self._stream(guest, wanted, after)
        await websocket.send(StreamError(problem).json())
        raise Refused(1008, problem)

    async def _stream(self, guest: Guest, wanted: StreamFilter, after: int | None) -> Close:
        with self._broadcaster.open_subscription(guest.tenant_id) as subscription:
            feed = Feed(subscription, self._missed, after)
            greeting = connected(guest.tenant_id, wanted)
            await self._broadcaster.set_filter(subscription, wanted, greeting)
            session = StreamSession(
                LiveSocket(websocket),
                subscription,
                feed,
                Filtering(self._broadcaster, subscription),
                stopping=self._stopping,
                expires_after_seconds=guest.expires_after_seconds,
                keepalive_seconds=self._keepalive_seconds,
            )
            return await session.run()


class Filtering:
    """The conversation of a client that changes its filters.

    Args:
        broadcaster: The feed.
        subscription: The client's place in it.
    """

    def __init__(self, broadcaster: Broadcaster, subscription: Subscription) -> None:
        self._broadcaster = broadcaster
        self._subscription = subscription

    async def answer(self, text: str | bytes) -> None:
        """Change the filters as the client's message says.

        Raises:
            ActionRefused: It makes no sense.
            Unavailable: The groups cannot be looked up now.
        """
        change = act(text, self._subscription.filter)
        await self._broadcaster.set_filter(self._subscription, change.wanted, change.answer)

    def frames(self, taken: Taken) -> bytes:
        """Frame all that was waiting, after how many events are missing before it."""
        framed = [
            text_frame(item) if isinstance(item, str) else item.frame or _frame_once(item)
            for item in taken.items
        ]
        if taken.dropped:
            framed.insert(0, text_frame(StreamDropped(taken.dropped).json()))
        return b"".join(framed)


def _frame_once(event: EncodedEvent) -> bytes:
    event.frame = text_frame(event.text)
    return event.frame
