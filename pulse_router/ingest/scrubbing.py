"""Keeps provision tokens out of everything that is stored, sent or shown.

The rules. The field `provision_token` is removed at every depth. A token of eight characters or
more, which is what the API gives out, is masked wherever else its text stands in a payload; a
shorter one is no secret, and masking it would eat innocent text. In a payload that cannot be
parsed, whatever follows a name that ends in "token" is masked, rather too much than too little. In
a refused payload a registered device's token is known by its hash under any name.
Topics are kept as they are: brokers log them anyway.

Must not know devices, limits or why a payload was refused.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection
from typing import Any, Final

import msgspec

TOKEN_FIELD: Final = "provision_token"  # noqa: S105 - the name of a field, no secret
MASK: Final = "********"
MIN_SECRET_LENGTH: Final = 8

_FIELD: Final = TOKEN_FIELD.encode()
# A name that ends in "token", for it may be broken too, in whatever quotes; then a string in plain
# quotes, or an array, an object or a string in escaped quotes, up to the very end, or a bare word.
_VALUE: Final = re.compile(
    rb"""((?i:token)\\*["']?\s*[:=]\s*)
         (?: "(?:[^"\\]|\\.)*\\?(?:"|\Z)
           | '(?:[^'\\]|\\.)*\\?(?:'|\Z)
           | [\[{\\].*
           | [^\s,;&}\]]+ )""",
    re.DOTALL | re.VERBOSE,
)
_MASKED: Final = rb'\1"********"'
_ESCAPED: Final = re.compile(rb"\\u00([2-7][0-9a-fA-F])")
_decode: Final = msgspec.json.Decoder().decode
_encode: Final = msgspec.json.Encoder().encode


def hide(value: Any, secrets: Collection[str]) -> Any:  # noqa: ANN401 - any JSON value
    """Remove every provision token field from a JSON value, and mask secrets in its texts.

    Args:
        value: A decoded JSON value; it is not changed.
        secrets: Texts to mask, in names too.

    Returns:
        The value without them.
    """
    return _Hider(secrets, _never).hide(value)


def secrets_of(token: str | None) -> Collection[str]:
    """Tell what of a provision token is to be masked where it turns up elsewhere."""
    return (token,) if token is not None and len(token) >= MIN_SECRET_LENGTH else ()


def scrub(
    payload: bytes, max_bytes: int, *, is_secret: Callable[[str], bool] | None = None
) -> tuple[bytes, Collection[str]]:
    """Make a refused payload fit to be kept: without provision tokens, and not too long.

    Args:
        payload: What the device sent.
        max_bytes: Longer results are cut off there.
        is_secret: Tells whether a whole text is a secret under whatever name it was sent.

    Returns:
        What may be kept, and the texts that must not turn up beside it either.
    """
    try:
        fields = _decode(payload)
        tokens: list[str] = []
        _collect_tokens(fields, tokens)
        secrets = [secret for token in tokens for secret in secrets_of(token)]
        hidden = _Hider(secrets, is_secret or _never).hide(fields)
        # A name given twice, or with escapes, hides from a comparison.
        as_sent = hidden == fields and _FIELD not in payload and b"\\" not in payload
        kept = payload if as_sent else _encode(hidden)
    except (msgspec.MsgspecError, ValueError, RecursionError):
        kept, secrets = _readable(payload), []
        for found in _VALUE.finditer(kept):
            token = found[0][len(found[1]) :].strip(b"\"'").decode(errors="replace")
            secrets += secrets_of(token)
        kept = _VALUE.sub(_MASKED, kept)
    for secret in secrets:
        kept = kept.replace(secret.encode(), MASK.encode())
    return kept[:max_bytes], secrets


def mask(text: str, secrets: Collection[str]) -> str:
    """Mask secrets in a text."""
    for secret in secrets:
        text = text.replace(secret, MASK)
    return text


class _Hider:
    """Copies a JSON value, without what must be hidden."""

    def __init__(self, secrets: Collection[str], is_secret: Callable[[str], bool]) -> None:
        self._secrets = secrets
        self._is_secret = is_secret

    def hide(self, value: Any) -> Any:  # noqa: ANN401 - any JSON value
        if isinstance(value, str):
            return self._hide_in_text(value)
        if isinstance(value, dict):
            return {
                self.hide(name): self.hide(item)
                for name, item in value.items()
                if name != TOKEN_FIELD
            }
        if isinstance(value, list):
            return [self.hide(item) for item in value]
        return value

    def _hide_in_text(self, text: str) -> str:
        if self._is_secret(text):
            return MASK
        if TOKEN_FIELD in text:  # as in JSON that was encoded twice
            text = _VALUE.sub(_MASKED, text.encode()).decode(errors="replace")
        return mask(text, self._secrets)


def _never(_text: str) -> bool:
    return False


def _collect_tokens(value: object, tokens: list[str]) -> None:
    if isinstance(value, dict):
        token = value.get(TOKEN_FIELD)
        if isinstance(token, str):
            tokens.append(token)
        for item in value.values():
            _collect_tokens(item, tokens)
    elif isinstance(value, list):
        for item in value:
            _collect_tokens(item, tokens)


def _readable(payload: bytes) -> bytes:
    """Undo what hides the field's name in a payload that is no JSON: UTF-16, escapes."""
    if b"\0" in payload and _FIELD in (plain := payload.replace(b"\0", b"")):
        payload = plain
    if _FIELD not in payload:
        plain = _ESCAPED.sub(lambda found: bytes([int(found[1], 16)]), payload)
        if _FIELD in plain:
            return plain
    return payload
