"""What the API description says of one path and method; it knows nothing of handlers.

Each resource describes its operations beside the types that it reads and sends, and hands them to
`Paths`, which checks requests against them. The description at `/openapi.json` is generated from
nothing else.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final, TypeAlias

import attrs
import msgspec

from pulse_router.api.openapi.audiences import Audience
from pulse_router.api.openapi.parameters import Parameter

VERSIONED: Final = "/api/v1"
"""With this prefix, most paths answer too."""


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


@attrs.frozen
class Registered:
    """An operation where it is registered.

    Attributes:
        method: The HTTP method; a WebSocket begins as a GET.
        path: The path without the version's prefix; `<name>` stands for a parameter.
        audience: Who may call it.
        operation: What it does.
        is_prefixed: Whether it answers with the version's prefix too.
        takes_query_token: Whether the token may stand in the query, as `token`.
        is_websocket: Whether it is a WebSocket.
    """

    method: str
    path: str
    audience: Audience
    operation: Operation
    is_prefixed: bool = attrs.field(default=True, kw_only=True)
    takes_query_token: bool = attrs.field(default=False, kw_only=True)
    is_websocket: bool = attrs.field(default=False, kw_only=True)
