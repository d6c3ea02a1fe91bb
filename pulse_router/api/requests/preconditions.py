"""Conditional requests (RFC 9110, section 13): nobody overwrites what they have not seen.

A client that sends no condition has none. It knows nothing of what the validators stand for.
"""

from __future__ import annotations

import re
from http import HTTPStatus
from typing import Final

import attrs
from quart import Response, request

from pulse_router.api.requests.problems import FieldFault, Problem
from pulse_router.api.requests.responses import empty_response

_TAG: Final = r'(?:W/)?"[\x21\x23-\x7e\x80-\xff]*"'
_TAGS: Final = re.compile(rf"[ \t]*{_TAG}(?:[ \t]*,[ \t]*{_TAG})*[ \t]*")
_ONE_TAG: Final = re.compile(_TAG)
_ANY: Final = "*"
_WEAK: Final = "W/"


@attrs.frozen
class Preconditions:
    """What a request makes its execution depend on; None where it says nothing."""

    if_match: frozenset[str] | None = None
    if_none_match: frozenset[str] | None = None

    def check(self, etag: str) -> None:
        """Hold `If-Match` against what is there.

        Args:
            etag: The strong validator of what is there, in its quotes.

        Raises:
            Problem: 412, when it is another one.
        """
        if self.if_match is None or _ANY in self.if_match or etag in self.if_match:
            return
        raise Problem(
            HTTPStatus.PRECONDITION_FAILED,
            f"It was changed meanwhile, its ETag is {etag} now: read it again, then repeat the"
            " change with that in If-Match.",
            headers={"ETag": etag},
        )

    def is_known(self, etag: str) -> bool:
        """Tell whether the client has what is there, by `If-None-Match`."""
        if self.if_none_match is None:
            return False
        known = {tag.removeprefix(_WEAK) for tag in self.if_none_match}
        return _ANY in known or etag in known


def read_preconditions() -> Preconditions:
    """Read the request's conditions.

    Raises:
        Problem: 400 when one is malformed: to pass over it could overwrite somebody's work.
    """
    return Preconditions(_read("If-Match"), _read("If-None-Match"))


def not_modified(etag: str) -> Response:
    """Answer that the client has it as it is."""
    return empty_response(HTTPStatus.NOT_MODIFIED, ETag=etag)


def _read(name: str) -> frozenset[str] | None:
    lines = request.headers.getlist(name)
    if not lines:
        return None
    text = ", ".join(lines)
    if text.strip() == _ANY:
        return frozenset({_ANY})
    if not _TAGS.fullmatch(text):
        raise Problem(
            HTTPStatus.BAD_REQUEST,
            f"The header {name} is malformed.",
            faults=[FieldFault(name, 'must be * or ETags in double quotes, like "3"', text)],
        )
    return frozenset(_ONE_TAG.findall(text))
