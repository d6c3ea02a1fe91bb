"""Decodes a request's body as JSON, within bounds; it knows nothing of what the fields mean."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any, Final

import msgspec

from pulse_router.api.requests.problems import Problem
from pulse_router.ingest.payload import MAX_DEPTH as PAYLOAD_DEPTH
from pulse_router.ingest.payload import is_deeper

MAX_DEPTH: Final = PAYLOAD_DEPTH + 1
"""How deep a body may be nested: it may hold what a device may send."""

_TOO_DEEP: Final = f"The body's JSON is nested more than {MAX_DEPTH} levels deep."


def decode_object(data: bytes) -> dict[str, Any]:
    """Decode a JSON object.

    Raises:
        Problem: 400, when it is none, or nested too deeply: whoever walks it would run out of
            stack.
    """
    try:
        value = msgspec.json.decode(data)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise Problem(HTTPStatus.BAD_REQUEST, f"The body is not valid JSON: {error}.") from None
    except RecursionError:
        raise Problem(HTTPStatus.BAD_REQUEST, _TOO_DEEP) from None
    if not isinstance(value, dict):
        raise Problem(HTTPStatus.BAD_REQUEST, "The body must be a JSON object.")
    if data.count(b"[") + data.count(b"{") > MAX_DEPTH and is_deeper(value, MAX_DEPTH):
        raise Problem(HTTPStatus.BAD_REQUEST, _TOO_DEEP)
    return value
