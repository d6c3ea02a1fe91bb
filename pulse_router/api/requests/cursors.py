"""Places in a list as they stand in a URL: `next` of a page is `after` of the one behind it.

What is in it is nobody's business but ours: the values of the last row by which the list is
ordered.
"""

from __future__ import annotations

import base64
import binascii
from datetime import datetime
from typing import Annotated, Any, Final, TypeAlias, cast

import msgspec
from msgspec import Meta

from pulse_router.api.requests.problems import bad_parameter
from pulse_router.runtime.pages import Cursor

After: TypeAlias = Annotated[str, Meta(pattern="^[A-Za-z0-9_-]{1,1000}$")]
"""A place as a client writes it."""

CursorType: TypeAlias = Any
"""A type of tuple: what a place in a certain list is made of."""

_Number: TypeAlias = Annotated[int, Meta(ge=-(2**63), le=2**63 - 1)]
_Text: TypeAlias = Annotated[str, Meta(max_length=500)]
_Time: TypeAlias = Annotated[datetime, Meta(tz=True)]

BY_ID: Final = tuple[_Number]
BY_NAME: Final = tuple[_Text]
BY_NAME_AND_ID: Final = tuple[_Text, _Number]
BY_RANK_AND_ID: Final = tuple[_Number, _Number]
BY_TIME_AND_ID: Final = tuple[_Time, _Number]
BY_TIME_AND_NAME: Final = tuple[_Time, _Text]
BY_TENANT_AND_NAME: Final = tuple[_Text, _Text]

_LONGEST: Final = 1000
_BAD: Final = "must be what 'next' of an earlier page has given"


def write_cursor(cursor: Cursor) -> str:
    """Write a place as it stands in a URL."""
    return base64.urlsafe_b64encode(msgspec.json.encode(cursor)).decode().rstrip("=")


def read_cursor(text: str, keys: CursorType) -> Cursor:
    """Read what `write_cursor` has written.

    Args:
        text: The place.
        keys: What it is made of.

    Raises:
        Problem: 400, when it is no place in such a list.
    """
    try:
        padded = text[:_LONGEST] + "=" * (-len(text[:_LONGEST]) % 4)
        data = base64.b64decode(padded.encode("ascii"), altchars=b"-_", validate=True)
        cursor = cast("Cursor", msgspec.json.decode(data, type=keys))
    except (msgspec.MsgspecError, binascii.Error, ValueError):
        raise bad_parameter("after", _BAD, text) from None
    if any(isinstance(key, str) and "\0" in key for key in cursor):
        raise bad_parameter("after", _BAD, text)
    return cursor
