"""What a request line and the framing of its body must be, before anything is made of them.

What h11 lets pass, and nothing behind it can handle, or two servers would read in two ways. It
knows no path.
"""

from __future__ import annotations

import re
from http import HTTPStatus
from typing import Final

import attrs
import h11

WEBSOCKET_VERSION: Final = b"13"

_VERSIONS: Final = frozenset({b"1.0", b"1.1"})
_HOST: Final = re.compile(
    rb"(?:[\w-]{1,63}(?:\.[\w-]{1,63}){0,126}\.?|\[[0-9A-Fa-f:.]{2,45}\])?(?::[0-9]{0,5})?"
)
_ABSOLUTE: Final = re.compile(rb"(?i:https?)://[^/?#]+")


@attrs.frozen
class Fault:
    """Why a request is refused: the status, a sentence, and headers for the answer."""

    status: HTTPStatus
    detail: str
    headers: tuple[tuple[bytes, bytes], ...] = ()


def origin_form(target: bytes) -> bytes:
    """Give a target as it stands in most requests, without scheme and authority (RFC 9112, 3.2.2).

    A target that is no path stays what it is.
    """
    absolute = _ABSOLUTE.match(target)
    if absolute is None:
        return target
    rest = target[absolute.end() :]
    return rest if rest.startswith(b"/") else b"/" + rest


def fault_of(request: h11.Request, *, is_upgrade: bool) -> Fault | None:
    """Say why a request cannot be handled; None where it can.

    Args:
        request: The request, its target in origin form.
        is_upgrade: Whether it asks for a WebSocket.
    """
    if request.http_version not in _VERSIONS:
        return Fault(HTTPStatus.HTTP_VERSION_NOT_SUPPORTED, "Only HTTP/1.1 and HTTP/1.0 are known.")
    if not request.target.startswith(b"/") or b"#" in request.target:
        return Fault(
            HTTPStatus.BAD_REQUEST,
            "The target of the request must be a path, like /health, without a fragment.",
        )
    headers = dict(request.headers)
    if not _HOST.fullmatch(headers.get(b"host", b"")):
        return Fault(HTTPStatus.BAD_REQUEST, "The Host of the request is neither name nor address.")
    if b"content-length" in headers and b"transfer-encoding" in headers:
        return Fault(
            HTTPStatus.BAD_REQUEST,
            "A request has a Content-Length or a Transfer-Encoding, not both.",
        )
    return _fault_of_handshake(request, headers) if is_upgrade else None


def _fault_of_handshake(request: h11.Request, headers: dict[bytes, bytes]) -> Fault | None:
    if request.http_version == b"1.0":
        return Fault(HTTPStatus.UPGRADE_REQUIRED, "A WebSocket needs HTTP/1.1.")
    if headers.get(b"sec-websocket-version", b"").strip() != WEBSOCKET_VERSION:
        return Fault(
            HTTPStatus.UPGRADE_REQUIRED,
            "Only version 13 of the WebSocket protocol is known.",
            ((b"sec-websocket-version", WEBSOCKET_VERSION), (b"upgrade", b"websocket")),
        )
    if b"sec-websocket-key" not in headers:
        return Fault(HTTPStatus.BAD_REQUEST, "The handshake has no Sec-WebSocket-Key.")
    return None
