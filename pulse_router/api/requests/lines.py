"""Cuts a body that arrives in pieces into lines; it knows nothing of what stands in them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, NamedTuple

MAX_LINE_BYTES: Final = 8 * 1024
"""The longest line; of a longer one only the beginning is kept."""

_MARK: Final = b"\xef\xbb\xbf"
"""A byte order mark, which some editors put before the first line."""


class Line(NamedTuple):
    """A line that is not blank: its number, from 1, what stands in it, and whether it was cut."""

    number: int
    data: bytes
    is_too_long: bool


class LineCutter:
    """Takes pieces, cut anywhere, and gives lines."""

    def __init__(self) -> None:
        self._rest = b""
        self._number = 0

    def feed(self, piece: bytes) -> Sequence[Line]:
        """Take a piece, and give the lines that end in it."""
        first, *others = piece.split(b"\n")
        self._add(first)
        lines: list[Line] = []
        for other in others:
            lines += self._end()
            self._rest = other[: MAX_LINE_BYTES + 1]
        return lines

    def finish(self) -> Sequence[Line]:
        """Give the last line, where no line break ends it."""
        return self._end()

    def _add(self, data: bytes) -> None:
        # One byte too many says that it is too long.
        self._rest += data[: MAX_LINE_BYTES + 1 - len(self._rest)]

    def _end(self) -> Sequence[Line]:
        self._number += 1
        data, self._rest = self._rest, b""
        is_too_long = len(data) > MAX_LINE_BYTES
        if self._number == 1:
            data = data.removeprefix(_MARK)
        is_blank = not data or data.isspace()
        return () if is_blank else (Line(self._number, data, is_too_long),)
