"""Turns every exception of a request into a problem; nothing escapes to the server."""

from __future__ import annotations

from http import HTTPStatus
from typing import Final

import structlog
import trio
from quart import Response, current_app, has_request_context
from quart_trio import QuartTrio
from werkzeug.exceptions import HTTPException, RequestEntityTooLarge
from werkzeug.routing import WebsocketMismatch

from pulse_router.api.requests.problems import Problem, limit_problem, problem_response
from pulse_router.api.server.exchange import current_exchange
from pulse_router.api.server.places import NoPlace, TooManyOfTenant
from pulse_router.domain.budgets import LimitReached
from pulse_router.domain.errors import (
    ConstraintViolated,
    DataRefused,
    PulseError,
    TookTooLong,
    Unavailable,
    Unreadable,
)

_RETRY_AFTER_SECONDS: Final = 5
_OWN_HEADERS: Final = frozenset({"content-type", "content-length"})
_log = structlog.get_logger(__name__)


def handle_errors(app: QuartTrio) -> None:
    """Register the one handler."""

    async def answer(error: Exception) -> Response:
        await trio.lowlevel.checkpoint()  # Quart runs a function that is not async in a thread
        return problem_response(_problem_of(error))

    app.register_error_handler(Exception, answer)


def _problem_of(error: Exception) -> Problem:
    match error:
        case Problem():
            return error
        case HTTPException():
            return _problem_of_http(error)
        case NoPlace():
            return _problem_of_place(error)
        case LimitReached():
            return limit_problem(error)
        case PulseError():
            problem = _problem_of_database(error)
            if problem is not None:
                return problem
    _log.error("a request failed", path=current_exchange().path, exc_info=error)
    return Problem(
        HTTPStatus.INTERNAL_SERVER_ERROR, "Something went wrong inside; it is in the log."
    )


def _problem_of_database(error: PulseError) -> Problem | None:
    match error:
        case TookTooLong():
            _log.warning("a request took too long", path=current_exchange().path)
            return Problem(
                HTTPStatus.SERVICE_UNAVAILABLE,
                "The database has taken too long for this. Ask for less: narrower filters or times,"
                " or the next page by 'after'.",
                headers={"Retry-After": str(_RETRY_AFTER_SECONDS)},
            )
        case Unavailable():
            _log.warning(
                "a request met an outage", path=current_exchange().path, problem=str(error)
            )
            return Problem(
                HTTPStatus.SERVICE_UNAVAILABLE,
                "The database cannot be reached now; try again.",
                headers={"Retry-After": str(_RETRY_AFTER_SECONDS)},
            )
        case DataRefused():
            return Problem(
                HTTPStatus.UNPROCESSABLE_ENTITY,
                "The request holds a value that cannot be stored, such as the null character.",
            )
        case Unreadable():
            return Problem(HTTPStatus.INTERNAL_SERVER_ERROR, _sentence(str(error)))
        case ConstraintViolated():
            return Problem(HTTPStatus.CONFLICT, "The request contradicts what is stored.")
    return None


def _problem_of_place(error: NoPlace) -> Problem:
    is_tenants = isinstance(error, TooManyOfTenant)
    status = HTTPStatus.TOO_MANY_REQUESTS if is_tenants else HTTPStatus.SERVICE_UNAVAILABLE
    return Problem(status, str(error), headers={"Retry-After": str(_RETRY_AFTER_SECONDS)})


def _sentence(text: str) -> str:
    return f"{text[:1].upper()}{text[1:]}."


def _problem_of_http(error: HTTPException) -> Problem:
    if isinstance(error, WebsocketMismatch) and has_request_context():
        return Problem(
            HTTPStatus.UPGRADE_REQUIRED,
            "There is a WebSocket here: connect to it by ws:// or wss://.",
            headers={"Upgrade": "websocket", "Connection": "Upgrade"},
        )
    status = HTTPStatus(error.code or HTTPStatus.INTERNAL_SERVER_ERROR)
    headers = {
        name: value for name, value in error.get_headers() if name.lower() not in _OWN_HEADERS
    }
    return Problem(status, _words(error, status), headers=headers)


def _words(error: HTTPException, status: HTTPStatus) -> str:
    if not isinstance(error, RequestEntityTooLarge):
        return status.description or status.phrase
    if error.description != RequestEntityTooLarge.description:
        return error.description  # of a path with a bound of its own
    most = current_app.config["MAX_CONTENT_LENGTH"]
    return f"The body is larger than the {most} bytes that http.max_body_bytes allows."
