"""Reads what a request's path and query bring, once, at the door: types are checked.

It knows nothing of what the values mean.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from datetime import UTC, datetime
from enum import StrEnum
from http import HTTPStatus
from typing import Any, Final, TypeVar, overload

import attrs
import msgspec
from quart import request

from pulse_router.api.requests.cursors import CursorType, read_cursor, write_cursor
from pulse_router.api.requests.problems import FieldFault, Problem, bad_parameter
from pulse_router.api.requests.responses import Part
from pulse_router.api.requests.values import (
    DEFAULT_LIMIT,
    MAX_ID,
    MAX_LIMIT,
    MAX_OFFSET,
    Time,
)
from pulse_router.runtime.pages import Cursor, Found, Wanted

E = TypeVar("E", bound=StrEnum)


class Fields(StrEnum):
    """Which fields of a list's items are wanted."""

    ALL = "all"
    SUMMARY = "summary"


_DIGITS: Final = re.compile(r"[0-9]{1,30}")


@attrs.frozen
class PageRequest:
    """Which part of a list is asked for."""

    limit: int
    offset: int
    after: Cursor | None = None
    is_summary: bool = False

    @property
    def wanted(self) -> Wanted:
        """Say it in the stores' words."""
        return Wanted(
            limit=self.limit,
            offset=self.offset,
            after=self.after,
            payloads=not self.is_summary,
        )

    def of(self, found: Found[Any]) -> Part:
        """Say in an answer which part it is, of how many in all."""
        return self.part(
            found.total,
            is_exact=found.total_is_exact,
            next=None if found.next is None else write_cursor(found.next),
        )

    def part(self, total: int, *, is_exact: bool = True, next: str | None = None) -> Part:  # noqa: A002 - as in the answer
        """Say in an answer which part it is, of a list whose pages go by offset."""
        return Part(
            total=total,
            total_is_exact=is_exact,
            limit=self.limit,
            offset=self.offset,
            next=next,
        )


def check_parameters(known: Collection[str], in_path: Mapping[str, str]) -> None:
    """Refuse parameters that are not known: a misspelt filter would give too much.

    The same holds for one that is given twice: only one of its values would count.

    Where none is known at all, nothing can be misspelt, and what comes is ignored. A null
    character is in no value that is stored, and PostgreSQL takes none.

    Args:
        known: Which parameters the query may have.
        in_path: Those of the path.

    Raises:
        Problem: 400 naming each.
    """
    if not in_path and not request.query_string:
        return
    for name, value in [*in_path.items(), *request.args.items(multi=True)]:
        if "\0" in value:
            raise bad_parameter(name, "must not hold a null character", value)
    unknown = [name for name in request.args if name not in known] if known else []
    if unknown:
        raise Problem(
            HTTPStatus.BAD_REQUEST,
            f"The query has parameters that are not known; known are {', '.join(sorted(known))}.",
            faults=[FieldFault(name, "is not a known parameter") for name in unknown],
        )
    repeated = [name for name in known if len(request.args.getlist(name)) > 1]
    if repeated:
        raise Problem(
            HTTPStatus.BAD_REQUEST,
            "The query has parameters more than once; where several values may be given, separate"
            " them by commas.",
            faults=[FieldFault(name, "is given more than once") for name in sorted(repeated)],
        )


def read_page(keys: CursorType | None = None) -> PageRequest:
    """Read which part of a list the query asks for: `limit` (1 to 500), with `offset` or `after`.

    Args:
        keys: What a place in the list is made of; None where its pages go by `offset` only.

    Raises:
        Problem: 400 naming the parameter.
    """
    limit = read_number("limit", DEFAULT_LIMIT, least=1, most=MAX_LIMIT)
    offset = read_number("offset", 0, least=0, most=MAX_OFFSET)
    after = request.args.get("after")
    if after is not None and "offset" in request.args:
        raise bad_parameter("offset", "cannot be given beside 'after'", str(offset))
    is_summary = read_choice("fields", Fields) is Fields.SUMMARY
    place = None if after is None or keys is None else read_cursor(after, keys)
    return PageRequest(limit, offset, place, is_summary)


@overload
def read_number(name: str, default: int, *, least: int, most: int) -> int: ...


@overload
def read_number(name: str, default: None, *, least: int, most: int) -> int | None: ...


def read_number(name: str, default: int | None, *, least: int, most: int) -> int | None:
    """Read a whole number of the query.

    Raises:
        Problem: 400 when it is no number, or out of range.
    """
    text = request.args.get(name)
    if text is None:
        return default
    if not _DIGITS.fullmatch(text) or not least <= int(text) <= most:
        raise bad_parameter(name, f"must be a whole number from {least} to {most}", text)
    return int(text)


def read_id(name: str, text: str) -> int:
    """Read an id of the path.

    An id that is too large to exist is one that does not exist: it becomes 0, which none has.

    Raises:
        Problem: 400 when it is no whole number.
    """
    if not _DIGITS.fullmatch(text):
        raise bad_parameter(name, "must be a whole number", text)
    number = int(text)
    return number if number <= MAX_ID else 0


def read_query_id(name: str) -> int | None:
    """Read an id of the query; None when it is not given.

    Raises:
        Problem: 400 when it is no whole number, or out of range.
    """
    return read_number(name, 0, least=1, most=MAX_ID) or None


def read_text(name: str, max_length: int) -> str | None:
    """Read a text of the query; None when it is not given.

    Raises:
        Problem: 400 when it is too long.
    """
    text = request.args.get(name)
    if text is not None and len(text) > max_length:
        raise bad_parameter(name, f"must have at most {max_length} characters", text)
    return text


def read_choice(name: str, choices: type[E]) -> E | None:
    """Read one of a few words of the query; None when it is not given.

    Raises:
        Problem: 400 naming all that there are.
    """
    text = request.args.get(name)
    return None if text is None else _choice(name, choices, text)


def read_choices(name: str, choices: type[E]) -> frozenset[E] | None:
    """Read some of a few words of the query, separated by commas; None when it is not given.

    Raises:
        Problem: 400 naming all that there are.
    """
    text = request.args.get(name)
    if text is None:
        return None
    return frozenset(_choice(name, choices, part) for part in text.split(","))


def _choice(name: str, choices: type[E], text: str) -> E:
    try:
        return choices(text)
    except ValueError:
        raise bad_parameter(name, f"must be one of {', '.join(choices)}", text) from None


def read_flag(name: str) -> bool:
    """Read `true` or `false` of the query; it is false when it is not given.

    Raises:
        Problem: 400 when it is neither.
    """
    text = request.args.get(name, "false")
    if text not in {"true", "false"}:
        raise bad_parameter(name, "must be true or false", text)
    return text == "true"


def read_period() -> tuple[datetime | None, datetime | None]:
    """Read `from` and `to` of the query, in UTC; None for what is not given.

    Raises:
        Problem: 400 when one is no time, or the period is empty.
    """
    start, end = _read_time("from"), _read_time("to")
    if start is not None and end is not None and end <= start:
        raise bad_parameter("to", "must be after from", request.args["to"])
    return start, end


def _read_time(name: str) -> datetime | None:
    text = request.args.get(name)
    if text is None:
        return None
    try:
        # A "+" that was not percent-encoded arrives as a space.
        time = msgspec.convert(text.strip().replace(" ", "+"), Time, strict=True)
        return time.astimezone(UTC)
    except (msgspec.ValidationError, OverflowError):
        example = "2026-02-16T12:00:00Z"
        raise bad_parameter(
            name, f"must be a time of RFC 3339 with an offset, like {example}", text
        ) from None
