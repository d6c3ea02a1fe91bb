"""What an error looks like on the line: problem details (RFC 9457)."""

from __future__ import annotations

from typing import Final

import msgspec
from msgspec import UNSET, UnsetType

CONTENT_TYPE: Final = "application/problem+json"


class FaultAnswer(msgspec.Struct):
    """What is wrong with one field; `value` is what was sent, where that helps."""

    field: str
    message: str
    value: str | UnsetType = UNSET


class ProblemAnswer(msgspec.Struct):
    """An error (RFC 9457). `request_id` is that of the answer's X-Request-Id and of the log."""

    type: str
    title: str
    status: int
    detail: str
    instance: str
    request_id: str
    errors: list[FaultAnswer] | UnsetType = UNSET


class LimitProblem(ProblemAnswer, kw_only=True):
    """A bound of the tenant is reached (409), or will be passed again with time (429).

    `bound` is its name in the router's settings; the operator may raise it.
    """

    bound: str
    limit: float
    usage: float
    way_out: str
