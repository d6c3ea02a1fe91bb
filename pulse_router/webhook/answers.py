"""Reads an answer of HTTP/1.1 or 1.0 (RFC 9112); bytes in, an answer out.

llhttp reads what is by the standard. What is a little off it, as servers of the field are, is read
by its lines: its status counts, and the connection is not used again, for where such an answer ends
is in doubt. It does no I/O and knows nothing of webhooks.
"""

from __future__ import annotations

import re
from typing import Final

import attrs
import httptools

MAX_HEAD_BYTES: Final = 64 * 1024
"""What heads may weigh, those of interim answers included."""
MAX_BEGINNING_BYTES: Final = 1024
"""How much of a body is kept."""
MAX_BODY_BYTES: Final = 10 * 1024
"""How much of a body is read, so that the connection can be used again."""

SWITCHING_PROTOCOLS: Final = 101
_OF_INTEREST: Final = frozenset({b"retry-after", b"location", b"keep-alive"})
_STATUS_LINE: Final = re.compile(rb"HTTP/\d(?:\.\d)?[ \t]+(\d{3})(?:[ \t][^\n]*)?", re.IGNORECASE)
_LINE_END: Final = re.compile(rb"\r*\n")
_HEAD_END: Final = re.compile(rb"\r*\n\r*\n")
_LENGTH_DIGITS: Final = 9
"""More than is read of any body."""
_TIMEOUT: Final = re.compile(rb"timeout[ \t]*=[ \t]*\"?(\d{1,9})", re.IGNORECASE)


class NotHttp(Exception):
    """What came is no answer of HTTP."""


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
        found = _TIMEOUT.search(self.headers.get(b"keep-alive", b""))
        return int(found[1]) if found else None


class AnswerReader:
    """Reads one answer.

    Attributes:
        answer: What has been read of it.
        has_begun: Whether any byte of it has come.
        is_whole: Whether it has come to its end, or to where nobody wants to read on.
    """

    __slots__ = (
        "_body_bytes",
        "_expected_bytes",
        "_head",
        "_is_in_head",
        "_parser",
        "answer",
        "has_begun",
        "is_whole",
    )

    def __init__(self) -> None:
        self.answer = Answer()
        self.has_begun = False
        self.is_whole = False
        self._parser: httptools.HttpResponseParser | None = httptools.HttpResponseParser(self)
        self._head = b""
        self._body_bytes = 0
        self._expected_bytes: int | None = None
        self._is_in_head = True

    def feed(self, data: bytes) -> None:
        """Take what has come; at least one byte.

        Raises:
            NotHttp: It is no answer.
        """
        self.has_begun = True
        if self.is_whole:  # more than was asked for
            self.answer.is_reusable = False
        elif self._parser is not None:
            self._parse(self._parser, data)
        elif self._is_in_head:
            self._head += data
            self._read_lines()
        else:
            self._take_body(data)

    def end(self) -> None:
        """Note that nothing more will come.

        Raises:
            NotHttp: There was no whole head.
        """
        if self._is_in_head:
            raise NotHttp("it ended before its head did" if self.has_begun else "it is empty")
        self._finish(is_reusable=False)

    def _parse(self, parser: httptools.HttpResponseParser, data: bytes) -> None:
        was_in_head = self._is_in_head
        if was_in_head:
            self._head += data
        try:
            parser.feed_data(data)
        except httptools.HttpParserUpgrade:
            self._finish(is_reusable=False)
        except httptools.HttpParserError:
            self._parser = None
            if self._is_in_head:
                self._read_lines()
            else:
                self._finish(is_reusable=False)
        if not self._is_in_head:
            self._head = b""
        elif len(self._head) > MAX_HEAD_BYTES:
            raise NotHttp(f"its head is longer than {MAX_HEAD_BYTES} bytes")

    def on_message_begin(self) -> None:
        """Hear of llhttp that another answer begins."""
        if self.is_whole:  # nobody has asked for it
            self.answer.is_reusable = False

    def on_header(self, name: bytes, value: bytes) -> None:
        """Hear of llhttp of a header, or of a trailer, which nobody wants."""
        if self._is_in_head and name.lower() in _OF_INTEREST:
            self.answer.headers[name.lower()] = value

    def on_headers_complete(self) -> None:
        """Hear of llhttp that a head has ended."""
        if self.is_whole or self._parser is None:
            return
        status = self._parser.get_status_code()
        if _is_interim(status):
            self.answer.headers.clear()
            return
        self._is_in_head = False
        self.answer.status = status
        self.answer.is_reusable = self._parser.should_keep_alive()

    def on_body(self, body: bytes) -> None:
        """Hear of llhttp of a piece of the body."""
        if not self.is_whole:
            self._take_body(body)

    def on_message_complete(self) -> None:
        """Hear of llhttp that an answer has ended."""
        if not self._is_in_head and not self.is_whole:
            self._finish(is_reusable=self.answer.is_reusable)

    def _take_body(self, body: bytes) -> None:
        answer = self.answer
        answer.beginning += body[: MAX_BEGINNING_BYTES - len(answer.beginning)]
        self._body_bytes += len(body)
        expected = self._expected_bytes
        if self._body_bytes > MAX_BODY_BYTES or (
            expected is not None and self._body_bytes >= expected
        ):
            self._finish(is_reusable=False)

    def _finish(self, *, is_reusable: bool) -> None:
        self.answer.is_reusable = is_reusable
        self.is_whole = True

    def _read_lines(self) -> None:
        """Read heads that llhttp refuses, as far as they are whole."""
        while (end := _HEAD_END.search(self._head)) is not None:
            lines = _LINE_END.split(self._head[: end.start()].lstrip())
            status = _STATUS_LINE.fullmatch(lines[0])
            if status is None:
                raise NotHttp("it does not begin with a status")
            rest = self._head[end.end() :]
            if _is_interim(int(status[1])):
                self._head = rest
                continue
            self._head = b""
            self.answer.headers.clear()
            self._read_headers(lines[1:])
            self.answer.status = int(status[1])
            self._is_in_head = False
            if rest:
                self._take_body(rest)
            elif self._expected_bytes == 0:
                self._finish(is_reusable=False)
            return
        if len(self._head) > MAX_HEAD_BYTES:
            raise NotHttp(f"its head is longer than {MAX_HEAD_BYTES} bytes")

    def _read_headers(self, lines: list[bytes]) -> None:
        """Read the headers of a head; what says in two ways where the body ends is refused.

        Raises:
            NotHttp: Its length is no number, or in doubt: others could be made to see two answers.
        """
        lengths: set[bytes] = set()
        is_coded = False
        for line in lines:
            name, _, value = line.partition(b":")
            name = name.strip().lower()
            if name in _OF_INTEREST:
                self.answer.headers[name] = value.strip()
            elif name == b"content-length":
                lengths.add(value.strip())
            elif name == b"transfer-encoding":
                is_coded = True
        if not lengths:
            return
        length = lengths.pop()
        if lengths or is_coded or not length.isdigit():
            raise NotHttp("its length is in doubt")
        self._expected_bytes = int(length[:_LENGTH_DIGITS])


def _is_interim(status: int) -> bool:
    return 100 <= status < 200 and status != SWITCHING_PROTOCOLS
