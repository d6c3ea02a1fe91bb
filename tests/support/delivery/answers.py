"""Answers by the standard, and what a reader makes of any bytes."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence

import attrs
from hypothesis import strategies as st

from pulse_router.webhook.answer import Answer
from pulse_router.webhook.answers import AnswerReader, NotHttp

TOKEN = st.text(
    "abcdefghijklmnopqrstuvwxyzABCXYZ0123456789-_!#$%&'*+.^`|~", min_size=1, max_size=12
)
VALUE = st.text(st.characters(min_codepoint=0x21, max_codepoint=0x7E), max_size=20)
STATUS = st.integers(200, 599)


@st.composite
def bodies(draw: st.DrawFn) -> tuple[bytes, bytes, bytes]:
    """A body: its headers, the bytes on the line, and what it says."""
    said = draw(st.binary(max_size=300))
    match draw(st.sampled_from(["length", "chunked", "none"])):
        case "length":
            return b"Content-Length: %d\r\n" % len(said), said, said
        case "chunked":
            pieces = draw(st.lists(st.binary(min_size=1, max_size=40), max_size=4))
            line = b"".join(b"%x;x=y\r\n%b\r\n" % (len(piece), piece) for piece in pieces)
            trailer = draw(st.sampled_from([b"", b"Retry-After: 9\r\n"]))
            return (
                b"Transfer-Encoding: chunked\r\n",
                line + b"0\r\n" + trailer + b"\r\n",
                b"".join(pieces),
            )
        case _:
            return b"Content-Length: 0\r\n", b"", b""


@st.composite
def answers(draw: st.DrawFn) -> tuple[bytes, int, bytes]:
    """A whole answer by the standard: its bytes, its status and its body."""
    interim = draw(
        st.sampled_from([b"", b"HTTP/1.1 100 Continue\r\n\r\n", b"HTTP/1.1 103 E\r\nA: b\r\n\r\n"])
    )
    status = draw(STATUS.filter(lambda status: status not in (204, 304)))
    version = draw(st.sampled_from([b"1.1", b"1.0"]))
    framing, line, said = draw(bodies())
    if version == b"1.0" and b"chunked" in framing:
        version = b"1.1"
    more = "".join(
        f"x{name}: {value}\r\n"
        for name, value in draw(st.lists(st.tuples(TOKEN, VALUE), max_size=4))
    ).encode()
    head = b"HTTP/%b %d %b\r\n" % (version, status, draw(st.sampled_from([b"OK", b"", b"a b"])))
    return interim + head + more + framing + b"\r\n" + line, status, said


def pieces_of(data: bytes, cuts: Sequence[int]) -> Iterator[bytes]:
    places = [0, *sorted({cut % (len(data) + 1) for cut in cuts} - {0, len(data)}), len(data)]
    for start, end in itertools.pairwise(places):
        if start < end:
            yield data[start:end]


def read(data: bytes, cuts: Sequence[int] = (), *, ends: bool = True) -> Answer | str:
    """Read an answer piece by piece; says what is wrong with it when it is none."""
    reader = AnswerReader()
    try:
        for piece in pieces_of(data, cuts):
            reader.feed(piece)
        if ends and not reader.is_whole:
            reader.end()
    except NotHttp as error:
        return str(error)
    return reader.answer


@attrs.frozen
class Read:
    """An answer as it was read, in a form to be compared."""

    status: int
    beginning: bytes
    is_reusable: bool

    @classmethod
    def of(cls, found: Answer | str) -> Read:
        """Take it from an answer; whoever gives the word why it is none has failed."""
        assert isinstance(found, Answer), found
        return cls(found.status, found.beginning, found.is_reusable)
