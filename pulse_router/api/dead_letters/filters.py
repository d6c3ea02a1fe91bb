"""By what dead letters are narrowed down, as it stands in a query."""

from __future__ import annotations

from typing import Annotated, Final

from msgspec import Meta
from quart import request

from pulse_router.api.openapi.parameters import query_parameter
from pulse_router.api.requests.problems import bad_parameter
from pulse_router.api.requests.reading import (
    read_choice,
    read_choices,
    read_period,
    read_query_id,
    read_text,
)
from pulse_router.api.requests.values import MAX_ID, Id, Time
from pulse_router.domain.dead_letters.selection import Cause, DeadLetterFilter
from pulse_router.domain.deliveries import DeadLetterStatus

MAX_ROUTES: Final = 100
MAX_TEXT: Final = 200

Text = Annotated[str, Meta(min_length=1, max_length=MAX_TEXT)]

FILTERS: Final = (
    query_parameter(
        "status",
        list[DeadLetterStatus],
        "Only those of one of these statuses.",
        listed=True,
    ),
    query_parameter(
        "route_id",
        Annotated[list[Id], Meta(max_length=MAX_ROUTES)],
        f"Only those of one of these routes, at most {MAX_ROUTES}.",
        listed=True,
    ),
    query_parameter("error", Text, "Only those with this text in their error, in any case."),
    query_parameter(
        "cause",
        Cause,
        "Only those whose last attempt came to this: a redirect (3xx), a client error (4xx), a"
        " server error (5xx), or no answer that has a status.",
    ),
    query_parameter("device_id", Text, "Only those of this device."),
    query_parameter("destination_type", Text, "Only those that were to go to this type."),
    query_parameter("from", Time, "Only those that came to be at this time or later."),
    query_parameter("to", Time, "Only those that came to be before this time."),
    query_parameter("before", Id, "Only those with a lower id."),
)
"""What a query may have."""


def read_filter() -> DeadLetterFilter:
    """Read which dead letters the query asks for.

    Raises:
        Problem: 400 naming the parameter.
    """
    start, end = read_period()
    return DeadLetterFilter(
        statuses=sorted(read_choices("status", DeadLetterStatus) or ()),
        route_ids=_read_route_ids(),
        error=_read_some("error"),
        cause=read_choice("cause", Cause),
        device_id=_read_some("device_id"),
        destination_type=_read_some("destination_type"),
        start=start,
        end=end,
        before=read_query_id("before"),
    )


def _read_some(name: str) -> str | None:
    text = read_text(name, MAX_TEXT)
    if text == "":
        raise bad_parameter(name, "must not be empty", text)
    return text


def _read_route_ids() -> list[int]:
    text = request.args.get("route_id")
    if text is None:
        return []
    parts = text.split(",")
    if not all(part.isascii() and part.isdigit() for part in parts):
        raise bad_parameter("route_id", "must be whole numbers, separated by commas", text)
    numbers = sorted({int(part) for part in parts if len(part) <= len(str(MAX_ID))})
    if len(parts) > MAX_ROUTES or not numbers or not 1 <= numbers[0] <= numbers[-1] <= MAX_ID:
        raise bad_parameter(
            "route_id", f"must be 1 to {MAX_ROUTES} numbers from 1 to {MAX_ID}", text
        )
    return numbers
