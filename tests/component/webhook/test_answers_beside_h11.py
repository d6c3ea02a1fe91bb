"""Where h11 takes an answer as well, both read the same; a line is trusted only where it agrees.

h11 is another parser, by other people, with other leniencies.
"""

from __future__ import annotations

import h11
from hypothesis import example, given, settings
from hypothesis import strategies as st

from pulse_router.webhook.answer import Answer
from pulse_router.webhook.answers import MAX_BEGINNING_BYTES, MAX_BODY_BYTES
from tests.support.delivery.answers import answers, read

PARTS = [
    b"HTTP/1.1 200 OK\r\n",
    b"HTTP/1.0 200 OK\r\n",
    b"HTTP/1.1 204 No\r\n",
    b"HTTP/1.1 304 No\r\n",
    b"HTTP/1.1 500\r\n",
    b"HTTP/1.1 100 C\r\n\r\n",
    b"HTTP/1.1 103 E\r\n",
    b"Content-Length: 2\r\n",
    b"Content-Length: 0\r\n",
    b"Content-Length: 2, 2\r\n",
    b"content-length:2\r\n",
    b"Transfer-Encoding: chunked\r\n",
    b"transfer-encoding:CHUNKED\r\n",
    b"Transfer-Encoding: gzip\r\n",
    b"Transfer-Encoding : chunked\r\n",
    b"Connection: close\r\n",
    b"Connection: keep-alive\r\n",
    b"Keep-Alive: timeout=5\r\n",
    b"X Y: 1\r\n",
    b"X: a\r\n b\r\n",
    b"X: \xff\r\n",
    b"\r\n",
    b"\n",
    b"\r\n\r\n",
    b"ok",
    b"2\r\nok\r\n",
    b"2;x=y\r\nok\r\n",
    b"0\r\n\r\n",
    b"0\r\nA: b\r\n\r\n",
    b"A",
    b" ",
    b"\0",
]
"""Of what answers are made, well or badly."""


@st.composite
def patchworks(draw: st.DrawFn) -> bytes:
    """Something that begins like an answer, of parts in any order."""
    first = draw(st.sampled_from(PARTS[:7]))
    return first + b"".join(draw(st.lists(st.sampled_from(PARTS), max_size=8)))


@st.composite
def damaged(draw: st.DrawFn) -> bytes:
    """An answer by the standard in which some bytes are others, or gone, or twice there."""
    data = draw(answers())[0]
    for _ in range(draw(st.integers(1, 3))):
        place = draw(st.integers(0, len(data)))
        instead = draw(
            st.sampled_from([b"", b"\r\n", b"\n", b" ", b"\t", b"\0", b":", b"0", b"\xff"])
        )
        data = data[:place] + instead + data[place + draw(st.integers(0, 2)) :]
    return data


def read_by_h11(data: bytes) -> tuple[int, bytes, bytes] | None:
    """The status, the body and what is left over; None where h11 takes it for no answer."""
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
            return None
        match event:
            case h11.Response():
                status = event.status_code
            case h11.Data():
                said += bytes(event.data)
            case h11.EndOfMessage():
                return status, said, client.trailing_data[0]
            case h11.ConnectionClosed():
                return None
            case _:
                continue


@settings(max_examples=1000)
@given(patchworks() | damaged() | answers().map(lambda answer: answer[0]))
@example(b"HTTP/1.1 204 No\r\nContent-Length: 5\r\n\r\n")
@example(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok\r\n")
@example(
    b"HTTP/1.1 100 C\r\n\r\nHTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n\r\n"
)
@example(b"HTTP/1.1 200 OK\r\n\r\nok")
@example(b"HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n")
def test_both_read_the_same_where_both_take_it(data: bytes) -> None:
    ours, theirs = read(data), read_by_h11(data)
    if theirs is None or not isinstance(ours, Answer):
        return
    status, said, left_over = theirs
    assert ours.status == status
    if ours.is_reusable:
        assert (ours.beginning, left_over) == (said[:MAX_BEGINNING_BYTES], b"")
        assert len(said) <= MAX_BODY_BYTES
