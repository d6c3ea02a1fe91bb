"""Answers are read alike however they are cut; what is not HTTP is said so, and nothing hangs."""

from __future__ import annotations

import h11
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from pulse_router.webhook.answer import Answer
from pulse_router.webhook.answers import MAX_BEGINNING_BYTES, MAX_HEAD_BYTES
from tests.support.delivery.answers import answers, read

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
