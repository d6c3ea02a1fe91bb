"""Says why a payload is no JSON, where a parser's words would mislead; linear in its bytes."""

from __future__ import annotations

import re
from typing import Final

_STARTS: Final = (
    (b"\xef\xbb\xbf", "it begins with a byte order mark (EF BB BF); send UTF-8 without one"),
    (b"\xff\xfe", "it begins with the byte order mark of UTF-16; send UTF-8"),
    (b"\xfe\xff", "it begins with the byte order mark of UTF-16; send UTF-8"),
    (b"\0", "it begins with a NUL byte"),
)
_ESCAPE: Final = re.compile(rb"\\(?:u([0-9A-Fa-f]{4})|.)", re.DOTALL)
_HIGH: Final = range(0xD800, 0xDC00)
_LOW: Final = range(0xDC00, 0xE000)


def why_not_json(payload: bytes, error: Exception) -> str:
    """Explain what the parser has failed at.

    Args:
        payload: What is no JSON.
        error: What the parser said.
    """
    for start, words in _STARTS:
        if payload.startswith(start):
            return f"not JSON: {words}"
    if payload.endswith(b"\0"):
        return "not JSON: it ends with a NUL byte; send the text without its terminator"
    if (half := _half_a_pair(payload)) is not None:
        return f"not JSON: {half} is half of a surrogate pair, and no character"
    return f"not JSON: {error}"


def _half_a_pair(payload: bytes) -> str | None:
    """Find an escape that stands for no character by itself, and whose other half is missing."""
    high: re.Match[bytes] | None = None
    for escape in _ESCAPE.finditer(payload):
        code = int(escape[1], 16) if escape[1] else 0
        if high is not None:
            if code not in _LOW or escape.start() != high.end():
                break
            high = None
        elif code in _HIGH:
            high = escape
        elif code in _LOW:
            return escape[0].decode()
    return None if high is None else high[0].decode()
