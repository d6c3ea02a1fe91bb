"""Who may call what: reads the token, asks for roles, and registers handlers under their paths.

Every path is registered here, with what the API description says of it, so that none answers
without a token by oversight, and none is missing from the description.
"""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable
from http import HTTPStatus
from typing import Final

import structlog
import trio
from quart import Response, request
from quart_trio import QuartTrio

from pulse_router.api.access import reading_as
from pulse_router.api.access.callers import NO_ROLE, actor_of, also_taking, read_reader, tenant_of
from pulse_router.api.access.gate import TenantGate
from pulse_router.api.access.ports import TokenVerifier
from pulse_router.api.access.read_turns import ReadTurns
from pulse_router.api.access.reading_as import Reader
from pulse_router.api.access.refusals import bearer_token, forbidden, unauthorized
from pulse_router.api.access.tokens import Principal, TokenRefused
from pulse_router.api.openapi.audiences import Audience
from pulse_router.api.openapi.operations import VERSIONED, Operation, Registered
from pulse_router.api.requests.problems import Problem
from pulse_router.api.requests.reading import check_parameters
from pulse_router.api.server.exchange import (
    current_exchange,
    keep_to_the_end,
    note_known,
    note_read_as,
    note_stream,
    note_tenant,
)
from pulse_router.domain.errors import Unavailable
from pulse_router.runtime.actors import acting

MISSING_TOKEN: Final = "Missing token parameter"  # noqa: S105 - a message
REFUSED_TOKEN: Final = "Invalid or expired token"  # noqa: S105 - a message
RETRY_AFTER_SECONDS: Final = "5"

_QUERY_TOKEN: Final = "token"  # noqa: S105 - the name of a parameter

Handler = Callable[..., Awaitable[Response]]
_log = structlog.get_logger(__name__)


class Paths:
    """Registers handlers, each under its path with and without the version's prefix.

    What is registered has a `method` of HTTP, a `path` without the prefix, a `handler`, which
    answers a request, and an `operation`, which describes it. `writes` says whether it changes
    something: that asks for other roles. Where it is not `prefixed`, it answers without the prefix
    only.

    Attributes:
        registered: Every operation that was registered, in that order.

    Args:
        app: Where they are registered.
        tokens: Checks the callers' tokens.
        gate: Lets the tenants' requests in.
        answer_seconds: How long an answer may take to be made.
    """

    def __init__(
        self, app: QuartTrio, tokens: TokenVerifier, gate: TenantGate, *, answer_seconds: float
    ) -> None:
        self._app = app
        self._tokens = tokens
        self._gate = gate
        self._answer_seconds = answer_seconds
        self._read_turns = ReadTurns(lambda each: gate.budgets.of(each).database_connections)
        self.registered: list[Registered] = []

    def public(
        self, method: str, path: str, handler: Handler, *, prefixed: bool, operation: Operation
    ) -> None:
        """Register a handler that needs no token."""
        self._add(
            handler, Registered(method, path, Audience.PUBLIC, operation, is_prefixed=prefixed)
        )

    def holder(
        self,
        path: str,
        handler: Callable[[Principal], Awaitable[Response]],
        *,
        operation: Operation,
    ) -> None:
        """Register a GET handler for whoever has a valid token; it is told who that is."""
        known = operation.query_names

        async def guarded() -> Response:
            principal = await self._principal()
            note_known(principal.tenant_id)
            check_parameters(known, {})
            return await handler(principal)

        self._add(guarded, Registered("GET", path, Audience.HOLDER, operation))

    async def is_operators(self) -> bool:
        """Tell whether the request is an operator's, by its token or by how it came.

        For what needs no token: one that is refused, or cannot be checked, is none.
        """
        if current_exchange().is_inside:
            return True
        token = bearer_token(request.headers.get("Authorization"))
        if token is None:
            return False
        try:
            return (await self._tokens.verify(token)).may_read_as_operator
        except (TokenRefused, Unavailable):
            return False

    def customer(
        self, method: str, path: str, handler: Handler, *, writes: bool, operation: Operation
    ) -> None:
        """Register a handler for a tenant's users; it gets the tenant's id first."""
        known, is_read = operation.query_names, method == "GET"
        if is_read:
            operation = also_taking(operation, reading_as.IN_HEADER)

        async def guarded(**arguments: str) -> Response:
            principal = await self._principal()
            named = request.headers.get(reading_as.HEADER)
            reader = read_reader(principal, named, is_read=is_read)
            tenant_id = self._admit(principal, reader, operation, writes=writes)
            check_parameters(known, arguments)
            audit_bytes = self._gate.budgets.of(tenant_id).audit_bytes
            with acting(actor_of(principal, "customer", operation, audit_bytes)):
                await self._take_turn(method, None if reader.is_foreign else tenant_id)
                return await handler(tenant_id, **arguments)

        audience = Audience.CUSTOMER_WRITER if writes else Audience.CUSTOMER_READER
        self._add(guarded, Registered(method, path, audience, operation))

    def operator(
        self, method: str, path: str, handler: Handler, *, writes: bool, operation: Operation
    ) -> None:
        """Register a handler for operators, who see all tenants."""
        known = operation.query_names

        async def guarded(**arguments: str) -> Response:
            principal = await self._principal()
            if not (principal.may_write_as_operator if writes else principal.may_read_as_operator):
                raise forbidden(f"{NO_ROLE}.")
            note_known(None)
            check_parameters(known, arguments)
            with acting(actor_of(principal, "operator", operation)):
                await self._take_turn(method, None)
                return await handler(**arguments)

        audience = Audience.OPERATOR_WRITER if writes else Audience.OPERATOR_READER
        self._add(guarded, Registered(method, path, audience, operation))

    def stream(
        self,
        path: str,
        handler: Callable[[str, float], Awaitable[Response]],
        operation: Operation,
    ) -> None:
        """Register a GET handler for a tenant's readers whose answer may go on for hours.

        A browser's EventSource cannot set headers, so the token may stand in the query too.

        Args:
            path: Where.
            handler: Gets the tenant's id, and when the token expires, in Unix seconds.
            operation: Describes it, without the parameters `token` and `tenant_id`.
        """
        operation = also_taking(operation, reading_as.IN_QUERY)
        known = operation.query_names | {_QUERY_TOKEN}

        async def guarded() -> Response:
            principal = await self._principal(request.args.get(_QUERY_TOKEN))
            if principal.expires_at <= time.time():
                # It is taken for a short while yet, but a stream would end as it begins, and be
                # opened again and again.
                raise unauthorized(f"{REFUSED_TOKEN}.", error="invalid_token")
            reader = read_reader(principal, request.args.get(reading_as.QUERY), is_read=True)
            note_stream()
            tenant_id = self._admit(principal, reader, operation, writes=False)
            check_parameters(known, {})
            return await handler(tenant_id, principal.expires_at)

        audience = Audience.CUSTOMER_READER
        self._add(guarded, Registered("GET", path, audience, operation, takes_query_token=True))

    def websocket(
        self,
        path: str,
        handler: Callable[[], Awaitable[None]],
        operation: Operation,
        *,
        prefixed: bool = True,
    ) -> None:
        """Register a handler for WebSockets; it checks the token itself, after accepting.

        The `operation` is without the parameters `token` and `tenant_id`.
        """
        operation = also_taking(operation, reading_as.IN_QUERY)
        for prefix in (VERSIONED, "") if prefixed else ("",):
            self._app.add_websocket(prefix + path, endpoint=f"WS {prefix}{path}", view_func=handler)
        self.registered.append(
            Registered(
                "GET",
                path,
                Audience.CUSTOMER_READER,
                operation,
                is_prefixed=prefixed,
                takes_query_token=True,
                is_websocket=True,
            )
        )

    def _add(self, handler: Handler, registered: Registered) -> None:
        method, path = registered.method, registered.path
        bounded = _bounded(
            handler, seconds=registered.operation.answer_seconds or self._answer_seconds
        )
        for prefix in (VERSIONED, "") if registered.is_prefixed else ("",):
            self._app.add_url_rule(
                prefix + path,
                endpoint=f"{method} {prefix}{path}",
                view_func=bounded,
                methods=[method],
            )
        self.registered.append(registered)

    def _admit(
        self, principal: Principal, reader: Reader, operation: Operation, *, writes: bool
    ) -> str:
        """Let a request in, and give whose data it is for.

        What an operator asks is none of the tenant's own requests.
        """
        tenant_id = tenant_of(principal, reader, writes=writes)
        if reader.is_foreign:
            note_read_as(tenant_id)
            reading_as.tell(principal, tenant_id, operation.id)
        else:
            note_tenant(tenant_id)
            self._gate.admit(tenant_id)
        return tenant_id

    async def _take_turn(self, method: str, tenant_id: str | None) -> None:
        """Wait for a turn to read, which lasts until the client has taken the answer's last byte.

        What writes may wait long for others, and takes none.
        """
        if method == "GET":
            keep_to_the_end(await self._read_turns.take(tenant_id))

    async def _principal(self, query_token: str | None = None) -> Principal:
        token = query_token or bearer_token(request.headers.get("Authorization"))
        if token is None:
            raise unauthorized("Send a token in the header 'Authorization: Bearer …'.", error=None)
        try:
            return await self._tokens.verify(token)
        except TokenRefused:
            raise unauthorized(f"{REFUSED_TOKEN}.", error="invalid_token") from None
        except Unavailable as error:
            _log.debug("a token cannot be checked", problem=str(error))  # the edge has told of it
            raise Problem(
                HTTPStatus.SERVICE_UNAVAILABLE,
                "The issuer of the token cannot be asked for its keys now; try again.",
                headers={"Retry-After": RETRY_AFTER_SECONDS},
            ) from None


def _bounded(handler: Handler, *, seconds: float) -> Handler:
    """Give up on an answer that takes too long: its client has, and it holds what others need."""

    async def answer(**arguments: str) -> Response:
        with trio.move_on_after(seconds):
            return await handler(**arguments)
        raise Problem(
            HTTPStatus.SERVICE_UNAVAILABLE,
            f"No answer within {seconds:g} seconds. What was asked for may have been done or not.",
            headers={"Retry-After": RETRY_AFTER_SECONDS},
        )

    return answer
