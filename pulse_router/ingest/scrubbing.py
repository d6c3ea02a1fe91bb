"""Keeps provision tokens out of everything that is stored, sent or shown.

The rules. The field `provision_token` is removed at every depth. A token of eight characters or
more, which is what the API gives out, is masked wherever else its text stands in a payload; a
shorter one is no secret, and masking it would eat innocent text. In a payload that cannot be
parsed, whatever follows a name that ends in "token" is masked, rather too much than too little. In
a refused payload a registered device's token is known by its hash under any name.
Topics are kept as they are: brokers log them anyway. What is too long to be kept is cut off before
anything else, and nothing here costs more than a few looks at what remains.

Must not know devices, limits or why a payload was refused.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from typing import Any, Final

import msgspec

TOKEN_FIELD: Final = "provision_token"  # noqa: S105 - the name of a field, no secret
MASK: Final = "********"
MIN_SECRET_LENGTH: Final = 8
MAX_SECRETS: Final = 8
"""How many tokens are masked in one payload: each costs a look at all of it."""

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
_TEXT: Final = re.compile(rb'"([^"\\]{8,512})"')
"""Of which a token may consist; one with escapes is found where the payload is parsed."""
_NAME_END: Final = b"token"
_MAX_NAMED: Final = 64
"""How often the field is looked for in what is cut off."""
_MAX_VALUE_BYTES: Final = 1_024
"""Longer than any token: how far it is looked there."""
_OVERLAP_BYTES: Final = 64
"""More than the field's name: it may stand before a cut, and its value behind it."""
_ESCAPED: Final = re.compile(rb"\\u00([2-7][0-9a-fA-F])")
_decode: Final = msgspec.json.Decoder().decode
_encode: Final = msgspec.json.Encoder().encode


class TooManySecrets(Exception):
    """A payload holds more different tokens than are masked."""


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
        max_bytes: What is longer is cut off there.
        is_secret: Tells whether a whole text is a secret under whatever name it was sent.

    Returns:
        What may be kept, and the texts that must not turn up beside it either.

    Raises:
        TooManySecrets: Nothing of it may be kept.
    """
    secrets = _Secrets()
    if len(payload) > max_bytes:
        # A token that only what is cut off names may stand in what is kept.
        secrets.find_behind(payload, max(0, max_bytes - _OVERLAP_BYTES))
        payload = payload[:max_bytes]
    if is_secret is not None:
        secrets.add(filter(is_secret, (text.decode(errors="replace") for text in _texts(payload))))
    try:
        fields = _decode(payload)
        # A name given twice, or with escapes, hides from a comparison.
        is_plain = _FIELD not in payload and b"\\" not in payload
        if is_plain and not secrets.found:
            return payload, []
        secrets.add(_tokens(fields))
        hidden = _Hider(secrets.found, is_secret or _never).hide(fields)
        as_sent = is_plain and hidden == fields
        kept = payload if as_sent else _encode(hidden)
    except (msgspec.MsgspecError, ValueError, RecursionError):
        kept = _readable(payload)
        secrets.find_in(kept)
        kept = _VALUE.sub(_MASKED, kept)
    for secret in secrets.longest_first():
        kept = kept.replace(secret.encode(), MASK.encode())
    return kept[:max_bytes], secrets.longest_first()


class _Secrets:
    """The tokens that were found in a payload."""

    def __init__(self) -> None:
        self.found: set[str] = set()

    def add(self, tokens: Iterable[str]) -> None:
        """Add those that are secrets.

        Raises:
            TooManySecrets: There are more than are masked.
        """
        for token in tokens:
            self.found.update(secrets_of(token))
            if len(self.found) > MAX_SECRETS:
                raise TooManySecrets

    def find_in(self, text: bytes) -> None:
        """Add what follows a name that ends in "token".

        Raises:
            TooManySecrets: There are more than are masked.
        """
        self.add(map(_value_of, _VALUE.finditer(text)))

    def find_behind(self, text: bytes, start: int) -> None:
        """Add what the field has for values from a place on.

        Raises:
            TooManySecrets: It stands there more often than anybody has reason to.
        """
        for _ in range(_MAX_NAMED):
            start = text.find(_FIELD, start)
            if start < 0:
                return
            start += len(_FIELD)
            if (
                found := _VALUE.match(text, start - len(_NAME_END), start + _MAX_VALUE_BYTES)
            ) is not None:
                self.add([_value_of(found)])
        raise TooManySecrets

    def longest_first(self) -> Sequence[str]:
        """List them: one that is a part of another comes after it."""
        return sorted(self.found, key=len, reverse=True)


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
        if len(text) >= MIN_SECRET_LENGTH and self._is_secret(text):
            return MASK
        if TOKEN_FIELD in text:  # as in JSON that was encoded twice
            text = _VALUE.sub(_MASKED, text.encode()).decode(errors="replace")
        return mask(text, self._secrets)


def _never(_text: str) -> bool:
    return False


def _value_of(found: re.Match[bytes]) -> str:
    return found[0][len(found[1]) :].strip(b"\"'").decode(errors="replace")


def _texts(payload: bytes) -> Iterator[bytes]:
    """Give the texts of a payload that might be tokens, parsed or not."""
    return (found[1] for found in _TEXT.finditer(payload))


def _tokens(value: object) -> Iterator[str]:
    """Give the provision tokens of a JSON value, at every depth."""
    waiting = [value]
    while waiting:
        at = waiting.pop()
        if isinstance(at, dict):
            token = at.get(TOKEN_FIELD)
            if isinstance(token, str):
                yield token
            waiting.extend(at.values())
        elif isinstance(at, list):
            waiting.extend(at)


def _readable(payload: bytes) -> bytes:
    """Undo what hides the field's name in a payload that is no JSON: UTF-16, escapes."""
    if b"\0" in payload and _FIELD in (plain := payload.replace(b"\0", b"")):
        payload = plain
    if _FIELD not in payload:
        plain = _ESCAPED.sub(lambda found: bytes([int(found[1], 16)]), payload)
        if _FIELD in plain:
            return plain
    return payload
