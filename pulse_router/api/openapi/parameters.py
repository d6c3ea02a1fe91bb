"""What the API description says of the parameters of a path, a query and the headers."""

from __future__ import annotations

from typing import Annotated, Any, Final, Literal

import attrs
from msgspec import Meta

from pulse_router.api.requests.cursors import After
from pulse_router.api.requests.values import DEFAULT_LIMIT, MAX_LIMIT, MAX_OFFSET


@attrs.frozen(kw_only=True)
class Parameter:
    """A parameter of the path, the query or the headers.

    Attributes:
        name: Its name, as a request has it.
        place: Where it stands.
        kind: Its type, with bounds, in msgspec's words.
        description: What it does.
        default: What holds where it is not given, when that can be said.
        required: Whether it must be given.
        listed: Whether it holds several values, separated by commas; `kind` is then a list.
    """

    name: str
    place: Literal["path", "query", "header"]
    kind: Any
    description: str
    default: Any = None
    required: bool = False
    listed: bool = False


def path_parameter(name: str, kind: object, description: str) -> Parameter:
    """Describe a part of the path: `<name>` there."""
    return Parameter(name=name, place="path", kind=kind, description=description, required=True)


def query_parameter(
    name: str,
    kind: object,
    description: str,
    *,
    default: object = None,
    required: bool = False,
    listed: bool = False,
) -> Parameter:
    """Describe a parameter of the query."""
    return Parameter(
        name=name,
        place="query",
        kind=kind,
        description=description,
        default=default,
        required=required,
        listed=listed,
    )


def header_parameter(name: str, kind: object, description: str) -> Parameter:
    """Describe a header that a request may bring."""
    return Parameter(name=name, place="header", kind=kind, description=description)


LIMIT: Final = query_parameter(
    "limit",
    Annotated[int, Meta(ge=1, le=MAX_LIMIT)],
    "How many to give at the most.",
    default=DEFAULT_LIMIT,
)
OFFSET: Final = query_parameter(
    "offset",
    Annotated[int, Meta(ge=0, le=MAX_OFFSET)],
    "How many to pass over.",
    default=0,
)
AFTER: Final = query_parameter(
    "after",
    After,
    "Where to go on: `next` of the page before. Not beside `offset`. Goes to any depth at the same"
    " cost; such a page also ends when it weighs 1 MiB.",
)
PAGE: Final = (LIMIT, OFFSET, AFTER)
"""What every list takes."""

FIELDS: Final = query_parameter(
    "fields",
    Literal["all", "summary"],
    "With `summary` all payloads are left out.",
    default="all",
)
"""What lists of things with payloads take."""
