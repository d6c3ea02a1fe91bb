"""Reads a request's body as JSON, within bounds: types are checked, all faults come at once.

It knows nothing of what the fields mean.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from enum import StrEnum
from functools import cache
from http import HTTPStatus
from typing import Any, Final, Literal, TypeVar, get_args, get_origin

import msgspec
from msgspec import UNSET, UnsetType
from quart import request

from pulse_router.api.requests.problems import FieldFault, Problem, invalid
from pulse_router.api.requests.values import ID_REGEX
from pulse_router.domain.topics import ID_RULE
from pulse_router.ingest.payload import MAX_DEPTH as PAYLOAD_DEPTH
from pulse_router.runtime.nesting import is_deeper

T = TypeVar("T", bound=msgspec.Struct)
V = TypeVar("V")

MAX_DEPTH: Final = PAYLOAD_DEPTH + 1
"""How deep a body may be nested: it may hold what a device may send."""

_TOO_DEEP: Final = f"The body's JSON is nested more than {MAX_DEPTH} levels deep."
_INSIDE: Final = re.compile(r" - at `\$(?:\.)?(.*)`$")


async def read_body(body_type: type[T], *, may_be_empty: bool = False) -> T:
    """Read the request's body as a JSON object of the given type.

    Args:
        body_type: A msgspec Struct; its fields, types and bounds are the rules.
        may_be_empty: Whether no body at all stands for an empty object.

    Raises:
        Problem: 415 when it says that it is no JSON, 400 when it is none, 422 with every fault
            when its fields are wrong.
    """
    _check_content_type()
    data = await request.get_data(cache=False, as_text=False, parse_form_data=False)
    if not data and may_be_empty:
        return read_fields(body_type, {})
    return read_fields(body_type, decode_object(data))


def _check_content_type() -> None:
    """Take JSON, what says nothing of itself, and what `curl -d` says of everything."""
    kind = request.mimetype
    charset = request.mimetype_params.get("charset", "utf-8").lower()
    is_json = kind in {"", "application/json", "application/x-www-form-urlencoded"}
    if not (is_json or kind.endswith("+json")) or charset not in {"utf-8", "utf8", "us-ascii"}:
        raise Problem(
            HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
            "The body must be JSON in UTF-8; send 'Content-Type: application/json'.",
            headers={"Accept": "application/json"},
        )


def read_fields(body_type: type[T], value: Mapping[str, Any]) -> T:
    """Check each field of a decoded object, strictly: `true` is not 1, and "1" neither.

    Raises:
        Problem: 422 with every fault: fields unknown, missing, of the wrong type or out of range,
            or with a null character, which PostgreSQL does not take.
    """
    fields = _fields_of(body_type)
    faults = [FieldFault(name, "is not a known field") for name in value if name not in fields]
    read: dict[str, Any] = {}
    for name, field in fields.items():
        if name not in value:
            if field.required:
                faults.append(FieldFault(name, "is required"))
            continue
        if isinstance(value[name], str) and "\0" in value[name]:
            faults.append(FieldFault(name, "must not hold a null character"))
            continue
        try:
            read[field.name] = msgspec.convert(value[name], field.type)
        except msgspec.ValidationError as error:
            faults.append(_fault(name, str(error), field.type))
    if faults:
        raise invalid(faults)
    return body_type(**read)


@cache
def _fields_of(body_type: type[msgspec.Struct]) -> Mapping[str, msgspec.structs.FieldInfo]:
    """Look a type's fields up, which takes longer than to read them."""
    return {field.encode_name: field for field in msgspec.structs.fields(body_type)}


def or_none(value: V | UnsetType) -> V | None:
    """Give a field of a body, None where it is not there."""
    return None if value is UNSET else value


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


def _fault(name: str, message: str, kind: object) -> FieldFault:
    inside = _INSIDE.search(message)
    if inside is not None:
        return FieldFault(f"{name}.{inside[1]}", _sentence(message[: inside.start()]))
    allowed = _allowed(kind) if message.startswith("Invalid enum value") else ()
    remedy = f"; it is one of {', '.join(allowed)}" if allowed else ""
    return FieldFault(name, _sentence(message) + remedy)


def _allowed(kind: object) -> Sequence[str]:
    """List the values of an enumeration, also where it may be left out."""
    if isinstance(kind, type) and issubclass(kind, StrEnum):
        return tuple(kind)
    values = get_args(kind)
    if get_origin(kind) is Literal:
        return values
    return [value for part in values for value in _allowed(part)]


def plain(message: str) -> str:
    """Put what msgspec says of a fault into words for people."""
    return message.replace("`", "").replace(f"matching regex {ID_REGEX!r}", f"of {ID_RULE}")


def _sentence(message: str) -> str:
    return plain(message[:1].lower() + message[1:])
