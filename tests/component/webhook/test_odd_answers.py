"""What servers of the field say a little off the standard counts; what leaves doubt is not trusted.

And whatever comes costs no more time than its bytes are worth.
"""

from __future__ import annotations

import time
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pulse_router.webhook.answers import (
    MAX_BEGINNING_BYTES,
    MAX_HEAD_BYTES,
    MAX_REST_BYTES,
    AnswerReader,
    NotHttp,
)
from tests.support.delivery.answers import Read, read

OK = b"Content-Length: 2\r\n\r\nok"
CHUNKED = b"2\r\nok\r\n0\r\n\r\n"

CLEAN = {
    "in odd case": b"HTTP/1.1 200 OK\r\nCONNECTION: Keep-Alive\r\ncontent-LENGTH: 2\r\n\r\nok",
    "kept alive by 1.0": b"HTTP/1.0 200 OK\r\nConnection: Keep-Alive\r\n" + OK,
    "timeout and max": b"HTTP/1.1 200 OK\r\nKeep-Alive: timeout=5, max=100\r\n" + OK,
    "no reason": b"HTTP/1.1 200\r\n" + OK,
    "an empty reason": b"HTTP/1.1 200 \r\n" + OK,
    "a very long reason": b"HTTP/1.1 200 " + b"very " * 10_000 + b"\r\n" + OK,
    "UTF-8 in the reason": "HTTP/1.1 200 Schön\r\n".encode() + OK,
    "Latin-1 in the reason": "HTTP/1.1 200 Schön\r\n".encode("latin-1") + OK,
    "Latin-1 in a header": "HTTP/1.1 200 OK\r\nServer: Schön\r\n".encode("latin-1") + OK,
    "100 unasked": b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\n" + OK,
    "103": b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\nHTTP/1.1 200 OK\r\n" + OK,
    "several interim answers": b"HTTP/1.1 102 P\r\n\r\n" * 3 + b"HTTP/1.1 200 OK\r\n" + OK,
    "an offer to upgrade": b"HTTP/1.1 200 OK\r\nUpgrade: h2,h2c\r\nConnection: Upgrade\r\n" + OK,
    "blank lines before": b"\r\n\r\nHTTP/1.1 200 OK\r\n" + OK,
    "chunked in odd case": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: Chunked\r\n\r\n" + CHUNKED,
    "trailers": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\nA: b\r\n"
    b"\r\n",
    "204 of length 0": b"HTTP/1.1 204 No\r\nContent-Length: 0\r\n\r\n",
}
DOUBTFUL = {
    "a blank before the colon": b"HTTP/1.1 200 OK\r\nContent-Length : 2\r\n\r\nok",
    "a blank in a name": b"HTTP/1.1 200 OK\r\nX Y: 1\r\n" + OK,
    "a name of nothing": b"HTTP/1.1 200 OK\r\n: 1\r\n" + OK,
    "small letters": b"http/1.1 200 OK\r\n" + OK,
    "two blanks": b"HTTP/1.1  200  OK\r\n" + OK,
    "another version": b"HTTP/2 200\r\n" + OK,
    "folded": b"HTTP/1.1 200 OK\r\nX: a\r\n b\r\n" + OK,
    "a folded length": b"HTTP/1.1 200 OK\r\nContent-Length:\r\n 2\r\n\r\nok",
    "folded under the status": b"HTTP/1.1 200 OK\r\n Content-Length: 2\r\n\r\nok",
    "folded behind CR CR LF": b"HTTP/1.1 200\r\r\n OK\r\n" + OK,
    "lines that end in CR CR LF": b"HTTP/1.1 200 OK\r\r\nContent-Length: 2\r\r\n\r\r\nok",
    "bare LF": b"HTTP/1.1 200 OK\nContent-Length: 2\n\nok",
    "blank lines before an odd head": b"\r\n\r\nHTTP/1.1 200 OK\r\nX Y: 1\r\n" + OK,
    "the same length twice": b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n" + OK,
    "neither length nor chunked": b"HTTP/1.1 200 OK\r\n\r\nok",
    "HTTP/1.0": b"HTTP/1.0 200 OK\r\n" + OK,
    "identity": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: identity\r\n\r\nok",
    "identity and a length": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: identity\r\n" + OK,
    "an odd head and chunks": b"HTTP/1.1 200 OK\r\nX Y: 1\r\nTransfer-Encoding: chunked\r\n\r\n"
    + CHUNKED,
    "interim with a length": b"HTTP/1.1 100 C\r\nContent-Length: 1\r\n\r\nHTTP/1.1 200 OK\r\n" + OK,
    "a strange interim answer with a length": b"HTTP/1.1 190 C\r\nContent-Length: 93\r\n\r\n"
    b"HTTP/1.1 200 OK\r\n" + OK,
    "a strange interim answer with chunks": b"HTTP/1.1 150 C\r\nTransfer-Encoding: chunked\r\n\r\n"
    b"HTTP/1.1 200 OK\r\n" + OK,
    "a blank line behind": b"HTTP/1.1 200 OK\r\n" + OK + b"\r\n",
    "a blank line behind chunks": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
    + CHUNKED
    + b"\r\n",
}
WITHOUT_BODY = [
    b"HTTP/1.1 204 No\r\nContent-Length: 2\r\n\r\n",
    b"HTTP/1.1 204 No\r\nTransfer-Encoding: chunked\r\n\r\n",
    b"HTTP/1.1 304 No\r\nContent-Length: 2\r\n\r\n",
]
NONE = {
    "status 0": b"HTTP/1.1 000 OK\r\n" + OK,
    "status 99": b"HTTP/1.1 099 OK\r\n" + OK,
    "status 99 in an odd head": b"HTTP/1.1 099 OK\r\nX Y: 1\r\n" + OK,
    "two figures": b"HTTP/1.1 20 OK\r\n" + OK,
    "another protocol": b"ICY 200 OK\r\n" + OK,
    "CR alone": b"HTTP/1.1 200 OK\rContent-Length: 2\r\rok",
    "two lengths in one": b"HTTP/1.1 200 OK\r\nContent-Length: 2, 3\r\n\r\nok",
    "a length below 0": b"HTTP/1.1 200 OK\r\nContent-Length: -2\r\n\r\nok",
    "a folded length of two": b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n 3\r\n\r\nok",
    "interim for ever in odd heads": b"HTTP/1.1 100 C\r\nX Y: 1\r\n\r\n" * 4000,
}


def every_cut(data: bytes) -> list[Sequence[int]]:
    places = range(1, len(data)) if len(data) < 300 else range(1, len(data), len(data) // 50)
    return [(), places, *([place] for place in places)]


@pytest.mark.parametrize("data", CLEAN.values(), ids=list(CLEAN))
def test_what_is_clean_is_used_again_however_it_is_cut(data: bytes) -> None:
    for cuts in every_cut(data):
        assert Read.of(read(data, cuts, ends=False)) == Read(
            204 if b" 204 " in data else 200, b"" if b" 204 " in data else b"ok", True
        )


@pytest.mark.parametrize("data", DOUBTFUL.values(), ids=list(DOUBTFUL))
def test_what_leaves_doubt_counts_and_is_not_used_again_however_it_is_cut(data: bytes) -> None:
    for cuts in every_cut(data):
        assert Read.of(read(data, cuts)) == Read(200, b"ok", False)


@pytest.mark.parametrize("data", WITHOUT_BODY)
def test_a_body_where_none_can_be_may_come_nevertheless(data: bytes) -> None:
    """It would be taken for the beginning of the next answer."""
    for cuts in every_cut(data):
        found = Read.of(read(data, cuts, ends=False))
        assert (found.status in (204, 304), found.is_reusable) == (True, False)


@pytest.mark.parametrize("data", NONE.values(), ids=list(NONE))
def test_what_is_none_is_refused_however_it_is_cut(data: bytes) -> None:
    for cuts in every_cut(data):
        assert isinstance(read(data, cuts), str)


def test_a_folded_header_is_read() -> None:
    found = read(b"HTTP/1.1 503 Busy\r\nRetry-After:\r\n\t5\r\n" + OK)
    assert not isinstance(found, str)
    assert found.headers == {b"retry-after": b"5"}


@pytest.mark.parametrize(
    "said",
    [
        pytest.param(b"HTTP/1.1 200 OK\r\n\r\n", id="a body without end"),
        pytest.param(
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1;", id="an extension of a chunk"
        ),
        pytest.param(
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nX:", id="a trailer"
        ),
        pytest.param(
            b"HTTP/1.1 200 OK\r\nX Y: 1\r\nTransfer-Encoding: chunked\r\n\r\n1;",
            id="an extension behind an odd head",
        ),
    ],
)
def test_nothing_is_read_without_end(said: bytes) -> None:
    reader = AnswerReader()
    reader.feed(said)
    fed = 0
    while not reader.is_whole:
        reader.feed(b"x" * 1000)
        fed += 1000
        assert fed <= MAX_REST_BYTES + 1000
    assert (reader.answer.status, reader.answer.is_reusable) == (200, False)


BEGINNINGS = [b"", b"HTTP/1.1 200 OK\r\n", b"HTTP/1.1 200 OK\r\nX Y: 1\r\nZ: "]
MORE = [b"\r", b"\n", b" ", b"x", b"\r\r\n", b"\n ", b"HTTP/1.1 100 C\n\n", b"X: y\r\n"]


@pytest.mark.parametrize("beginning", BEGINNINGS)
@pytest.mark.parametrize("more", MORE)
def test_a_head_costs_time_in_proportion_to_its_bytes(beginning: bytes, more: bytes) -> None:
    """A head of 64 KiB, byte by byte, is read in a moment: others wait meanwhile."""
    by_bytes = [bytes([byte]) for byte in more]
    for pieces in by_bytes, [more * (20_000 // len(more))]:
        reader = AnswerReader()
        before = time.thread_time()
        fed = 0
        try:
            if beginning:
                reader.feed(beginning)
            while not reader.is_whole:
                reader.feed(pieces[fed % len(pieces)])
                fed += 1
        except NotHttp:
            pass
        assert fed <= MAX_HEAD_BYTES + 1
        assert time.thread_time() - before < 2, "at most 30 microseconds for a read"


@given(
    st.sampled_from([b"1.1", b"1.0"]),
    st.integers(200, 599).filter(lambda status: status not in (204, 304)),
    st.binary(max_size=2000),
    st.lists(st.integers(0, 3000), max_size=8),
    st.integers(0, 3000),
)
def test_a_body_without_a_length_ends_where_the_connection_does(
    version: bytes, status: int, said: bytes, cuts: list[int], lost: int
) -> None:
    head = b"HTTP/%b %d OK\r\nServer: a\r\n\r\n" % (version, status)
    for body in said, said[: -(lost % (len(said) + 1)) or None]:
        whole = Read(status, body[:MAX_BEGINNING_BYTES], False)
        assert Read.of(read(head + body, cuts)) == whole
        assert Read.of(read(head + body, range(len(head + body)))) == whole
