"""JSON answers, and how our values look in them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from http import HTTPStatus
from typing import Any, Final, TypedDict

import msgspec
from quart import Response
from quart_trio.wrappers import TrioResponse

from pulse_router.runtime.times import in_utc

_JSON: Final = msgspec.json.Encoder()


def json_response(
    body: msgspec.Struct | Mapping[str, Any], status: HTTPStatus = HTTPStatus.OK, **headers: str
) -> Response:
    """Answer with a body as JSON."""
    return json_bytes_response(encode_json(body), status, **headers)


def encode_json(body: msgspec.Struct | Mapping[str, Any]) -> bytes:
    """Write a body as JSON; times in UTC become RFC 3339 with a `Z`."""
    return _JSON.encode(body)


def json_bytes_response(
    data: bytes, status: HTTPStatus = HTTPStatus.OK, **headers: str
) -> Response:
    """Answer with JSON that is written already."""
    return data_response(data, "application/json", status, **headers)


def empty_response(status: HTTPStatus = HTTPStatus.NO_CONTENT, **headers: str) -> Response:
    """Answer that there is nothing to say."""
    response = data_response(b"", "", status, **headers)
    for name in ("Content-Type", "Content-Length"):
        response.headers.pop(name, None)
    return response


def data_response(
    data: bytes, content_type: str, status: HTTPStatus = HTTPStatus.OK, **headers: str
) -> Response:
    """Write bytes as they are; Quart's own response class would run on asyncio."""
    return TrioResponse(data, status=int(status), headers=headers, content_type=content_type)


class Part(TypedDict):
    """The members of a `Page`, to be handed over as they are."""

    total: int
    total_is_exact: bool
    limit: int
    offset: int
    next: str | None


class Page(msgspec.Struct, kw_only=True):
    """What every list has beside its items: how many there are in all, and which part this is.

    Where `total_is_exact` is false, there are more than `total`. `next` leads to the page behind
    this one, as `after`; it is null on the last.
    """

    total: int
    total_is_exact: bool
    limit: int
    offset: int
    next: str | None


def utc(time: datetime) -> datetime:
    """Give a time in UTC, which is written with a `Z` and, where it is zero, without a fraction."""
    return in_utc(time)


def utc_or_none(time: datetime | None) -> datetime | None:
    """The same for a time that may be missing."""
    return None if time is None else utc(time)


def json_of_jsonb(text: str) -> msgspec.Raw:
    """Write JSON as it was received: PostgreSQL gives it back with blanks, and no exponents."""
    return msgspec.Raw(msgspec.json.encode(msgspec.json.decode(text)))


def raw_json(text: str) -> msgspec.Raw:
    """Give JSON text that goes into an answer as it is."""
    return msgspec.Raw(text.encode())
