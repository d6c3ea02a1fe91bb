"""Follows a router's live telemetry over broken lines; knows nothing of how it is printed."""

from __future__ import annotations

import os
import random
import ssl
from collections.abc import Awaitable, Callable, Iterator, Mapping
from typing import Any, Final, cast
from urllib.parse import urlencode, urlsplit

import attrs
import h11
import msgspec
import trio
from trio_websocket import (
    ConnectionClosed,
    ConnectionRejected,
    WebSocketConnection,
    wrap_client_stream,
)

from pulse_router.cli.options import Server

PATH: Final = "/api/v1/customer/telemetry/stream"
CONNECT_SECONDS: Final = 10.0
PING_SECONDS: Final = 20.0
"""How often the line is asked whether it lives, and how long the answer may take."""

FIRST_WAIT_SECONDS: Final = 0.5
LONGEST_WAIT_SECONDS: Final = 30.0
_MAX_MESSAGE_BYTES: Final = 4 * 1024 * 1024
_QUEUED_MESSAGES: Final = 256
_RECEIVE_BYTES: Final = 65_536

_REMEDIES: Final[Mapping[int, str]] = {
    1008: "correct the filters, or --after",
    4001: "make a new token with 'pulse-router token'",
    4003: "use a token with a tenant and a role that may read, like customer_viewer",
    4029: "end one of the others, or raise stream.max_connections_per_tenant",
}
"""By close code, what helps; with other codes the router asks to come again."""

_FINAL: Final = frozenset(_REMEDIES)


class StreamRefused(OSError):
    """The router does not stream to us; the text is one sentence with the remedy."""


@attrs.frozen
class _Lost:
    """How a connection ended.

    Attributes:
        why: A sentence.
        is_final: Whether another one would end the same way.
        is_told: Whether the router itself has ended it: so there is one, to be waited for.
    """

    why: str
    is_final: bool
    is_told: bool = False


@attrs.define
class LiveFollower:
    """Follows until it is cancelled; comes again when the line breaks, after the last event.

    Attributes:
        server: Whom to follow.
        query: The filters.
        after: The id of the last event that was seen; None begins with what is new.
        on_message: Told each message.
        on_trouble: Told why the line broke, and in how many seconds it is tried again.
    """

    server: Server
    query: Mapping[str, str]
    after: int | None
    on_message: Callable[[bytes, Mapping[str, Any]], Awaitable[None]]
    on_trouble: Callable[[str, float], None]
    _was_connected: bool = False
    _is_connected: bool = False

    async def follow(self) -> None:
        """Follow for ever.

        Raises:
            StreamRefused: It is no use.
        """
        waits = _waits()
        while True:
            self._is_connected = False
            lost = await self._listen()
            if self._is_connected:
                waits = _waits()
            if lost.is_final or not (self._was_connected or lost.is_told):
                raise StreamRefused(lost.why)
            seconds = next(waits)
            self.on_trouble(lost.why, seconds)
            await trio.sleep(seconds)

    async def _listen(self) -> _Lost:
        """Follow over one connection until it ends."""
        url = self.server.url
        try:
            with trio.fail_after(CONNECT_SECONDS):
                stream = await _connect(url)
        except trio.TooSlowError:
            return _Lost(f"{url} does not answer; is the router running there?", is_final=False)
        except OSError as error:
            why = f"{url} cannot be reached ({_first(error)}); is the router running there?"
            return _Lost(why, is_final=False)
        doubt = "" if self._was_connected else " as a router does; check --url"
        lost = _Lost(f"{url} does not answer{doubt}", is_final=False)
        try:
            async with stream, trio.open_nursery() as nursery:
                lost = await self._converse(nursery, stream) or lost
                nursery.cancel_scope.cancel()
        except* ConnectionRejected as rejected:
            lost = _explain_rejection(url, rejected)
        except* (trio.BrokenResourceError, trio.ClosedResourceError):
            lost = _Lost("the connection was lost", is_final=False)
        except* h11.ProtocolError:
            pass  # trio-websocket answers what is no HTTP, as only a server may: `lost` fits
        return lost

    async def _converse(
        self, nursery: trio.Nursery, stream: trio.SocketStream | trio.SSLStream[trio.SocketStream]
    ) -> _Lost | None:
        """Read what comes; None when no WebSocket came about."""
        parts = urlsplit(self.server.url)
        query = dict(self.query) | ({} if self.after is None else {"after": str(self.after)})
        connection = None
        with trio.move_on_after(CONNECT_SECONDS) as handshake:
            connection = await wrap_client_stream(
                cast("trio.Nursery", _WatchedNursery(nursery, handshake)),
                stream,
                parts.netloc,
                f"{parts.path}{PATH}?{urlencode(query)}",
                extra_headers=[(b"Authorization", f"Bearer {self.server.token}".encode())],
                message_queue_size=_QUEUED_MESSAGES,
                max_message_size=_MAX_MESSAGE_BYTES,
                receive_buffer_size=_RECEIVE_BYTES,
            )
        if connection is None:
            return None
        nursery.start_soon(_keep_alive, connection, stream)
        try:
            while True:
                await self._take(await connection.get_message())
        except ConnectionClosed as closed:
            return self._explain(closed)

    async def _take(self, text: str | bytes) -> None:
        data = text.encode() if isinstance(text, str) else text
        message = msgspec.json.decode(data)
        match message["type"]:
            case "connected":
                self._is_connected = self._was_connected = True
            case "telemetry":
                self.after = int(message["id"])
        await self.on_message(data, message)

    def _explain(self, closed: ConnectionClosed) -> _Lost:
        reason = closed.reason
        if reason is None or reason.code == 1006:
            return _Lost("the connection was lost", is_final=False)
        text = reason.reason or f"close code {reason.code}"
        remedy = _REMEDIES.get(reason.code)
        if remedy is None:
            return _Lost(f"the router ended the stream: {text}", is_final=False, is_told=True)
        # A line of ours that broke may hold its place for a moment.
        is_final = reason.code != 4029 or not self._was_connected
        return _Lost(f"{text}; {remedy}", is_final=is_final)


@attrs.frozen
class _WatchedNursery:
    """Starts the tasks of a WebSocket, and ends its handshake when one of them has ended.

    trio-websocket itself waits on when its reader has found the line broken before it was open.
    """

    nursery: trio.Nursery
    handshake: trio.CancelScope

    def start_soon(self, task: Callable[..., Awaitable[None]], *arguments: object) -> None:
        """Start a task."""
        self.nursery.start_soon(self._watch, task, *arguments)

    async def _watch(self, task: Callable[..., Awaitable[None]], *arguments: object) -> None:
        await task(*arguments)
        self.handshake.cancel()


async def _connect(url: str) -> trio.SocketStream | trio.SSLStream[trio.SocketStream]:
    """Open a connection.

    Raises:
        OSError: It cannot be opened.
    """
    parts = urlsplit(url)
    host = parts.hostname or ""
    if parts.scheme == "http":
        return await trio.open_tcp_stream(host, parts.port or 80)
    stream = await trio.open_ssl_over_tcp_stream(host, parts.port or 443, https_compatible=True)
    try:
        await stream.do_handshake()
    except trio.BrokenResourceError as error:
        cause = error.__cause__
        await trio.aclose_forcefully(stream)
        raise OSError(str(cause) if isinstance(cause, ssl.SSLError) else "no TLS there") from None
    except BaseException:
        await trio.aclose_forcefully(stream)
        raise
    return stream


async def _keep_alive(
    connection: WebSocketConnection,
    stream: trio.SocketStream | trio.SSLStream[trio.SocketStream],
) -> None:
    """Cut the line when it has gone silent."""
    try:
        while True:
            await trio.sleep(PING_SECONDS)
            with trio.fail_after(PING_SECONDS):
                await connection.ping()
    except ConnectionClosed:
        pass  # who reads is told as well
    except trio.TooSlowError:
        await trio.aclose_forcefully(stream)


def _explain_rejection(url: str, rejected: BaseExceptionGroup[ConnectionRejected]) -> _Lost:
    first: BaseException = rejected
    while isinstance(first, BaseExceptionGroup):
        first = first.exceptions[0]
    status = first.status_code if isinstance(first, ConnectionRejected) else 0
    if status >= 500:
        return _Lost(f"{url} answers {status}", is_final=False)
    return _Lost(f"{url} answers {status}, so there is no router; check --url", is_final=True)


def _first(error: OSError) -> str:
    """Say what is wrong, in the system's words; of several attempts the last."""
    cause: BaseException = error
    while isinstance(cause.__cause__, BaseExceptionGroup | OSError):
        cause = cause.__cause__
        while isinstance(cause, BaseExceptionGroup):
            cause = cause.exceptions[-1]
    if isinstance(cause, OSError) and cause.errno is not None and cause.errno > 0:
        return os.strerror(cause.errno)
    return getattr(cause, "strerror", None) or str(cause)


def _waits() -> Iterator[float]:
    """Give waits that grow, with jitter: many clients must not come again all at once."""
    seconds = FIRST_WAIT_SECONDS
    while True:
        yield seconds * random.uniform(0.5, 1)  # noqa: S311 - no secret
        seconds = min(LONGEST_WAIT_SECONDS, seconds * 2)
