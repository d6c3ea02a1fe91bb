"""Who may call what: reads the token, asks for roles, and registers handlers under their paths.

Every path is registered here, so that none answers without a token by oversight.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from http import HTTPStatus
from typing import Final

from quart import Response, request
from quart_trio import QuartTrio

from pulse_router.api.ports import TokenVerifier
from pulse_router.api.problems import Problem
from pulse_router.api.tokens import Principal, TokenRefused

MISSING_TOKEN: Final = "Missing token parameter"  # noqa: S105 - a message
REFUSED_TOKEN: Final = "Invalid or expired token"  # noqa: S105 - a message
NO_TENANT: Final = "No tenant_id in token"
NO_ROLE: Final = "Unauthorized role"
VERSIONED: Final = "/api/v1"

Handler = Callable[..., Awaitable[Response]]


class Paths:
    """Registers handlers, each under its path with and without the version's prefix.

    Args:
        app: Where they are registered.
        tokens: Checks the callers' tokens.
    """

    def __init__(self, app: QuartTrio, tokens: TokenVerifier) -> None:
        self._app = app
        self._tokens = tokens

    def public(self, method: str, path: str, handler: Handler, *, prefixed: bool) -> None:
        """Register a handler that needs no token."""
        self._add(method, path, handler, prefixed=prefixed)

    def customer(self, method: str, path: str, handler: Handler, *, writes: bool) -> None:
        """Register a handler for a tenant's users; it gets the tenant's id first.

        Args:
            method: The HTTP method.
            path: The path without the version's prefix.
            handler: Answers the request.
            writes: Whether it changes something, which a viewer may not.
        """

        async def guarded(**arguments: str) -> Response:
            principal = await self._principal()
            return await handler(_tenant(principal, writes=writes), **arguments)

        self._add(method, path, guarded, prefixed=True)

    def websocket(self, path: str, handler: Callable[[], Awaitable[None]]) -> None:
        """Register a handler for WebSockets; it checks the token itself, after accepting."""
        for prefix in (VERSIONED, ""):
            self._app.add_websocket(prefix + path, endpoint=f"WS {prefix}{path}", view_func=handler)

    def _add(self, method: str, path: str, handler: Handler, *, prefixed: bool) -> None:
        for prefix in (VERSIONED, "") if prefixed else ("",):
            self._app.add_url_rule(
                prefix + path,
                endpoint=f"{method} {prefix}{path}",
                view_func=handler,
                methods=[method],
            )

    async def _principal(self) -> Principal:
        token = bearer_token(request.headers.get("Authorization"))
        if token is None:
            raise _unauthorized("Send a token in the header 'Authorization: Bearer …'.", error=None)
        try:
            return await self._tokens.verify(token)
        except TokenRefused:
            raise _unauthorized(f"{REFUSED_TOKEN}.", error="invalid_token") from None


def bearer_token(header: str | None) -> str | None:
    """Take the token out of an Authorization header, or None when there is none."""
    scheme, _, token = (header or "").strip().partition(" ")
    return token.strip() or None if scheme.lower() == "bearer" else None


def _tenant(principal: Principal, *, writes: bool) -> str:
    if principal.tenant_id is None:
        raise _forbidden(f"{NO_TENANT}.")
    allowed = principal.may_write_as_customer if writes else principal.may_read_as_customer
    if not allowed:
        raise _forbidden(f"{NO_ROLE}.")
    return principal.tenant_id


def _unauthorized(detail: str, *, error: str | None) -> Problem:
    challenge = 'Bearer realm="pulse-router"' + (f', error="{error}"' if error else "")
    return Problem(HTTPStatus.UNAUTHORIZED, detail, headers={"WWW-Authenticate": challenge})


def _forbidden(detail: str) -> Problem:
    return Problem(HTTPStatus.FORBIDDEN, detail)
