"""Takes off what editors, shells and env files leave around a value; it judges nothing else.

Every value passes here, whatever it came from, before it is given its type.
"""

from __future__ import annotations

from typing import Final

from pulse_router.settings.errors import Reason
from pulse_router.settings.sources import Given, unquote
from pulse_router.settings.structure import Key

_BYTE_ORDER_MARK: Final = "\ufeff"


def clean(key: Key, given: Given) -> object:
    """Give a value without byte order mark, ends of line, blanks and quotes around it.

    A secret keeps its blanks, and its quotes where they may be a part of it.

    Raises:
        Reason: Quotes stand around a secret from the environment, or it is no text.
    """
    if isinstance(given.value, list):
        return [_clean(key, given, each) for each in given.value]
    return _clean(key, given, given.value)


def _clean(key: Key, given: Given, value: object) -> object:
    if not isinstance(value, str):
        return value
    text = value.removeprefix(_BYTE_ORDER_MARK).rstrip("\r\n")
    if not key.is_exact:
        text = text.strip()
    if not text.isascii():
        try:
            text.encode()
        except UnicodeEncodeError:
            raise Reason("must be UTF-8 text") from None
    return key.tidy(_unquote_variable(key, given, text) if given.is_variable else text)


def _unquote_variable(key: Key, given: Given, text: str) -> str:
    """Take off the quotes that env files have for shells, and that not all readers take off."""
    bare = unquote(text)
    if key.is_exact:
        if bare != text.strip() and not given.is_old_name:
            raise Reason(
                "has quotes around it, as env files are written for shells: leave them out, or put"
                f" a value that truly has them into a file, named by {key.variable}_FILE"
            )
        return text
    return ",".join(map(unquote, bare.split(","))) if key.is_list else bare
