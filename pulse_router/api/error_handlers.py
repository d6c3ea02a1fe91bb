"""Turns every exception of a request into a problem; nothing escapes to the server."""

from __future__ import annotations

from http import HTTPStatus
from typing import Final

import structlog
from quart import Response
from quart_trio import QuartTrio
from werkzeug.exceptions import HTTPException

from pulse_router.api.problems import Problem, current_path, problem_response
from pulse_router.domain.errors import ConstraintViolated, DataRefused, Unavailable

_RETRY_AFTER_SECONDS: Final = 5
_log = structlog.get_logger(__name__)


def handle_errors(app: QuartTrio) -> None:
    """Register the handlers."""
    app.register_error_handler(Problem, _on_problem)
    app.register_error_handler(HTTPException, _on_http_exception)
    app.register_error_handler(Unavailable, _on_unavailable)
    app.register_error_handler(DataRefused, _on_data_refused)
    app.register_error_handler(ConstraintViolated, _on_constraint_violated)
    app.register_error_handler(Exception, _on_bug)


async def _on_problem(problem: Exception) -> Response:
    assert isinstance(problem, Problem)  # noqa: S101 - what it is registered for
    return problem_response(problem)


async def _on_http_exception(error: Exception) -> Response:
    assert isinstance(error, HTTPException)  # noqa: S101 - what it is registered for
    status = HTTPStatus(error.code or HTTPStatus.INTERNAL_SERVER_ERROR)
    headers = {
        name: value
        for name, value in error.get_headers()
        if name.lower() not in {"content-type", "content-length"}
    }
    return problem_response(Problem(status, status.description or status.phrase, headers=headers))


async def _on_unavailable(error: Exception) -> Response:
    _log.warning("a request met an outage", path=current_path(), problem=str(error))
    return problem_response(
        Problem(
            HTTPStatus.SERVICE_UNAVAILABLE,
            "The database cannot be reached now; try again.",
            headers={"Retry-After": str(_RETRY_AFTER_SECONDS)},
        )
    )


async def _on_data_refused(_error: Exception) -> Response:
    return problem_response(
        Problem(
            HTTPStatus.UNPROCESSABLE_ENTITY,
            "The request holds a value that cannot be stored, such as the null character.",
        )
    )


async def _on_constraint_violated(_error: Exception) -> Response:
    return problem_response(Problem(HTTPStatus.CONFLICT, "The request contradicts what is stored."))


async def _on_bug(_error: Exception) -> Response:
    _log.exception("a request failed", path=current_path())
    return problem_response(
        Problem(HTTPStatus.INTERNAL_SERVER_ERROR, "Something went wrong inside; it is in the log.")
    )
