"""An answer of HTTP, as far as anybody asks for it; values only, read by `AnswerReader`."""

from __future__ import annotations

import re
from typing import Final

import attrs

MAX_REMEMBERED_BYTES: Final = 512
"""Of how long an answer it is remembered what was read."""
_TIMEOUT: Final = re.compile(rb"timeout[ \t]*=[ \t]*\"?(\d{1,9})", re.IGNORECASE)


@attrs.define
class Answer:
    """An answer, as far as it has been read.

    Attributes:
        status: The final status; 0 before it is known.
        headers: Those that somebody asks for, by their names in small letters.
        beginning: The first of the body's bytes.
        is_reusable: Whether the connection may carry another request, by what has been read.
    """

    status: int = 0
    headers: dict[bytes, bytes] = attrs.field(factory=dict)
    beginning: bytes = b""
    is_reusable: bool = False

    @property
    def keep_alive_seconds(self) -> int | None:
        """For how long the server has said that it keeps the connection, if it has."""
        said = self.headers.get(b"keep-alive")
        found = None if said is None else _TIMEOUT.search(said)
        return int(found[1]) if found else None


NOTHING_YET: Final = Answer()


class LastAnswer:
    """A short answer that came in one piece, and what was read of it: the next is often the same.

    What is read of an answer depends on nothing but its bytes.
    """

    __slots__ = ("answer", "said")

    def __init__(self) -> None:
        self.said = b""
        self.answer = NOTHING_YET

    def note(self, said: bytes, answer: Answer) -> None:
        """Remember one that was whole, and left its connection fit to be used again."""
        if len(said) <= MAX_REMEMBERED_BYTES:
            self.said, self.answer = said, answer
