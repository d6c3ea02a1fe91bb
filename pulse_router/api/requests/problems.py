"""Errors as RFC 9457 problem details; no other part of the API writes an error's body."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from http import HTTPStatus
from itertools import islice
from typing import Any, Final, TypeVar

import attrs
import msgspec
from msgspec import UNSET
from quart import Response

from pulse_router.api.requests.responses import json_response
from pulse_router.api.server.exchange import current_exchange
from pulse_router.api.server.problem_body import CONTENT_TYPE, FaultAnswer, ProblemAnswer
from pulse_router.domain.budgets import LimitReached

T = TypeVar("T")

MAX_FAULTS: Final = 50
"""How many faults a problem tells: what is sent must not come back many times as long."""

RETRY_AFTER_SECONDS: Final = 5
"""After how long to try again, where nobody knows better."""

_MAX_NAME_LENGTH: Final = 200
_MAX_MESSAGE_LENGTH: Final = 500
_MAX_VALUE_LENGTH: Final = 200
_NO_HEADERS: Final[Mapping[str, str]] = {}
_NO_MEMBERS: Final[Mapping[str, Any]] = {}


@attrs.frozen
class FieldFault:
    """What is wrong with one field: of the body, the query or the path.

    `value` is what was sent, where that helps and is no secret.
    """

    field: str
    message: str
    value: str | None = None

    def answer(self) -> FaultAnswer:
        """Give it as it stands in `errors`."""
        shown = UNSET if self.value is None else self.value[:_MAX_VALUE_LENGTH]
        return FaultAnswer(self.field[:_MAX_NAME_LENGTH], self.message[:_MAX_MESSAGE_LENGTH], shown)


class Problem(Exception):
    """Ends a request with an error.

    Args:
        status: The status code, 400 or above.
        detail: What is wrong, and what to do about it, in a sentence.
        faults: What is wrong with which field; the first `MAX_FAULTS` are told.
        headers: Headers for the answer.
        members: Further members of the problem object.
    """

    def __init__(
        self,
        status: HTTPStatus,
        detail: str,
        *,
        faults: Iterable[FieldFault] = (),
        headers: Mapping[str, str] = _NO_HEADERS,
        members: Mapping[str, Any] = _NO_MEMBERS,
    ) -> None:
        super().__init__(detail)
        self.status = status
        all_faults = iter(faults)
        self.faults: Sequence[FieldFault] = tuple(islice(all_faults, MAX_FAULTS))
        are_all = next(all_faults, None) is None
        self.detail = detail if are_all else f"{detail} These are the first {MAX_FAULTS} faults."
        self.headers = headers
        self.members = members


def invalid(faults: Iterable[FieldFault]) -> Problem:
    """Make the problem of a body whose fields are wrong."""
    return Problem(
        HTTPStatus.UNPROCESSABLE_ENTITY, "The request has fields that are not valid.", faults=faults
    )


def bad_parameter(field: str, message: str, value: str) -> Problem:
    """Make the problem of a path or query parameter that is wrong."""
    return Problem(
        HTTPStatus.BAD_REQUEST,
        f"The parameter {field!r} is not valid.",
        faults=[FieldFault(field, message, value)],
    )


def not_found(what: str) -> Problem:
    """Make the problem of a thing that the tenant does not have."""
    return Problem(HTTPStatus.NOT_FOUND, f"There is no such {what}.")


def limit_problem(reached: LimitReached, *, detail: str | None = None) -> Problem:
    """Make the problem of a tenant that has reached one of its bounds, in its words or others."""
    after_seconds = reached.after_seconds
    wait = RETRY_AFTER_SECONDS if after_seconds is None else math.ceil(after_seconds)
    return Problem(
        HTTPStatus.TOO_MANY_REQUESTS if reached.passes else HTTPStatus.CONFLICT,
        detail or str(reached),
        headers={"Retry-After": str(max(1, wait))} if reached.passes else {},
        members={
            "bound": f"limits.{reached.bound}",
            "limit": reached.limit,
            "usage": reached.usage,
            "way_out": reached.way_out,
        },
    )


def found(thing: T | None, what: str) -> T:
    """Give a thing that was looked for.

    Raises:
        Problem: 404, when the tenant does not have it.
    """
    if thing is None:
        raise not_found(what)
    return thing


def problem_response(problem: Problem) -> Response:
    """Write a problem as a response."""
    exchange = current_exchange()
    body = ProblemAnswer(
        type="about:blank",
        title=problem.status.phrase,
        status=int(problem.status),
        detail=problem.detail,
        instance=exchange.path,
        request_id=exchange.request_id,
        errors=[fault.answer() for fault in problem.faults] or UNSET,
    )
    response = json_response(
        {**msgspec.to_builtins(body), **problem.members} if problem.members else body,
        problem.status,
    )
    response.content_type = CONTENT_TYPE
    response.headers.update(problem.headers)
    return response
