"""`/customer/telemetry/stream/sse`: live telemetry as server-sent events (contract, section 6).

The body joins all that waits into one write. It ends by itself when the token expires and when
the router stops; a client that has gone, or takes nothing, ends it by the connection's own error.
"""

from __future__ import annotations

import random
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from http import HTTPStatus
from types import TracebackType
from typing import Any, Final, Self

import attrs
import trio
from quart import Response, request
from quart.wrappers.response import ResponseBody
from quart_trio.wrappers import TrioResponse

from pulse_router.api.access.paths import Paths
from pulse_router.api.openapi.operations import Answer as Answered
from pulse_router.api.openapi.operations import Media, Operation
from pulse_router.api.openapi.parameters import header_parameter
from pulse_router.api.requests.problems import Problem, bad_parameter, limit_problem
from pulse_router.api.server.exchange import keep_to_the_end
from pulse_router.api.streams.actions import ActionRefused, connected
from pulse_router.api.streams.failures import StreamFailures
from pulse_router.api.streams.messages import ServerSentMessage, StreamDropped, StreamError
from pulse_router.api.streams.query import AFTER, FILTERS, read_after, read_filter
from pulse_router.api.streams.session import EXPIRED, TRY_AGAIN
from pulse_router.domain.budgets import LimitReached
from pulse_router.domain.errors import Unavailable
from pulse_router.streaming.broadcaster import Broadcaster, TooManyStreams
from pulse_router.streaming.encoding import EncodedEvent
from pulse_router.streaming.filters import StreamFilter
from pulse_router.streaming.outbox import Outbox, Taken
from pulse_router.streaming.resume import Feed, Missed
from pulse_router.streaming.subscription import Subscription

PATH: Final = "/customer/telemetry/stream/sse"
RETRY_MILLISECONDS: Final = 2_000
"""After how long a client tries again when its connection breaks."""

RETRY_AFTER_STOP_MILLISECONDS: Final = (3_000, 6_000)
"""The same when the router stops: it needs a moment, and not all at once."""

_LAST_EVENT_ID: Final = "Last-Event-ID"
_NOTHING: Final = ""
"""An answer that only wakes the writer."""

_STREAM: Final = Operation(
    id="stream_telemetry_sse",
    tag="Live streams",
    summary="Live telemetry as server-sent events",
    description=(
        "The data of each event is the same JSON that the WebSocket sends; its id is the event's."
    ),
    parameters=[
        *FILTERS,
        AFTER,
        header_parameter(_LAST_EVENT_ID, AFTER.kind, "The same; it goes before `after`."),
    ],
    answers={
        200: Answered(
            Media("text/event-stream", "Events without end.", event=ServerSentMessage),
            headers={"X-Accel-Buffering": "no, so that a proxy sends each event at once."},
        )
    },
    problems={429: "The tenant has as many live streams open as it may."},
)


@attrs.frozen(kw_only=True)
class Wish:
    """What a client has asked for.

    Attributes:
        wanted: Which events.
        after: The last event that it has seen; None when it wants only what is new.
        expires_after_seconds: When its token expires.
    """

    wanted: StreamFilter
    after: int | None
    expires_after_seconds: float


class StreamSse:
    """Serves live clients by server-sent events.

    Args:
        broadcaster: The feed.
        missed: What a client that resumes has missed.
        stopping: Set when streams are to close.
        keepalive_seconds: After how much silence a comment is sent.
    """

    def __init__(
        self,
        broadcaster: Broadcaster,
        missed: Missed,
        stopping: trio.Event,
        *,
        keepalive_seconds: float,
    ) -> None:
        self.broadcaster = broadcaster
        self.missed = missed
        self.stopping = stopping
        self.keepalive_seconds = keepalive_seconds
        self.failures = StreamFailures("server-sent events")

    def register(self, paths: Paths) -> None:
        """Register the handler."""
        paths.stream(PATH, self.stream, _STREAM)

    async def stream(self, tenant_id: str, expires_at: float) -> Response:
        """Begin a stream; what can be refused is refused before."""
        if self.stopping.is_set():
            raise Problem(
                HTTPStatus.SERVICE_UNAVAILABLE,
                "The router is stopping; try again.",
                headers={"Retry-After": "5"},
            )
        wish = Wish(
            wanted=_read_filter(),
            after=_read_after(),
            expires_after_seconds=max(0.0, expires_at - time.time()),
        )
        await trio.lowlevel.checkpoint()
        body: Any
        try:
            if request.method == "HEAD":
                self.broadcaster.check_place(tenant_id)
                body = b""
            else:
                # Quart need not come to the body: the client may go before.
                place = self.broadcaster.open_subscription(tenant_id)
                body = SseBody(self, wish, keep_to_the_end(place))
        except TooManyStreams as full:
            reached = LimitReached("streams", limit=full.limit, usage=full.usage)
            raise limit_problem(reached, detail=str(full)) from None
        response = TrioResponse(body, content_type="text/event-stream")
        response.headers["Cache-Control"] = "no-cache"
        response.headers["X-Accel-Buffering"] = "no"
        response.timeout = None
        return response


class SseBody(ResponseBody):
    """The events of one client.

    Args:
        stream: What it comes from.
        wish: What it shall be.
        subscription: The client's place in the feed, which it has longer than this.
    """

    def __init__(self, stream: StreamSse, wish: Wish, subscription: Subscription) -> None:
        self._stream = stream
        self._wish = wish
        self._subscription = subscription
        self._opened = self._open()
        self._feed: Feed | None = None
        self._begin = f"retry: {RETRY_MILLISECONDS}\n\n"
        self._end: str | None = None
        self._has_ended = False

    async def __aenter__(self) -> Self:
        """Begin."""
        try:
            self._feed = await self._opened.__aenter__()
        except Exception as error:  # noqa: BLE001 - whatever it is, it is this client's
            self._fail(error)
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """End."""
        if self._feed is not None:
            await self._opened.__aexit__(kind, error, trace)  # noqa: ASYNC102 - as it was entered

    def __aiter__(self) -> Self:
        """Give what comes, as it comes."""
        return self

    async def __anext__(self) -> bytes:
        """Wait for what comes next; it all goes in one write."""
        if self._has_ended:
            raise StopAsyncIteration
        text, self._begin = self._begin, ""
        try:
            taken = await self._take()
            text += "" if taken is None else _written(taken)
        except Exception as error:  # noqa: BLE001 - as above
            self._fail(error)
        if self._end is not None:
            self._has_ended = True
            text += self._end
        return (text or f": keepalive {datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}\n\n").encode()

    async def _take(self) -> Taken | None:
        if self._feed is None:
            await trio.lowlevel.checkpoint()
            return None
        with trio.move_on_after(self._stream.keepalive_seconds):
            return await self._feed.take()
        return None

    def _fail(self, error: Exception) -> None:
        """End with what the client is to know of it."""
        foreseen = isinstance(error, Unavailable)
        close = TRY_AGAIN if foreseen else self._stream.failures.note(error)
        self._end = _event(StreamError(close.reason).json())

    @asynccontextmanager
    async def _open(self) -> AsyncIterator[Feed]:
        subscription, wish = self._subscription, self._wish
        feed = Feed(subscription, self._stream.missed, wish.after)
        greeting = connected(subscription.tenant_id, wish.wanted)
        await self._stream.broadcaster.set_filter(subscription, wish.wanted, greeting)
        async with trio.open_nursery() as nursery:
            nursery.start_soon(self._watch, subscription.outbox)
            yield feed
            nursery.cancel_scope.cancel()

    async def _watch(self, outbox: Outbox) -> None:
        """End the stream when its token expires, or the router stops."""
        with trio.move_on_after(self._wish.expires_after_seconds):
            await self._stream.stopping.wait()
        if self._stream.stopping.is_set():
            milliseconds = random.randint(*RETRY_AFTER_STOP_MILLISECONDS)  # noqa: S311 - no secret
            self._end = f"retry: {milliseconds}\n\n"
        else:
            # The client comes again once, is refused with 401, and gives up.
            self._end = _event(StreamError(EXPIRED.reason).json())
        outbox.put_answer_nowait(_NOTHING)


def _written(taken: Taken) -> str:
    texts = [_event(StreamDropped(taken.dropped).json())] if taken.dropped else []
    for item in taken.items:
        if isinstance(item, EncodedEvent):
            texts.append(f"id: {item.event_id}\ndata: {item.text}\n\n")
        elif item is not _NOTHING:
            texts.append(_event(item))
    return "".join(texts)


def _event(text: str) -> str:
    return f"data: {text}\n\n"


def _read_filter() -> StreamFilter:
    try:
        return read_filter(request.args)
    except ActionRefused as refused:
        name, _, problem = str(refused).partition(": ")
        raise bad_parameter(name, problem, request.args.get(name, "")) from None


def _read_after() -> int | None:
    """Read where to go on; the header is newer, for EventSource keeps the query."""
    name, text = _LAST_EVENT_ID, request.headers.get(_LAST_EVENT_ID)
    if not text:
        name, text = AFTER.name, request.args.get(AFTER.name)
    try:
        return read_after(text)
    except ActionRefused as refused:
        problem = str(refused).partition(": ")[2]
        raise bad_parameter(name, problem, text or "") from None
