"""An answer that is the last one byte for byte is read as any other, without being parsed."""

from __future__ import annotations

from typing import Final

from hypothesis import given
from hypothesis import strategies as st

from pulse_router.webhook.answer import MAX_REMEMBERED_BYTES, Answer, LastAnswer
from pulse_router.webhook.answers import AnswerReader, NotHttp

OK: Final = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
ANSWERS: Final = [
    OK,
    b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok",
    b"HTTP/1.1 200 OK\r\nKeep-Alive: timeout=5\r\nContent-Length: 0\r\n\r\n",
    b"HTTP/1.1 429 Slow\r\nRetry-After: 7\r\nContent-Length: 0\r\n\r\n",
    b"HTTP/1.1 100 Continue\r\n\r\n" + OK,
    b"HTTP/1.1 200 OK\r\nX Y: 1\r\nContent-Length: 2\r\n\r\nok",
    b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n",
    b"HTTP/1.1 200 OK\r\n\r\nok",
    OK + OK,
    OK + b"\r\n",
    OK[:-1],
    b"HTTP/1.1 200 OK\r\nContent-Length: 600\r\n\r\n" + b"x" * 600,
    b"nothing of the kind\r\n\r\n",
]


def read(pieces: list[bytes], last: LastAnswer | None) -> tuple[Answer | str, bool]:
    reader = AnswerReader(last)
    try:
        for piece in pieces:
            reader.feed(piece)
            if reader.is_whole:
                break
    except NotHttp as error:
        return str(error), False
    return reader.answer, reader.is_whole


@given(
    st.lists(st.tuples(st.sampled_from(ANSWERS), st.none() | st.integers(1, 30)), max_size=20),
)
def test_what_was_answered_before_changes_nothing(said: list[tuple[bytes, int | None]]) -> None:
    last = LastAnswer()
    for answer, cut in said:
        pieces = [answer] if cut is None else [answer[:cut], answer[cut:]]
        assert read(pieces, last) == read(pieces, None)


def test_the_same_short_answer_is_not_parsed_again() -> None:
    last = LastAnswer()
    first, _ = read([OK], last)
    again, _ = read([OK], last)
    assert again is first


def test_what_comes_behind_an_answer_is_no_part_of_what_is_remembered() -> None:
    last = LastAnswer()
    for _ in range(3):
        reader = AnswerReader(last)
        reader.feed(OK)
        assert reader.is_whole
        assert reader.answer.is_reusable
        reader.feed(b"more")
        assert not reader.answer.is_reusable


def test_a_request_that_goes_out_again_is_answered_anew() -> None:
    last = LastAnswer()
    read([OK], last)
    reader = AnswerReader(last)
    reader.feed(OK[:10])
    reader.begin()
    assert (reader.answer.status, reader.has_begun, reader.is_whole) == (0, False, False)
    reader.feed(OK)
    assert reader.answer.status == 200


def test_only_short_answers_are_remembered() -> None:
    last = LastAnswer()
    body = b"x" * MAX_REMEMBERED_BYTES
    read([b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%b" % (len(body), body)], last)
    assert last.said == b""
