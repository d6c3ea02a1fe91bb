"""OpenAPI 3.1, generated from the operations that are registered and the types that they name.

It knows no resource: what it says of one comes from its operations.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterable, Mapping, Sequence
from http import HTTPStatus
from typing import Any, Final

import msgspec

from pulse_router.api.openapi.audiences import ALLOWED, Audience
from pulse_router.api.openapi.bodies import content, conversation
from pulse_router.api.openapi.operations import VERSIONED, Answer, Media, Registered
from pulse_router.api.openapi.parameters import Parameter
from pulse_router.api.openapi.schemas import Schemas
from pulse_router.api.server.exchange import HEADER
from pulse_router.api.server.problem_body import CONTENT_TYPE, LimitProblem, ProblemAnswer

_PARAMETER: Final = re.compile(r"<(?:path:)?([a-z_]+)>")
_ABOUT: Final = """\
Devices publish over MQTT; pulse-router stores, matches, delivers and streams what they say.

- Every path that begins with `/api/v1` also answers without it.
- A token is a JSON Web Token in the header `Authorization: Bearer …`; it names the tenant and the
  roles. Another tenant's things are not found.
- Errors are problem details (RFC 9457); `errors` says what is wrong with which field.
- Every answer has an `X-Request-Id`: that of the request, or a new one. It is in the log too.
- Fields that are not known are refused, as are parameters of a query that has any.
- A write is answered when the running router acts on it.
- Ids of routes, dead letters, groups and alerts are integers; ids of events are decimal strings.
- Times are RFC 3339 in UTC, without a fraction when it is zero.
"""
_USUAL: Final[Mapping[int, str]] = {
    400: "The path, the query or the body cannot be read.",
    401: "There is no valid token.",
    403: "The token has no tenant, or not the role for it.",
    408: "The body took too long to arrive.",
    413: "The body is too large.",
    415: "The body is of another type than is described.",
    422: "Fields of the body are not valid; `errors` names each.",
    429: "The tenant asks for too much at once, or too often.",
    431: "The headers are too large.",
    500: "Something went wrong inside; it is in the log, under the request's id.",
    503: "It cannot be done now, for the database cannot be reached or is too slow, or too many"
    " clients are connected; try again.",
}
_USUAL_TYPES: Final[Mapping[int, type[msgspec.Struct]]] = {429: LimitProblem}
_HEADERS: Final[Mapping[int, str]] = {
    401: "WWW-Authenticate",
    412: "ETag",
    415: "Accept",
    429: "Retry-After",
    503: "Retry-After",
}
_WITH_BODY: Final = (400, 408, 413, 415, 422)
_GUARDED: Final = (401, 403)
_ALWAYS: Final = (431, 500, 503)
_OF_TENANTS: Final = (Audience.CUSTOMER_READER, Audience.CUSTOMER_WRITER)


def describe(registered: Sequence[Registered], *, version: str) -> dict[str, Any]:
    """Write the description.

    Args:
        registered: The operations, where they are registered.
        version: That of the router.

    Raises:
        ValueError: Two operations have one id, or a path's parameters are not those described.
    """
    schemas = Schemas(_types(registered))
    paths: dict[str, dict[str, Any]] = {}
    ids: set[str] = set()
    for each in registered:
        if each.operation.id in ids:
            raise ValueError(f"two operations have the id {each.operation.id!r}")
        ids.add(each.operation.id)
        path = (VERSIONED if each.is_prefixed else "") + _PARAMETER.sub(r"{\1}", each.path)
        paths.setdefault(path, {})[each.method.lower()] = _operation(each, schemas)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "pulse-router",
            "version": version,
            "description": _ABOUT,
            "license": {"name": "Apache License 2.0", "identifier": "Apache-2.0"},
        },
        "servers": [{"url": "/", "description": "This router"}],
        "tags": [{"name": tag} for tag in dict.fromkeys(each.operation.tag for each in registered)],
        "paths": paths,
        "components": {
            "schemas": schemas.components,
            "responses": {
                _name(status): _problem(
                    text, schemas, status, _USUAL_TYPES.get(status, ProblemAnswer)
                )
                for status, text in _USUAL.items()
            },
            "headers": {
                "RequestId": {
                    "description": "The request's id, to be found in the log.",
                    "schema": {"type": "string"},
                }
            },
            "securitySchemes": {
                "token": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"},
                "queryToken": {
                    "type": "apiKey",
                    "in": "query",
                    "name": "token",
                    "description": "The same token, where a browser cannot set headers.",
                },
            },
        },
    }


def _types(registered: Iterable[Registered]) -> Iterable[object]:
    yield from (ProblemAnswer, LimitProblem)
    for each in registered:
        operation = each.operation
        for body in (operation.body, *(answer.body for answer in operation.answers.values())):
            if isinstance(body, Media):
                yield from (kind for kind in (body.line, body.event) if kind is not None)
            elif body is not None:
                yield body
        yield from operation.problem_types.values()
        if operation.conversation is not None:
            yield from (operation.conversation.sent, operation.conversation.taken)
        for parameter in operation.parameters:
            yield parameter.kind


def _operation(each: Registered, schemas: Schemas) -> dict[str, Any]:
    operation = each.operation
    described = {p.name for p in operation.parameters if p.place == "path"}
    if described != set(_PARAMETER.findall(each.path)):
        raise ValueError(f"{operation.id}: the path's parameters are not those that are described")
    written: dict[str, Any] = {
        "operationId": operation.id,
        "tags": [operation.tag],
        "summary": operation.summary,
        "description": _description(each),
        "security": _security(each),
        "responses": _responses(each, schemas),
    }
    if operation.parameters:
        written["parameters"] = [_parameter(p, schemas) for p in operation.parameters]
    if operation.body is not None:
        written["requestBody"] = {
            "required": not operation.body_is_optional,
            "content": content(operation.body, schemas, example=operation.example, closed=True),
        }
    if operation.conversation is not None:
        written["x-websocket"] = conversation(operation.conversation, schemas)
    return written


def _description(each: Registered) -> str:
    parts = [inspect.cleandoc(each.operation.description)]
    if each.is_websocket:
        parts.append("A WebSocket: the request is its opening handshake.")
    if roles := ALLOWED.get(each.audience):
        parts.append(f"Roles: {', '.join(f'`{role}`' for role in sorted(roles))}.")
    if each.audience is Audience.HOLDER:
        parts.append("Any valid token will do.")
    return "\n\n".join(part for part in parts if part)


def _security(each: Registered) -> list[dict[str, list[str]]]:
    if each.audience is Audience.PUBLIC:
        return []
    names = ("token", "queryToken") if each.takes_query_token else ("token",)
    return [{name: []} for name in names]


def _responses(each: Registered, schemas: Schemas) -> dict[str, Any]:
    operation = each.operation
    written = {
        str(status): _answer(answer, HTTPStatus(status), schemas)
        for status, answer in operation.answers.items()
    }
    for status in sorted({*_usual(each), *operation.problems}):
        own = operation.problems.get(status)
        written[str(status)] = (
            {"$ref": f"#/components/responses/{_name(status)}"}
            if own is None
            else _problem(
                _joined(own, _USUAL.get(status)),
                schemas,
                status,
                operation.problem_types.get(status, _USUAL_TYPES.get(status, ProblemAnswer)),
            )
        )
    return written


def _usual(each: Registered) -> Iterable[int]:
    """Say which problems an operation may give because it is of its kind."""
    operation = each.operation
    yield from _ALWAYS
    if each.is_websocket:
        yield 400
    elif each.audience is not Audience.PUBLIC:
        yield from _GUARDED
        if each.audience in _OF_TENANTS:
            yield 429
    if operation.parameters:
        yield 400
    if operation.body is not None:
        yield from _WITH_BODY


def _answer(answer: Answer, status: HTTPStatus, schemas: Schemas) -> dict[str, Any]:
    headers: dict[str, Any] = {HEADER: {"$ref": "#/components/headers/RequestId"}}
    for name, description in answer.headers.items():
        headers[name] = {"description": description, "schema": {"type": "string"}}
    written: dict[str, Any] = {
        "description": answer.description or status.phrase,
        "headers": headers,
    }
    if answer.body is not None:
        written["content"] = content(answer.body, schemas)
    return written


def _problem(
    text: str, schemas: Schemas, status: int, kind: type[msgspec.Struct] = ProblemAnswer
) -> dict[str, Any]:
    headers: dict[str, Any] = {HEADER: {"$ref": "#/components/headers/RequestId"}}
    if status in _HEADERS:
        headers[_HEADERS[status]] = {"schema": {"type": "string"}}
    return {
        "description": text,
        "headers": headers,
        "content": {CONTENT_TYPE: {"schema": _problem_schema(kind, schemas)}},
    }


def _problem_schema(kind: type[msgspec.Struct], schemas: Schemas) -> dict[str, Any]:
    """Give the schema of a problem; one with members of its own may also come without them."""
    plain = schemas.of(ProblemAnswer)
    return plain if kind is ProblemAnswer else {"anyOf": [schemas.of(kind), plain]}


def _parameter(parameter: Parameter, schemas: Schemas) -> dict[str, Any]:
    schema = dict(schemas.of(parameter.kind))
    if parameter.default is not None:
        schema["default"] = parameter.default
    written: dict[str, Any] = {
        "name": parameter.name,
        "in": parameter.place,
        "description": parameter.description,
        "required": parameter.required,
        "schema": schema,
    }
    if parameter.listed:
        written |= {"style": "form", "explode": False}
    return written


def _joined(own: str, usual: str | None) -> str:
    return own if usual is None else f"{own} Or: {usual}"


def _name(status: int) -> str:
    return HTTPStatus(status).phrase.replace(" ", "").replace("-", "")
