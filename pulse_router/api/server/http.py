"""HTTP/1.1 on one connection: hypercorn's, with whole answers in one write.

It knows nothing of sockets. HTTP/2 without TLS is nothing that browsers or proxies speak to a
router.
"""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any, Final, cast

import h11
from hypercorn.events import Closed, RawData
from hypercorn.protocol.events import Request
from hypercorn.protocol.h11 import STREAM_ID, H11Protocol, H11WSConnection
from hypercorn.typing import H11SendableEvent

from pulse_router.api.server.bare_problems import bare_problem
from pulse_router.api.server.targets import Fault, fault_of, origin_form
from pulse_router.api.server.websocket import WebSocketStream, is_upgrade

HELD_BYTES: Final = 64 * 1024
"""How much of an answer of known length is gathered before it is sent: most go in one write."""

_MALFORMED: Final = "The request is not valid HTTP/1.1."
_NOT_HTTP: Final[Mapping[HTTPStatus, str]] = {
    HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE: "The headers of the request are too large.",
    HTTPStatus.NOT_IMPLEMENTED: "The request has a Transfer-Encoding that is not known.",
}


class Http(H11Protocol):
    """HTTP/1.1, with reason phrases, whole answers in one write, and WebSockets of our own."""

    def __init__(self, *arguments: Any) -> None:  # noqa: ANN401 - hypercorn's
        super().__init__(*arguments)
        self._held = bytearray()
        self._is_length_known = False

    async def _check_protocol(self, event: h11.Request) -> None:
        """Stay with HTTP/1.1: `h2c` is an offer that a server may leave."""

    async def _create_stream(self, request: h11.Request) -> None:
        asks_for_socket = is_upgrade(request)
        request = _with_target(request, origin_form(request.target))
        fault = fault_of(request, is_upgrade=asks_for_socket)
        if fault is not None:
            await self._refuse(fault, has_body=request.method != b"HEAD")
            return
        if not asks_for_socket:
            await super()._create_stream(request)
            return
        self.stream = WebSocketStream(
            self.app,
            self.config,
            self.context,
            self.task_group,
            self.ssl,
            self.client,
            self.server,
            self.stream_send,
            STREAM_ID,
        )
        self.connection = H11WSConnection(cast("h11.Connection", self.connection))
        await self.stream.handle(
            Request(
                stream_id=STREAM_ID,
                headers=list(request.headers),
                http_version=request.http_version.decode(),
                method=request.method.decode("ascii"),
                raw_path=request.target,
                state=self.connection_state,
            )
        )
        await self.context.mark_request()

    async def _send_error_response(self, status_code: int) -> None:
        """Say what is wrong with what is no HTTP, or asks for too much of it."""
        status = HTTPStatus(status_code)
        await self._send_problem(Fault(status, _NOT_HTTP.get(status, _MALFORMED)), has_body=True)

    async def _refuse(self, fault: Fault, *, has_body: bool) -> None:
        """Say why a request is not handled, which ends the connection."""
        await self._send_problem(fault, has_body=has_body)
        await self.send(Closed())

    async def _send_problem(self, fault: Fault, *, has_body: bool) -> None:
        headers, body = bare_problem(fault.status, fault.detail)
        dated = [*headers, *fault.headers, *self.config.response_headers("h11")]
        await self._send_h11_event(h11.Response(status_code=int(fault.status), headers=dated))
        if has_body:
            await self._send_h11_event(h11.Data(data=body))
        await self._send_h11_event(h11.EndOfMessage())

    async def _send_h11_event(self, event: H11SendableEvent) -> None:
        """Send an event, what is of known length as a whole: its end follows at once."""
        try:
            self._held += self.connection.send(_with_reason(event)) or b""
        except h11.LocalProtocolError:
            if self.connection.their_state is not h11.ERROR:
                raise
            return
        if isinstance(event, h11.Response):
            self._is_length_known = any(name == b"content-length" for name, _ in event.headers)
        elif isinstance(event, h11.EndOfMessage):
            self._is_length_known = False
        if self._held and not (self._is_length_known and len(self._held) < HELD_BYTES):
            held, self._held = self._held, bytearray()
            await self.send(RawData(data=bytes(held)))


def _with_target(request: h11.Request, target: bytes) -> h11.Request:
    if target == request.target:
        return request
    return h11.Request(
        method=request.method,
        headers=request.headers,
        target=target,
        http_version=request.http_version,
        _parsed=True,
    )


def _with_reason(event: H11SendableEvent) -> H11SendableEvent:
    if not isinstance(event, h11.Response | h11.InformationalResponse) or event.reason:
        return event
    return type(event)(
        headers=event.headers,
        status_code=event.status_code,
        reason=_reason(event.status_code),
        http_version=event.http_version,
        _parsed=True,
    )


def _reason(status_code: int) -> bytes:
    try:
        return HTTPStatus(status_code).phrase.encode()
    except ValueError:
        return b""
