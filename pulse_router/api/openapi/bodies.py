"""What goes over the line, in OpenAPI's words: bodies, event streams, WebSockets."""

from __future__ import annotations

from typing import Any

from pulse_router.api.openapi.operations import Body, Conversation, Media
from pulse_router.api.openapi.schemas import Schemas


def content(
    body: Body, schemas: Schemas, *, example: object = None, closed: bool = False
) -> dict[str, Any]:
    """Describe a body.

    Args:
        body: What it is.
        schemas: Those of all types.
        example: One that works.
        closed: Whether it may have no other fields.
    """
    if isinstance(body, Media):
        media: dict[str, Any] = {"schema": {**body.schema, "description": body.description}}
        if body.line is not None:
            media["schema"]["description"] += f" Each is a `{schemas.name(body.line)}`."
            media["x-itemSchema"] = schemas.of(body.line)  # `itemSchema` from OpenAPI 3.2 on
        if body.event is not None:
            media["x-itemSchema"] = _event(schemas.of(body.event))
        content_type = body.content_type
    else:
        if closed:
            schemas.close(body)
        media, content_type = {"schema": schemas.of(body)}, "application/json"
    if example is not None:
        media["example"] = example
    return {content_type: media}


def conversation(said: Conversation, schemas: Schemas) -> dict[str, Any]:
    """Describe what OpenAPI has no words for, in those that it has for the rest."""
    return {
        "router": {"description": "What the router sends.", "schema": schemas.of(said.sent)},
        "client": {"description": "What a client may send.", "schema": schemas.of(said.taken)},
        "closeCodes": {str(code): text for code, text in said.close_codes.items()},
    }


def _event(data: dict[str, Any]) -> dict[str, Any]:
    """Describe a server-sent event in the form that OpenAPI 3.2 has for it."""
    return {
        "type": "object",
        "properties": {
            "id": {"type": "string", "description": "The event's id, of telemetry alone."},
            "data": {
                "type": "string",
                "contentMediaType": "application/json",
                "contentSchema": data,
            },
            "retry": {
                "type": "integer",
                "description": "After how many milliseconds to come again when the line breaks.",
            },
        },
    }
