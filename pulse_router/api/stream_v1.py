"""`/customer/telemetry/stream`: live telemetry over a WebSocket (contract, section 6)."""

from __future__ import annotations

import time
from typing import Annotated, Final, NoReturn

import structlog
import trio
from msgspec import Meta
from quart import websocket

from pulse_router.api.access import (
    MISSING_TOKEN,
    NO_ROLE,
    NO_TENANT,
    REFUSED_TOKEN,
    Paths,
    bearer_token,
)
from pulse_router.api.operations import Operation, query_parameter
from pulse_router.api.ports import TokenVerifier
from pulse_router.api.requests import DeviceId
from pulse_router.api.stream_actions import (
    MAX_DEVICES,
    MAX_GROUPS,
    MAX_METRICS,
    ActionRefused,
    GroupId,
    MetricName,
    connected,
    message,
    read_filter,
)
from pulse_router.api.stream_session import GOING_AWAY, Close, StreamSession
from pulse_router.api.tokens import Principal, TokenRefused
from pulse_router.domain.errors import Unavailable
from pulse_router.streaming.broadcaster import Broadcaster, TooManyStreams

PATH: Final = "/customer/telemetry/stream"
_SUBPROTOCOL: Final = "bearer"
_MAX_REASON_LENGTH: Final = 100
_log = structlog.get_logger(__name__)


_STREAM: Final = Operation(
    id="stream_telemetry",
    tag="Live streams",
    summary="Live telemetry over a WebSocket",
    description="Every refusal is a close code, sent after accepting.",
    parameters=[
        query_parameter(
            "device_id",
            Annotated[list[DeviceId], Meta(max_length=MAX_DEVICES)],
            "Only these devices.",
            listed=True,
        ),
        query_parameter(
            "group_id",
            Annotated[list[GroupId], Meta(max_length=MAX_GROUPS)],
            "Only the devices of these groups.",
            listed=True,
        ),
        query_parameter(
            "metric",
            Annotated[list[MetricName], Meta(max_length=MAX_METRICS)],
            "Only these metrics, and events that have one of them.",
            listed=True,
        ),
    ],
    answers={101: None},
)


class _Refused(Exception):
    """The client is not served."""

    def __init__(self, code: int, reason: str) -> None:
        super().__init__(reason)
        self.close = Close(code, reason)


class StreamV1:
    """Accepts, checks and serves live clients.

    Args:
        broadcaster: The feed.
        tokens: Checks their tokens.
        stopping: Set when streams are to close.
        keepalive_seconds: After how much silence a client is pinged.
    """

    def __init__(
        self,
        broadcaster: Broadcaster,
        tokens: TokenVerifier,
        stopping: trio.Event,
        *,
        keepalive_seconds: float,
    ) -> None:
        self._broadcaster = broadcaster
        self._tokens = tokens
        self._stopping = stopping
        self._keepalive_seconds = keepalive_seconds

    def register(self, paths: Paths) -> None:
        """Register the handler."""
        paths.websocket(PATH, self.stream, _STREAM)

    async def stream(self) -> None:
        """Serve one client; every refusal is a close code, sent after accepting."""
        offered = _SUBPROTOCOL in websocket.requested_subprotocols
        await websocket.accept(subprotocol=_SUBPROTOCOL if offered else None)
        close = await self._serve_safely()
        await websocket.close(close.code, close.reason)

    async def _serve_safely(self) -> Close:
        try:
            return await self._serve()
        except _Refused as refused:
            return refused.close
        except TooManyStreams as full:
            return Close(4029, str(full))
        except Unavailable:
            return Close(1013, "The database cannot be reached now; try again")
        except Exception:  # noqa: BLE001 - one client's bug is logged and closes one client
            _log.exception("a live stream failed")
            return Close(1011, "Something went wrong inside; it is in the log")

    async def _serve(self) -> Close:
        if self._stopping.is_set():
            return GOING_AWAY
        principal = await self._principal()
        tenant_id = principal.tenant_id
        if tenant_id is None:
            _refuse(4003, NO_TENANT)
        if not principal.may_read_as_customer:
            _refuse(4003, NO_ROLE)
        try:
            wanted = read_filter(websocket.args)
        except ActionRefused as refused:
            await websocket.send(message("error", message=str(refused)))
            _refuse(1008, str(refused)[:_MAX_REASON_LENGTH])
        with self._broadcaster.open_subscription(tenant_id) as subscription:
            greeting = connected(tenant_id, wanted)
            await self._broadcaster.set_filter(subscription, wanted, greeting)
            session = StreamSession(
                websocket,
                self._broadcaster,
                subscription,
                stopping=self._stopping,
                expires_after_seconds=max(0.0, principal.expires_at - time.time()),
                keepalive_seconds=self._keepalive_seconds,
            )
            return await session.run()

    async def _principal(self) -> Principal:
        token = _token()
        if token is None:
            _refuse(4001, MISSING_TOKEN)
        try:
            return await self._tokens.verify(token)
        except TokenRefused:
            _refuse(4001, REFUSED_TOKEN)


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


def _refuse(code: int, reason: str) -> NoReturn:
    raise _Refused(code, reason)
