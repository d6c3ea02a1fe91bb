"""What every request and answer has, whatever it is about: an id, safe headers, a line in the log.

It wraps the ASGI application, so that errors, refusals and streams are covered too. It knows no
path and no resource.
"""

from __future__ import annotations

import time
from collections.abc import Iterable
from http import HTTPStatus
from typing import Final, Literal, TypeAlias

import msgspec
import structlog
from hypercorn.typing import (
    ASGIFramework,
    ASGIReceiveCallable,
    ASGISendCallable,
    ASGISendEvent,
    HTTPScope,
    Scope,
    WebsocketScope,
)

from pulse_router.api.server.cors import Cors
from pulse_router.api.server.exchange import HEADER, Exchange, begin
from pulse_router.api.server.problem_body import CONTENT_TYPE, ProblemAnswer

AccessLog: TypeAlias = Literal["off", "debug", "info"]

REQUEST: Final = "request"
"""What the line says that each request has in the log, where that is wanted."""

_REQUEST_ID: Final = HEADER.lower().encode()
SAFE: Final = (
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"cache-control", b"no-store"),
    (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'"),
)
"""Added where the answer does not say otherwise."""
_log = structlog.get_logger(__name__)


class Envelope:
    """An ASGI application around another.

    Args:
        app: The application.
        cors: Which pages of other origins may read the answers.
        access_log: At which level a line is logged for each request.
    """

    def __init__(self, app: ASGIFramework, *, cors: Cors, access_log: AccessLog) -> None:
        self._app = app
        self._cors = cors
        self._access_log = access_log

    async def __call__(
        self, scope: Scope, receive: ASGIReceiveCallable, send: ASGISendCallable
    ) -> None:
        """Serve a request or a WebSocket."""
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
            return
        exchange = begin(scope)
        structlog.contextvars.bind_contextvars(request_id=exchange.request_id)
        try:
            with exchange.kept:
                await self._serve(scope, receive, send, exchange)
        finally:
            structlog.contextvars.unbind_contextvars("request_id")

    async def _serve(
        self,
        scope: HTTPScope | WebsocketScope,
        receive: ASGIReceiveCallable,
        send: ASGISendCallable,
        exchange: Exchange,
    ) -> None:
        start = time.perf_counter()
        status = 0
        allowed = self._cors.headers_for(scope["headers"])
        own = [(_REQUEST_ID, exchange.request_id.encode()), *allowed]

        async def send_in_envelope(message: ASGISendEvent) -> None:
            nonlocal status
            match message["type"]:
                case "http.response.start":
                    status = message["status"]
                    message["headers"] = _completed(message["headers"], own)
                case "websocket.http.response.start":
                    status = message["status"]
                    message["headers"] = _completed(message["headers"], own)
                case "websocket.accept":
                    status = 101
                    message["headers"] = [*message["headers"], own[0]]
            await send(message)

        try:
            preflight = self._cors.answer(scope)
            if preflight is None:
                await self._app(scope, receive, send_in_envelope)
            else:
                await preflight(send_in_envelope)
        except Exception as error:  # noqa: BLE001 - a bug in one request is not one in all
            _log.error("a request failed outside of its handler", exc_info=error)
            if status == 0 and scope["type"] == "http":
                await _tell_of_bug(exchange, send_in_envelope)
        finally:
            self._note(scope, exchange, status, time.perf_counter() - start)

    def _note(
        self, scope: HTTPScope | WebsocketScope, exchange: Exchange, status: int, seconds: float
    ) -> None:
        """Log a request without its query, which may hold a token; 0 is a client that went."""
        if self._access_log == "off":
            return
        log = _log.info if self._access_log == "info" else _log.debug
        log(
            REQUEST,
            method=scope["method"] if scope["type"] == "http" else "WEBSOCKET",
            path=exchange.path,
            status=status,
            milliseconds=round(seconds * 1000, 1),
            tenant=exchange.tenant_id,
        )


async def _tell_of_bug(exchange: Exchange, send: ASGISendCallable) -> None:
    status = HTTPStatus.INTERNAL_SERVER_ERROR
    answer = ProblemAnswer(
        type="about:blank",
        title=status.phrase,
        status=int(status),
        detail="Something went wrong inside; it is in the log.",
        instance=exchange.path,
        request_id=exchange.request_id,
    )
    headers = [(b"content-type", CONTENT_TYPE.encode())]
    await send({"type": "http.response.start", "status": int(status), "headers": headers})
    body = msgspec.json.encode(answer)
    await send({"type": "http.response.body", "body": body, "more_body": False})


def _completed(
    headers: Iterable[tuple[bytes, bytes]], own: list[tuple[bytes, bytes]]
) -> list[tuple[bytes, bytes]]:
    """Add our headers, and the safe ones that the answer does not have."""
    given = [(name.lower(), value) for name, value in headers]
    names = {name for name, _ in given}
    return [*given, *own, *((name, value) for name, value in SAFE if name not in names)]
