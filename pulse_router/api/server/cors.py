"""Cross-origin requests (the Fetch standard): which pages of other origins may use the API.

Tokens come by header, never by cookie, so credentials are not allowed to any of them.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection, Iterable
from typing import Final, TypeAlias

from hypercorn.typing import ASGISendCallable, HTTPScope, WebsocketScope

Headers: TypeAlias = list[tuple[bytes, bytes]]

_METHODS: Final = b"GET, HEAD, POST, PUT, PATCH, DELETE"
_TAKEN: Final = (
    b"Authorization, Content-Type, If-Match, If-None-Match, Last-Event-ID, X-Pulse-Tenant,"
    b" X-Request-Id"
)
_SHOWN: Final = b"ETag, Location, Retry-After, WWW-Authenticate, X-Request-Id"
_PREFLIGHT_SECONDS: Final = b"600"
_VARY: Final = (b"vary", b"Origin")


class Cors:
    """Decides by the request's `Origin`.

    Args:
        origins: The origins that are allowed, like `https://app.example.com`; `*` is all.
    """

    def __init__(self, origins: Collection[str]) -> None:
        self._all = "*" in origins
        self._origins = frozenset(origin.encode() for origin in origins)

    def headers_for(self, headers: Iterable[tuple[bytes, bytes]]) -> Headers:
        """Give what an answer says to the page's browser; a refused origin is told nothing.

        Args:
            headers: The request's, their names in lower case.
        """
        if not self._origins:
            return []
        origin = _header(headers, b"origin")
        if self._all:
            return [] if origin is None else self._granted(b"*")
        if origin not in self._origins:
            return [_VARY]
        return [_VARY, *self._granted(origin)]

    def answer(
        self, scope: HTTPScope | WebsocketScope
    ) -> Callable[[ASGISendCallable], Awaitable[None]] | None:
        """Give the answer to a preflight of an allowed origin; None to everything else."""
        if scope["type"] != "http" or scope["method"] != "OPTIONS":
            return None
        origin = _header(scope["headers"], b"origin")
        asked = _header(scope["headers"], b"access-control-request-method")
        if origin is None or asked is None or not (self._all or origin in self._origins):
            return None
        return _send_preflight

    @staticmethod
    def _granted(origin: bytes) -> Headers:
        return [
            (b"access-control-allow-origin", origin),
            (b"access-control-expose-headers", _SHOWN),
        ]


async def _send_preflight(send: ASGISendCallable) -> None:
    headers: Headers = [
        (b"access-control-allow-methods", _METHODS),
        (b"access-control-allow-headers", _TAKEN),
        (b"access-control-max-age", _PREFLIGHT_SECONDS),
    ]
    await send({"type": "http.response.start", "status": 204, "headers": headers})
    await send({"type": "http.response.body", "body": b"", "more_body": False})


def _header(headers: Iterable[tuple[bytes, bytes]], name: bytes) -> bytes | None:
    return next((value for given, value in headers if given == name), None)
