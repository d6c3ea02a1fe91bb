"""Answers are read alike however they are cut; what is not HTTP is said so, and nothing hangs."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence

import h11
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from pulse_router.webhook.answers import (
    MAX_BEGINNING_BYTES,
    MAX_HEAD_BYTES,
    Answer,
    AnswerReader,
    NotHttp,
)

TOKEN = st.text(
    "abcdefghijklmnopqrstuvwxyzABCXYZ0123456789-_!#$%&'*+.^`|~", min_size=1, max_size=12
)
VALUE = st.text(st.characters(min_codepoint=0x21, max_codepoint=0x7E), max_size=20)
STATUS = st.integers(200, 599)
INTERIM = [b"", b"HTTP/1.1 100 Continue\r\n\r\n", b"HTTP/1.1 103 E\r\nA: b\r\n\r\n"]


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


CUTS = st.lists(st.integers(0, 2000), max_size=8)


@given(answers(), CUTS)
def test_an_answer_by_the_standard_is_read_however_it_is_cut(
    answer: tuple[bytes, int, bytes], cuts: list[int]
) -> None:
    data, status, said = answer
    whole = read(data, ends=False)
    assert isinstance(whole, Answer)
    assert (whole.status, whole.beginning) == (status, said[:MAX_BEGINNING_BYTES])
    assert read(data, cuts, ends=False) == whole
    assert read(data, range(len(data)), ends=False) == whole
    assert whole.is_reusable == (b"HTTP/1.0" not in data)
    assert b"retry-after" not in whole.headers


@given(answers(), st.integers(0, 2000))
def test_an_answer_that_is_cut_off_keeps_its_status_and_loses_its_connection(
    answer: tuple[bytes, int, bytes], length: int
) -> None:
    data, status, _ = answer
    cut = data[: length % len(data)]
    read_so_far = read(cut)
    if isinstance(read_so_far, Answer):
        assert read_so_far.status == status
        assert not read_so_far.is_reusable or read(cut, ends=False) == read(data, ends=False)
    else:
        assert read_so_far in ("it is empty", "it ended before its head did")


@given(answers(), st.binary(min_size=1, max_size=50), st.booleans())
def test_what_comes_behind_an_answer_costs_the_connection_and_nothing_else(
    answer: tuple[bytes, int, bytes], behind: bytes, at_once: bool
) -> None:
    data, status, said = answer
    cuts = () if at_once else (len(data),)
    found = read(data + behind, cuts, ends=False)
    assert isinstance(found, Answer)
    assert (found.status, found.beginning) == (status, said[:MAX_BEGINNING_BYTES])
    assert not found.is_reusable


ODD = [
    (b"HTTP/1.1 200 OK\r\nX Y: 1\r\nContent-Length: 2\r\n\r\nok", 200),
    (b"HTTP/1.1 503 Busy\r\nRetry-After : 5\r\nContent-Length: 2\r\n\r\nok", 503),
    (b"HTTP/1.1 200 OK\nContent-Length: 2\n\nok", 200),
    (b"HTTP/1.1 202\r\n\r\n", 202),
    (b"HTTP/1.1 200 OK\r\nno colon\r\nContent-Length: 2\r\n\r\nok", 200),
    (b"HTTP/1.1 100 Go on\n\nHTTP/1.1 200 OK\r\nX Y: 1\r\nContent-Length: 2\r\n\r\nok", 200),
    (b"HTTP/2 200\r\nX: y\r\nContent-Length: 2\r\n\r\nok", 200),
    (b"HTTP/1.1 200 OK\r\nX: \x01\r\nContent-Length: 2\r\n\r\nok", 200),
]


@pytest.mark.parametrize(("data", "status"), ODD)
def test_an_answer_a_little_off_the_standard_counts_however_it_is_cut(
    data: bytes, status: int
) -> None:
    for cuts in [(), range(len(data)), *([cut] for cut in range(len(data)))]:
        found = read(data, cuts)
        assert isinstance(found, Answer)
        assert found.status == status
        if status == 503:
            assert found.headers == {b"retry-after": b"5"}


@pytest.mark.parametrize(
    "data",
    [
        b"HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nok",
        b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\nok",
        b"HTTP/1.1 200 OK\r\nContent-Length : 2\r\nTransfer-Encoding: chunked\r\n\r\nok",
        b"HTTP/1.1 2000 OK\r\n\r\n",
        b"HTTP/1.1 abc\r\n\r\n",
        b"SSH-2.0-OpenSSH_9.2\r\n\r\n",
        b"<html>\r\n\r\n",
        b"HTTP/1.1 200 OK\r\n" + b"X: " + b"a" * (MAX_HEAD_BYTES + 1),
        b"HTTP/1.1 100 Go on\r\n\r\n" * 5_000,
    ],
)
def test_what_is_no_answer_or_may_be_two_is_refused_however_it_is_cut(data: bytes) -> None:
    for cuts in ((), range(0, len(data), max(1, len(data) // 50)), range(min(len(data), 200))):
        assert isinstance(read(data, cuts), str)


@settings(max_examples=500)
@given(st.binary(max_size=200) | answers().map(lambda answer: answer[0]), CUTS, st.data())
def test_no_bytes_raise_anything_else(data: bytes, cuts: list[int], chance: st.DataObject) -> None:
    changed = bytearray(data)
    for _ in range(chance.draw(st.integers(0, 3))):
        if changed:
            changed[chance.draw(st.integers(0, len(changed) - 1))] = chance.draw(
                st.integers(0, 255)
            )
    read(bytes(changed), cuts)


@example(b"HTTP/1.1 204 No\r\nContent-Length: 5\r\n\r\n")
@example(b"HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nContent-Length: 0\r\n\r\n")
@settings(max_examples=300)
@given(answers().map(lambda answer: answer[0]))
def test_where_h11_takes_an_answer_it_reads_the_same(data: bytes) -> None:
    client = h11.Connection(h11.CLIENT)
    client.send(
        h11.Request(method="POST", target="/", headers=[("Host", "a"), ("Content-Length", "0")])
    )
    client.send(h11.EndOfMessage())
    client.receive_data(data)
    client.receive_data(b"")
    status, said = 0, b""
    while True:
        try:
            event = client.next_event()
        except h11.RemoteProtocolError:
            return
        match event:
            case h11.Response():
                status = event.status_code
            case h11.Data():
                said += bytes(event.data)
            case h11.EndOfMessage() | h11.ConnectionClosed():
                break
            case _:
                continue
    found = read(data)
    assert isinstance(found, Answer)
    assert (found.status, found.beginning) == (status, said[:MAX_BEGINNING_BYTES])


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        (b"timeout=5, max=100", 5),
        (b"max=3, Timeout = 7", 7),
        (b"max=3", None),
        (b"", None),
        (b"timeout=x", None),
    ],
)
def test_what_a_server_says_of_keeping_a_connection_is_read(
    value: bytes, seconds: int | None
) -> None:
    found = read(b"HTTP/1.1 200 OK\r\nKeep-Alive: %b\r\nContent-Length: 0\r\n\r\n" % value)
    assert isinstance(found, Answer)
    assert found.keep_alive_seconds == seconds
