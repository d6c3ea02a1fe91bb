"""Bodies that are worked on while they arrive: their sender is held back, whatever they weigh.

Quart takes a body in as fast as it comes. That is right for what is read as a whole, and bounded
by `http.max_body_bytes`; a body of many lines may weigh more, and is never held as a whole. It
knows no resource.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any, Final

import trio
from hypercorn.typing import ASGIReceiveCallable, ASGIReceiveEvent
from quart import Request
from quart_trio import QuartTrio
from quart_trio.asgi import TrioASGIHTTPConnection
from quart_trio.wrappers import TrioRequest
from quart_trio.wrappers.request import TrioBody
from werkzeug.exceptions import RequestEntityTooLarge

HELD_BYTES: Final = 256 * 1024
"""From how much on that nobody has taken no more is received."""


class StreamedBody(TrioBody):
    """A body that is taken piece by piece.

    Args:
        expected_bytes: What it says that it weighs, if it does.
        max_bytes: What it may weigh in all.
    """

    def __init__(self, expected_bytes: int | None, max_bytes: int) -> None:
        super().__init__(expected_bytes, max_bytes)
        self._max_content_length = None  # it would count what waits only
        self._max_bytes = max_bytes
        self._too_large = RequestEntityTooLarge(f"The body is larger than {max_bytes} bytes.")
        if self._must_raise is not None:
            self._must_raise = self._too_large
        self._received_bytes = 0
        self._has_room = trio.Event()
        self._is_unwanted = False

    def discard_rest(self) -> None:
        """Take no more: what still comes is thrown away.

        A client that sends all before it reads would otherwise wait for room for ever, and we for
        it to read; nor would it be noticed when it goes.
        """
        self._is_unwanted = True
        self._data.clear()
        self._has_room.set()

    def append(self, data: bytes) -> None:
        """Note what has arrived; what comes when it is too much already is thrown away."""
        self._received_bytes += len(data)
        if self._received_bytes > self._max_bytes:
            self._must_raise = self._too_large
            self.set_complete()
            self._has_room.set()
        if not self._is_unwanted:
            super().append(data)

    async def __anext__(self) -> bytes:
        """Wait for what has arrived since the last time, and take it.

        Raises:
            RequestEntityTooLarge: It weighs more than it may.
        """
        try:
            data = await super().__anext__()
        except StopAsyncIteration:
            if self._must_raise is not None:  # Quart looks only before it waits
                raise self._must_raise from None
            raise
        self._has_room.set()
        return data

    async def wait_for_room(self) -> None:
        """Wait until more may be received."""
        while len(self._data) >= HELD_BYTES and self._must_raise is None and not self._is_unwanted:
            self._has_room = trio.Event()
            await self._has_room.wait()


class _Connection(TrioASGIHTTPConnection):
    """A request whose body is received only as fast as it is taken, where it is streamed."""

    async def handle_messages(  # type: ignore[override]  # as in quart_trio
        self, nursery: trio.Nursery, request: Request, receive: ASGIReceiveCallable
    ) -> None:
        """Receive until the client goes."""
        body = request.body

        async def receive_when_there_is_room() -> ASGIReceiveEvent:
            if isinstance(body, StreamedBody):
                await body.wait_for_room()
            return await receive()

        await super().handle_messages(nursery, request, receive_when_there_is_room)


def stream_bodies(app: QuartTrio, paths: Collection[str], *, max_bytes: int) -> None:
    """Let the bodies that are sent to some paths be streamed.

    Args:
        app: The application.
        paths: The paths.
        max_bytes: What such a body may weigh.
    """

    class _Request(TrioRequest):
        def __init__(self, *args: Any, **options: Any) -> None:  # noqa: ANN401 - Quart's
            super().__init__(*args, **options)
            if self.path in paths:
                self.body = StreamedBody(self.content_length, max_bytes)

    app.asgi_http_class = _Connection
    app.request_class = _Request
