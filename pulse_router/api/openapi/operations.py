"""What the API description says of one path and method; it knows nothing of handlers.

Each resource describes its operations beside the types that it reads and sends, and hands them to
`Paths`, which checks requests against them. The description at `/openapi.json` is generated from
nothing else.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any, Final, Literal, TypeAlias

import attrs
import msgspec
from msgspec import Meta

DEFAULT_LIMIT: Final = 50
MAX_LIMIT: Final = 500
MAX_OFFSET: Final = 1_000_000_000
MAX_ID: Final = 2**63 - 1

Id: TypeAlias = Annotated[int, Meta(ge=1, le=MAX_ID)]
"""The id of a route, a dead letter, a group or an alert, as a client writes it."""

EventId: TypeAlias = Annotated[str, Meta(pattern="^[0-9]{1,20}$")]
"""A 64-bit id in an answer: a decimal string, for JavaScript's numbers are too short."""


Time: TypeAlias = Annotated[datetime, Meta(tz=True)]
"""A time with its offset. Answers give it in UTC."""


class Audience(StrEnum):
    """Who may call an operation."""

    PUBLIC = "public"
    CUSTOMER_READER = "customer-reader"
    CUSTOMER_WRITER = "customer-writer"
    OPERATOR_READER = "operator-reader"
    OPERATOR_WRITER = "operator-writer"


@attrs.frozen
class Media:
    """A body that is no single JSON object.

    Attributes:
        content_type: Its media type, like `application/x-ndjson`.
        description: What it holds.
        line: For NDJSON: what one line is.
        event: For event streams: what the data of an event is, a Struct or a union of Structs.
        schema: Its JSON Schema, where it is no text.
    """

    content_type: str
    description: str
    line: type[msgspec.Struct] | None = None
    event: Any = None
    schema: Mapping[str, Any] = attrs.field(factory=lambda: {"type": "string"})


Body: TypeAlias = type[msgspec.Struct] | Media


@attrs.frozen
class Answer:
    """An answer that is no problem.

    Attributes:
        body: What it holds; None for nothing.
        description: When it is given, where the status does not say enough.
        headers: Its own headers, and what each of them says.
    """

    body: Body | None
    description: str = ""
    headers: Mapping[str, str] = attrs.field(factory=dict)


@attrs.frozen(kw_only=True)
class Conversation:
    """What is said over a WebSocket, once it is open.

    Attributes:
        sent: What the router sends: a Struct, or a union of Structs.
        taken: What a client may send, likewise.
        close_codes: What the router closes it with, and why.
    """

    sent: Any
    taken: Any
    close_codes: Mapping[int, str]


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
PAGE: Final = (LIMIT, OFFSET)
"""What every list takes."""


def _as_answers(given: Mapping[int, Answer | Body | None]) -> Mapping[int, Answer]:
    return {
        int(status): answer if isinstance(answer, Answer) else Answer(answer)
        for status, answer in given.items()
    }


@attrs.frozen(kw_only=True)
class Operation:
    """One path and method, for people and for client generators.

    The problems that every operation of its kind may give are added by themselves: 401 and 403
    where a token is asked for, 400 where there are parameters or a body, 408, 413, 415 and 422
    where there is a body, 431, 500 and 503.

    Attributes:
        id: Its name for client generators, like `list_routes`; no other operation has it.
        tag: The resource, as a heading.
        summary: What it does, in a few words.
        description: What else there is to know.
        parameters: What the path, the query and the headers may bring. An operation with parameters
            in the query refuses all others there.
        body: What the request's body is; None where it has none.
        body_is_optional: Whether no body at all stands for an empty object.
        answers: By status, what is answered when all goes well.
        problems: By status, when it fails in a way that is its own.
        problem_types: By status, those of them that have members of their own.
        example: A request body that works.
        answer_seconds: How long the answer may take to be made, when not as long as any other.
        conversation: For a WebSocket: what is said over it.
    """

    id: str
    tag: str
    summary: str
    description: str = ""
    parameters: Sequence[Parameter] = ()
    body: Body | None = None
    body_is_optional: bool = False
    answers: Mapping[int, Answer] = attrs.field(converter=_as_answers)
    problems: Mapping[int, str] = attrs.field(factory=dict)
    problem_types: Mapping[int, type[msgspec.Struct]] = attrs.field(factory=dict)
    example: Any = None
    answer_seconds: float | None = None
    conversation: Conversation | None = None

    @property
    def query_names(self) -> frozenset[str]:
        """Which parameters the query may have."""
        return frozenset(each.name for each in self.parameters if each.place == "query")


@attrs.frozen(kw_only=True)
class Registered:
    """An operation where it is registered.

    Attributes:
        method: The HTTP method; a WebSocket begins as a GET.
        path: The path without the version's prefix; `<name>` stands for a parameter.
        audience: Who may call it.
        is_prefixed: Whether it answers with the version's prefix too.
        takes_query_token: Whether the token may stand in the query, as `token`.
        is_websocket: Whether it is a WebSocket.
        operation: What it does.
    """

    method: str
    path: str
    audience: Audience
    is_prefixed: bool = True
    takes_query_token: bool = False
    is_websocket: bool = False
    operation: Operation
