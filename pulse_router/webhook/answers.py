"""Reads an answer of HTTP/1.1 or 1.0 (RFC 9112); bytes in, an answer out.

llhttp reads what is by the standard. Where a head is a little off it, as servers of the field are,
it is read by its lines, and llhttp gets what it says in plain words: the status counts, and the
connection is not used again, for where such an answer ends is in doubt. Whatever comes costs time
in proportion to its bytes. It does no I/O and knows nothing of webhooks.
"""

from __future__ import annotations

import re
from typing import Final

import attrs
import httptools

from pulse_router.domain.retry import RESETS
from pulse_router.webhook.answer import NOTHING_YET, Answer, LastAnswer

MAX_HEAD_BYTES: Final = 64 * 1024
"""What heads may weigh, those of interim answers included."""
MAX_BEGINNING_BYTES: Final = 1024
"""How much of a body is kept."""
MAX_BODY_BYTES: Final = 10 * 1024
"""How much of a body is read, so that the connection can be used again."""
MAX_REST_BYTES: Final = 64 * 1024
"""What may come behind a head in all, with the sizes of chunks, their extensions and trailers."""

SWITCHING_PROTOCOLS: Final = 101
_WITHOUT_BODY: Final = frozenset({204, 304})
_OF_INTEREST: Final = frozenset({b"retry-after", b"location", b"keep-alive", *RESETS})
_STATUS_LINE: Final = re.compile(
    rb"HTTP/\d(?:\.\d)?[ \t]+([1-9]\d\d)(?:[ \t][^\n]*)?", re.IGNORECASE
)
# They look at no byte twice, however many of a kind there are in a row.
_HEAD_END: Final = re.compile(rb"\n\r{0,2}\n")
_BLANKS: Final = re.compile(rb"[ \t\r\n]*")
_FOLD: Final = re.compile(rb"\n[ \t]+")
_LENGTH_DIGITS: Final = 9
"""More than is read of any body."""


class NotHttp(Exception):
    """What came is no answer of HTTP."""


class AnswerReader:
    """Reads one answer.

    Args:
        last: The one before it from there, if any is remembered.

    Attributes:
        answer: What has been read of it.
        has_begun: Whether any byte of it has come.
        is_whole: Whether it has come to its end, or to where nobody wants to read on.
    """

    __slots__ = (
        "_announces_body",
        "_body_bytes",
        "_head",
        "_head_bytes",
        "_is_doubtful",
        "_is_in_head",
        "_last",
        "_parser",
        "_reads_lines",
        "_rest_bytes",
        "_searched",
        "answer",
        "has_begun",
        "is_whole",
    )

    def __init__(self, last: LastAnswer | None = None) -> None:
        self._last = last
        self.begin()

    def begin(self) -> None:
        """Forget what has come, for the request goes out again."""
        self.answer = NOTHING_YET
        self.has_begun = self.is_whole = self._is_in_head = False

    def feed(self, data: bytes) -> None:
        """Take what has come; at least one byte.

        Raises:
            NotHttp: It is no answer.
        """
        if self.has_begun:
            self._feed(data)
            return
        self.has_begun = True
        last = self._last
        if last is not None and last.said == data:
            self.answer, self.is_whole = last.answer, True
            return
        self._begin_parsing()
        self._feed(data)
        if last is not None and self.is_whole and self.answer.is_reusable:
            last.note(data, self.answer)

    def _begin_parsing(self) -> None:
        self.answer = Answer()
        self._parser = httptools.HttpResponseParser(self)
        self._head = b""
        self._head_bytes = self._rest_bytes = self._body_bytes = self._searched = 0
        self._is_in_head = True
        self._reads_lines = False
        self._announces_body = self._is_doubtful = False

    def _feed(self, data: bytes) -> None:
        if self._is_in_head:
            room = MAX_HEAD_BYTES - self._head_bytes
            is_over = self._feed_head(data[:room])
            if not is_over and len(data) >= room:
                raise NotHttp(f"its head is longer than {MAX_HEAD_BYTES} bytes")
            data = data[room:]
        if not data:
            return
        if self.is_whole:  # more than was asked for
            self.answer = attrs.evolve(self.answer, is_reusable=False)  # it may be remembered
        else:
            self._rest_bytes += len(data)
            self._parse(data)
            if self._rest_bytes > MAX_REST_BYTES and not self.is_whole:
                self._finish(is_reusable=False)

    def end(self) -> None:
        """Note that nothing more will come.

        Raises:
            NotHttp: There was no whole head.
        """
        if self._is_in_head or not self.has_begun:
            raise NotHttp("it ended before its head did" if self.has_begun else "it is empty")
        if self.is_whole:
            self.answer = attrs.evolve(self.answer, is_reusable=False)
        else:
            self._finish(is_reusable=False)

    def _feed_head(self, data: bytes) -> bool:
        """Take what belongs to a head, at first; tells whether it has come to its end."""
        self._head += data
        self._head_bytes += len(data)
        if self._reads_lines or not self._parse(data):
            self._reads_lines = True
            self._read_lines()
        if self._is_in_head:
            return False
        self._head = b""
        if self.answer.status < 100:
            raise NotHttp("it does not begin with a status")
        return True

    def _parse(self, data: bytes) -> bool:
        """Let llhttp read; tells whether it could make anything of it."""
        try:
            if len(data) > 1 and data[-1] in b"\r\n":
                # It passes over blank lines behind an answer, which has to end with the last byte.
                self._parser.feed_data(data[:-1])
                if self.is_whole:
                    self.answer.is_reusable = False
                    return True
                data = data[-1:]
            self._parser.feed_data(data)
        except httptools.HttpParserUpgrade:
            self._finish(is_reusable=False)
        except httptools.HttpParserError:
            if self._is_in_head:
                return False
            self._finish(is_reusable=False)
        return True

    def on_message_begin(self) -> None:
        """Hear of llhttp that another answer begins."""
        if self.is_whole:  # nobody has asked for it
            self.answer.is_reusable = False

    def on_header(self, name: bytes, value: bytes) -> None:
        """Hear of llhttp of a header, or of a trailer, which nobody wants."""
        if not self._is_in_head:
            return
        name = name.lower()
        if name in _OF_INTEREST:
            self.answer.headers[name] = value
        elif name == b"transfer-encoding" or (name == b"content-length" and value != b"0"):
            self._announces_body = True

    def on_headers_complete(self) -> None:
        """Hear of llhttp that a head has ended.

        Raises:
            NotHttp: It announces a body that is none, which llhttp would wait for; it stops there.
        """
        if self.is_whole:
            return
        status = self._parser.get_status_code()
        if _is_interim(status):
            if self._announces_body:
                raise NotHttp("an interim answer has no body")
            self.answer.headers.clear()
            return
        if self._announces_body and status in _WITHOUT_BODY:
            self._is_doubtful = True  # it may come nevertheless
        self._is_in_head = False
        self.answer.status = status
        self.answer.is_reusable = self._parser.should_keep_alive()

    def on_body(self, body: bytes) -> None:
        """Hear of llhttp of a piece of the body."""
        if self.is_whole:
            return
        answer = self.answer
        answer.beginning += body[: MAX_BEGINNING_BYTES - len(answer.beginning)]
        self._body_bytes += len(body)
        if self._body_bytes > MAX_BODY_BYTES:
            self._finish(is_reusable=False)

    def on_message_complete(self) -> None:
        """Hear of llhttp that an answer has ended."""
        if not self._is_in_head and not self.is_whole:
            self._finish(is_reusable=self.answer.is_reusable)

    def _finish(self, *, is_reusable: bool) -> None:
        self.answer.is_reusable = is_reusable and not self._is_doubtful
        self.is_whole = True

    def _read_lines(self) -> None:
        """Read heads that llhttp refuses, as far as they are whole, and let it read what follows.

        Raises:
            NotHttp: It is no head, or where its body ends is in doubt.
        """
        start = self._skip_blanks(0)
        while (end := _HEAD_END.search(self._head, max(start, self._searched))) is not None:
            lines = _unfolded(self._head[start : end.start()])
            status = _STATUS_LINE.fullmatch(lines[0])
            if status is None:
                raise NotHttp("it does not begin with a status")
            if not _is_interim(int(status[1])):
                rest = self._head[end.end() :]
                self._start_again(int(status[1]), self._read_headers(lines[1:]), rest)
                return
            start = self._skip_blanks(end.end())
        self._head = self._head[start:]
        self._searched = max(0, len(self._head) - 3)  # an end may have begun

    def _skip_blanks(self, start: int) -> int:
        found = _BLANKS.match(self._head, start)
        return start if found is None else found.end()

    def _start_again(self, status: int, framing: bytes, rest: bytes) -> None:
        """Tell llhttp in plain words what a head has said, and what came behind it."""
        said = self.answer.headers
        self._parser = httptools.HttpResponseParser(self)
        self._is_doubtful = True
        self._parse(b"HTTP/1.1 %d \r\n%bConnection: close\r\n\r\n" % (status, framing))
        self.answer.headers = said
        if rest and not self.is_whole:
            self._parse(rest)

    def _read_headers(self, lines: list[bytes]) -> bytes:
        """Read the headers of a head; what says in two ways where the body ends is refused.

        Returns:
            The header that tells where the body ends; none where the connection's end is its end.

        Raises:
            NotHttp: Its length is no number, or in doubt: others could be made to see two answers.
        """
        self.answer.headers.clear()
        lengths: set[bytes] = set()
        codings: list[bytes] = []
        for line in lines:
            name, colon, value = line.partition(b":")
            name, value = name.strip().lower(), value.strip()
            if name in _OF_INTEREST:
                self.answer.headers[name] = value
            elif name == b"content-length" and colon:
                lengths.add(value)
            elif name == b"transfer-encoding" and value.lower() != b"identity":
                codings.append(value.lower())
        if not lengths:
            last = b",".join(codings).rpartition(b",")[2].strip()
            return b"Transfer-Encoding: chunked\r\n" if last == b"chunked" else b""
        length = lengths.pop()
        if lengths or codings or not length.isdigit():
            raise NotHttp("its length is in doubt")
        return b"Content-Length: %d\r\n" % int(length[:_LENGTH_DIGITS])


def _unfolded(head: bytes) -> list[bytes]:
    lines = [line.rstrip(b"\r") for line in head.split(b"\n")]
    return _FOLD.sub(b" ", b"\n".join(lines)).split(b"\n")


def _is_interim(status: int) -> bool:
    return 100 <= status < 200 and status != SWITCHING_PROTOCOLS
