"""Takes secrets out of text and values before anyone sees them; it does no input or output.

A net below care, not instead of it: a secret is best kept out of a message to begin with.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

MASK: Final = "********"
_MAX_DEPTH: Final = 6

_WORDS: Final = (
    r"token|secret|passw(?:or)?d|passphrase|authorization|cookie|credential|api[-_]?key|signature"
)
_NAME: Final = re.compile(rf"(?i){_WORDS}")
_SCHEMES: Final = re.compile(r"(?i)\b(bearer|basic)\s+[A-Za-z0-9+/=._~-]{8,}")
_JWT: Final = re.compile(r"\beyJ[\w-]{5,}\.[\w-]+\.[\w-]*")
_WEBHOOK_SECRET: Final = re.compile(r"\bwhsec_[A-Za-z0-9+/=_-]+")
# The administrator's name alone is no secret, and stands in remedies.
_USERINFO: Final = re.compile(
    r"(\b[A-Za-z][A-Za-z0-9+.-]{0,20}://)(?!postgres@[^\s@]*(?:\s|$))[^\s/?#\"'<>]*@"
)
_QUERY: Final = re.compile(r"(?<=[^\s?])\?[^\s\"'<>?]*=[^\s\"'<>]*")
_ASSIGNED: Final = re.compile(
    rf"(?i)(\b[\w-]{{0,40}}(?:{_WORDS})\w{{0,40}}[\"']?\s*(?:=|[\"']\s*:|:\s*(?=[\"']))\s*)"
    r"(\"[^\"]*\"|'[^']*'|[^\s\"',;&}\])]+)"
)


def redact_text(text: str) -> str:
    """Mask tokens, passwords, the user part and the query of URLs in a text."""
    text = _USERINFO.sub(rf"\1{MASK}@", text)
    text = _QUERY.sub(f"?{MASK}", text)
    text = _ASSIGNED.sub(rf"\1{MASK}", text)
    text = _SCHEMES.sub(rf"\1 {MASK}", text)
    text = _WEBHOOK_SECRET.sub(MASK, text)
    return _JWT.sub(MASK, text)


def is_secret_name(name: str) -> bool:
    """Tell whether a field of this name holds a secret: `token`, `provision_token`, `password`."""
    return _NAME.search(name) is not None


def redact(value: object, *, depth: int = _MAX_DEPTH) -> object:
    """Mask the secrets in a value, for a log line.

    Texts, mappings and lists are searched; numbers, booleans and None stay; anything else
    becomes its redacted text.
    """
    if value is None or isinstance(value, bool | int | float):
        return value
    if isinstance(value, str):
        return redact_text(value)
    if depth > 0 and isinstance(value, Mapping):
        return {
            str(name): MASK if is_secret_name(str(name)) else redact(item, depth=depth - 1)
            for name, item in value.items()
        }
    if depth > 0 and isinstance(value, list | tuple | set | frozenset):
        return [redact(item, depth=depth - 1) for item in value]
    return redact_text(str(value) if isinstance(value, BaseException) else repr(value))
