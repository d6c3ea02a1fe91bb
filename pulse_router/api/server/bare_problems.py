"""Problems that are told before there is a request: to too many clients, and to what is no HTTP.

They look as all others do. It knows nothing of the application, nor of connections.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from http import HTTPStatus
from typing import Final, TypeAlias

import msgspec

from pulse_router.api.server.envelope import SAFE
from pulse_router.api.server.exchange import HEADER, new_request_id
from pulse_router.api.server.problem_body import CONTENT_TYPE, ProblemAnswer

Headers: TypeAlias = Sequence[tuple[bytes, bytes]]

_REQUEST_LINE: Final = re.compile(rb"([A-Z]+) (/[!-\"$->@-~]{0,1000})")
"""The method and the path, without the query: that may hold a token."""


def bare_problem(
    status: HTTPStatus, detail: str, *, path: str = "", retry_after_seconds: int | None = None
) -> tuple[Headers, bytes]:
    """Write a problem that ends the connection.

    Args:
        status: The status code.
        detail: What is wrong, and what to do about it, in a sentence.
        path: What was asked for, as far as that is known.
        retry_after_seconds: When to come again.

    Returns:
        The headers and the body.
    """
    request_id = new_request_id()
    answer = ProblemAnswer(
        type="about:blank",
        title=status.phrase,
        status=int(status),
        detail=detail,
        instance=path,
        request_id=request_id,
    )
    body = msgspec.json.encode(answer)
    headers = [
        (b"content-type", CONTENT_TYPE.encode()),
        (b"content-length", str(len(body)).encode()),
        (b"connection", b"close"),
        (HEADER.lower().encode(), request_id.encode()),
        *SAFE,
    ]
    if retry_after_seconds is not None:
        headers.append((b"retry-after", str(retry_after_seconds).encode()))
    return headers, body


def refusal(received: bytes, detail: str, *, retry_after_seconds: int) -> bytes:
    """Write a 503 as it goes over the line, to a client that is not served now.

    Args:
        received: The beginning of what it has sent.
        detail: Why.
        retry_after_seconds: When to come again.
    """
    status = HTTPStatus.SERVICE_UNAVAILABLE
    line = _REQUEST_LINE.match(received)
    headers, body = bare_problem(
        status,
        detail,
        path=line[2].decode("ascii") if line else "",
        retry_after_seconds=retry_after_seconds,
    )
    is_head = line is not None and line[1] == b"HEAD"
    written = [f"HTTP/1.1 {int(status)} {status.phrase}".encode()]
    written += [name + b": " + value for name, value in headers]
    return b"\r\n".join([*written, b"", b"" if is_head else body])
