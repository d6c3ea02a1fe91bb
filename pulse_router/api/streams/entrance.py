"""How a live client comes in over a WebSocket, and how it goes: token, roles and close codes."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable, Mapping
from typing import Final

import attrs
import structlog
import trio
from quart import websocket

from pulse_router.api.access import reading_as
from pulse_router.api.access.callers import NO_ROLE, NO_TENANT
from pulse_router.api.access.gate import TenantGate
from pulse_router.api.access.paths import MISSING_TOKEN, REFUSED_TOKEN
from pulse_router.api.access.ports import TokenVerifier
from pulse_router.api.access.reading_as import NotAsThatTenant, Reader, reader_of
from pulse_router.api.access.refusals import bearer_token
from pulse_router.api.access.tokens import Principal, TokenRefused
from pulse_router.api.server.exchange import note_read_as, note_stream, note_tenant
from pulse_router.api.server.places import NoPlace
from pulse_router.api.streams.failures import StreamFailures
from pulse_router.api.streams.session import GOING_AWAY, TRY_AGAIN, Close
from pulse_router.domain.budgets import LimitReached
from pulse_router.domain.errors import Unavailable
from pulse_router.streaming.broadcaster import TooManyStreams

NO_ISSUER: Final = "The issuer of the token cannot be asked for its keys now; try again"
CLOSE_CODES: Final[Mapping[int, str]] = {
    1001: "The router stops; come again in a moment.",
    1002: "The client breaks the protocol.",
    1007: "A text is not UTF-8.",
    1008: "A filter of the query is not valid, too many messages make no sense or come at once, or"
    " too many answers are unread; the reason says which.",
    1009: "A message is larger than 64 KiB.",
    1011: "Something went wrong inside; it is in the log.",
    1013: "Try again: the database or the token's issuer cannot be asked now, the client reads"
    " too slowly, or as many streams are open as may be.",
    4001: "There is no token, or it is not valid, or no longer.",
    4003: "The token has no tenant, or not the role for it, or another than the query names.",
    4029: "The tenant has as many live streams open as it may.",
}
"""What a WebSocket is closed with, beside what the client closes it with itself."""

_SUBPROTOCOL: Final = "bearer"
_MAX_REASON_LENGTH: Final = 100
_log = structlog.get_logger(__name__)


class Refused(Exception):
    """The client is not served.

    Args:
        code: The close code that it is told.
        reason: The reason that it is told; a long one is cut, as a close frame holds few bytes.
    """

    def __init__(self, code: int, reason: str) -> None:
        super().__init__(reason)
        self.close = Close(code, reason[:_MAX_REASON_LENGTH])


@attrs.frozen
class Guest:
    """A client that may come in.

    Attributes:
        tenant_id: Whose telemetry it may see.
        expires_after_seconds: When its token expires.
    """

    tenant_id: str
    expires_after_seconds: float


class Entrance:
    """Accepts every client, and serves those that may be served.

    Args:
        tokens: Checks their tokens.
        stopping: Set when streams are to close.
        gate: Lets the tenants' clients in.
    """

    def __init__(self, tokens: TokenVerifier, stopping: trio.Event, gate: TenantGate) -> None:
        self._tokens = tokens
        self._stopping = stopping
        self._gate = gate
        self._failures = StreamFailures("WebSocket")

    async def serve(self, session: Callable[[Guest], Awaitable[Close]]) -> None:
        """Serve the client at hand; every refusal is a close code, sent after accepting.

        Args:
            session: Serves it and says how it ended; may raise `Refused`, `TooManyStreams` and
                `Unavailable`.
        """
        offered = _SUBPROTOCOL in websocket.requested_subprotocols
        await websocket.accept(subprotocol=_SUBPROTOCOL if offered else None)
        close = await self._serve_safely(session)
        await websocket.close(close.code, close.reason)

    async def _serve_safely(self, session: Callable[[Guest], Awaitable[Close]]) -> Close:
        if self._stopping.is_set():
            return GOING_AWAY
        try:
            return await session(await self._admit())
        except Refused as refused:
            return refused.close
        except TooManyStreams as full:
            return Close(4029, str(full))
        except Unavailable:
            return TRY_AGAIN
        except Exception as error:  # noqa: BLE001 - whatever it is, it is this client's
            return self._failures.note(error)

    async def _admit(self) -> Guest:
        principal = await self._principal()
        expires_after_seconds = principal.expires_at - time.time()
        if expires_after_seconds <= 0:  # it is taken for a short while yet, but opens no stream
            raise Refused(4001, REFUSED_TOKEN)
        reader = _reader(principal)
        tenant_id = reader.tenant_id
        if tenant_id is None:
            raise Refused(4003, NO_TENANT)
        if not principal.may_read_as_customer:
            raise Refused(4003, NO_ROLE)
        try:
            note_stream()
        except NoPlace as full:
            raise Refused(1013, str(full)) from None
        if reader.is_foreign:
            note_read_as(tenant_id)
            reading_as.tell(principal, tenant_id, "stream")
            return Guest(tenant_id, expires_after_seconds)
        note_tenant(tenant_id)
        try:
            self._gate.admit(tenant_id)
        except LimitReached as reached:
            why = f"limits.{reached.bound} ({reached.limit:g}) reached for tenant"
            raise Refused(1013, why) from None
        return Guest(tenant_id, expires_after_seconds)

    async def _principal(self) -> Principal:
        token = _token()
        if token is None:
            raise Refused(4001, MISSING_TOKEN)
        try:
            return await self._tokens.verify(token)
        except TokenRefused:
            raise Refused(4001, REFUSED_TOKEN) from None
        except Unavailable as error:
            _log.warning("a token cannot be checked", problem=str(error))
            raise Refused(1013, NO_ISSUER) from None


def _reader(principal: Principal) -> Reader:
    """Find whose telemetry is asked for: the token's tenant's, or as an operator another's."""
    try:
        return reader_of(principal, websocket.args.get(reading_as.QUERY), is_read=True)
    except NotAsThatTenant as refused:
        raise Refused(4003, str(refused)) from None
    except ValueError as error:
        raise Refused(1008, str(error)) from None


def _token() -> str | None:
    """Find the token: in the query, the Authorization header, or the subprotocols."""
    if token := websocket.args.get("token"):
        return token
    if token := bearer_token(websocket.headers.get("Authorization")):
        return token
    offered = websocket.requested_subprotocols
    if _SUBPROTOCOL in offered[:-1]:
        return offered[offered.index(_SUBPROTOCOL) + 1]
    return None
