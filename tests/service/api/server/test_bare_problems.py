"""What is no request is answered with a problem too, like everything else."""

from __future__ import annotations

import msgspec
import pytest
import trio

from pulse_router.api.access.token_verifiers import MAX_TOKEN_BYTES
from pulse_router.api.server.bare_problems import refusal
from pulse_router.api.server.problem_body import CONTENT_TYPE, ProblemAnswer
from pulse_router.api.server.server import MAX_HEADER_BYTES
from tests.support.api.answers import answered
from tests.support.api.server import ApiForTests, make_token

GARBAGE = {
    "no HTTP at all": (b"\x16\x03\x01\x00\xff\r\n\r\n", 400),
    "a length that cannot be": (b"GET / HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n", 400),
    "an unknown coding": (b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: gzip\r\n\r\n", 501),
    "headers without end": (b"GET / HTTP/1.1\r\nX: " + b"x" * 3 * MAX_HEADER_BYTES, 431),
}


@pytest.mark.parametrize("name", GARBAGE)
async def test_what_is_no_http_is_told_so_in_a_problem(api: ApiForTests, name: str) -> None:
    sent, status = GARBAGE[name]
    with trio.fail_after(20):
        async with await trio.open_tcp_stream("127.0.0.1", api.port) as client:
            await client.send_all(sent)
            received = b"".join([data async for data in client])
    response, body = answered(received)
    headers = {name.decode(): value.decode() for name, value in response.headers}
    problem = msgspec.json.decode(body, type=ProblemAnswer)
    assert (response.status_code, problem.status) == (status, status)
    assert headers["content-type"] == CONTENT_TYPE
    assert headers["x-request-id"] == problem.request_id
    assert headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize(
    ("received", "path"),
    [
        (b"GET /customer/alerts?token=a.b.c HTTP/1.1\r\n", "/customer/alerts"),
        (b"POST /x#y HTTP/1.1\r\n", "/x"),
        (b"\x16\x03\x01", ""),
        (b"", ""),
    ],
)
def test_who_is_refused_is_told_what_for_without_the_query(received: bytes, path: str) -> None:
    response, body = answered(refusal(received, "Full.", retry_after_seconds=5))
    problem = msgspec.json.decode(body, type=ProblemAnswer)
    assert (response.status_code, problem.detail, problem.instance) == (503, "Full.", path)


def test_a_refusal_of_head_has_no_body() -> None:
    refused = refusal(b"HEAD / HTTP/1.1\r\n", "Full.", retry_after_seconds=5)
    assert answered(refused, "HEAD")[1] == b""


async def test_a_token_as_long_as_may_be_comes_in_however_it_is_cut(api: ApiForTests) -> None:
    token = make_token().ljust(MAX_TOKEN_BYTES, "x")  # refused as a token, and not as a header
    sent = f"GET /customer/alerts HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {token}\r\n"
    with trio.fail_after(20):
        async with await trio.open_tcp_stream("127.0.0.1", api.port) as client:
            for start in range(0, len(sent), 1000):
                await client.send_all(sent[start : start + 1000].encode())
                await trio.sleep(0.001)  # as a slow line does
            await client.send_all(b"Connection: close\r\n\r\n")
            received = b"".join([data async for data in client])
    assert answered(received)[0].status_code == 401
