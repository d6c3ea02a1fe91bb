"""One request and its answer, as the log and the errors speak of it; it knows no resource."""

from __future__ import annotations

import re
import secrets
from collections.abc import Mapping
from contextlib import AbstractContextManager, ExitStack
from typing import Any, Final, TypeVar, cast

import attrs
import structlog
from quart import has_request_context, request, websocket

from pulse_router.api.server.places import PLACE, Place

T = TypeVar("T")

HEADER: Final = "X-Request-Id"
INSIDE: Final = "inside"
"""Where the application finds, in the scope's state, whether only operators reach the listener."""

_KEY: Final = "pulse_router.exchange"
_SANE: Final = re.compile(rb"[A-Za-z0-9][A-Za-z0-9._:/+=@-]{0,127}")
_RANDOM_BYTES: Final = 12
_LONGEST_PATH: Final = 1000


@attrs.define
class Exchange:
    """What is known of a request beside the request itself.

    `path` is as it came, percent-encoded and without the query: that may hold a token. `tenant_id`
    is filled in once the token is checked. `kept` is closed when the exchange has ended. `place` is
    that of its connection, where there is one. `is_inside` where it came by a listener that only
    operators reach.
    """

    request_id: str
    path: str
    tenant_id: str | None = None
    place: Place | None = attrs.field(default=None, repr=False)
    is_inside: bool = False
    kept: ExitStack = attrs.field(factory=ExitStack, repr=False, eq=False)


def new_request_id() -> str:
    """Make an id for a request that brings none."""
    return secrets.token_urlsafe(_RANDOM_BYTES)


def begin(scope: Any) -> Exchange:  # noqa: ANN401 - a TypedDict without room for what is added
    """Begin an exchange under the id that the client gives, or, where that is not fit, our own.

    Args:
        scope: The request's ASGI scope, in which the exchange is noted.
    """
    given = [value for name, value in scope["headers"] if name == b"x-request-id"]
    is_fit = len(given) == 1 and _SANE.fullmatch(given[0])
    request_id = given[0].decode("ascii") if is_fit else new_request_id()
    path = scope["raw_path"][:_LONGEST_PATH].decode("ascii", "backslashreplace")
    state = scope.get("state") or {}
    exchange = Exchange(
        request_id, path, place=state.get(PLACE), is_inside=state.get(INSIDE, False)
    )
    scope[_KEY] = exchange
    return exchange


def current_exchange() -> Exchange:
    """Give the exchange of the request, or the WebSocket, that is being handled."""
    asked = request if has_request_context() else websocket
    scope = cast("Mapping[str, Any]", asked.scope)
    exchange: Exchange = scope[_KEY]
    return exchange


def keep_to_the_end(context: AbstractContextManager[T]) -> T:
    """Enter a context, and leave it when the exchange has ended, however and wherever it ends."""
    return current_exchange().kept.enter_context(context)


def note_tenant(tenant_id: str) -> None:
    """Note for whom the request is, for this and every further line of it in the log.

    Raises:
        TooManyOfTenant: The tenant has as many requests under way as it may.
    """
    _name_tenant(tenant_id)
    note_known(tenant_id)


def note_read_as(tenant_id: str) -> None:
    """Note the same of an operator's request, which is none of the tenant's own."""
    _name_tenant(tenant_id)
    note_known(None)


def _name_tenant(tenant_id: str) -> None:
    current_exchange().tenant_id = tenant_id
    structlog.contextvars.bind_contextvars(tenant=tenant_id)


def note_known(tenant_id: str | None) -> None:
    """Note that the request has a token: it makes room for no stranger's.

    Raises:
        TooManyOfTenant: The tenant, if it is for one, has as many requests under way as it may.
    """
    place = current_exchange().place
    if place is not None:
        place.show(tenant_id)


def note_stream() -> None:
    """Note that the request is a live stream.

    Raises:
        NoPlace: There are as many as may be; the rest of the places is for requests.
    """
    place = current_exchange().place
    if place is not None:
        place.stream()
