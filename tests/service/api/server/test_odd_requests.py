"""Whatever a request line or a header holds: an answer, or a problem; never a bug in the log."""

from __future__ import annotations

import msgspec
import pytest
import trio
from structlog.testing import capture_logs

from pulse_router.api.server.problem_body import CONTENT_TYPE, ProblemAnswer
from tests.support.api.answers import answered
from tests.support.api.server import ApiForTests

HANDSHAKE = (
    "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
)
ODD_HEADERS = (
    "Cookie: \xff;=;;\r\nAuthorization: Basic \xff\r\nContent-Type: \xff;;=\r\nRange: bytes=z\r\n"
    "If-None-Match: \xff\r\nIf-Modified-Since: never\r\nAccept-Language: ;q=x\r\n"
    "Forwarded: for=\xff\r\nX-Forwarded-Host: \xff\r\nOrigin: \xff\r\n"
)
# Host is not among these headers.
REFUSED = {
    "a query alone": ("GET ?x HTTP/1.1", "", 400),
    "no path": ("GET health HTTP/1.1", "", 400),
    "a star": ("GET * HTTP/1.1", "", 400),
    "a star for options": ("OPTIONS * HTTP/1.1", "", 400),
    "a tunnel": ("CONNECT example.com:443 HTTP/1.1", "", 400),
    "another scheme": ("GET ftp://x/health HTTP/1.1", "", 400),
    "a scheme without authority": ("GET http: HTTP/1.1", "", 400),
    "a fragment": ("GET /health#x HTTP/1.1", "", 400),
    "a version to come": ("GET /health HTTP/3.0", "", 505),
    "the head of what is no path": ("HEAD ?x HTTP/1.1", "", 400),
    "two lengths of a body": (
        "POST /health HTTP/1.1",
        "Content-Length: 3\r\nTransfer-Encoding: chunked\r\n",
        400,
    ),
    "a socket without a key": ("GET /api/v2/ws HTTP/1.1", HANDSHAKE.replace("Key", "Kay"), 400),
    "a socket of another version": ("GET /api/v2/ws HTTP/1.1", HANDSHAKE.replace("13", "7"), 426),
    "a socket on a query": ("GET ?x HTTP/1.1", HANDSHAKE, 400),
    "a socket where there is none": ("GET /nowhere HTTP/1.1", HANDSHAKE, 404),
    "a socket where there is something else": ("GET /health HTTP/1.1", HANDSHAKE, 400),
    "a socket of HTTP/1.0": ("GET /api/v2/ws HTTP/1.0", HANDSHAKE, 426),
}
ANSWERED = {
    "an absolute target": ("GET http://x.test/health HTTP/1.1", ""),
    "an absolute target in capitals": ("GET HTTPS://X/health?token=a.b.c HTTP/1.1", ""),
    "an authority that is none": ("GET http://[::1/health HTTP/1.1", ""),
    "the old version": ("GET /health HTTP/1.0", ""),
    "a header of bytes": ("GET /health HTTP/1.1", "X-Request-Id: \xff\xfe\r\nAccept: \xff\r\n"),
    "a length that is said twice": ("GET /health HTTP/1.1", "Content-Length: 0, 0\r\n"),
    "odd headers": ("GET /health HTTP/1.1", ODD_HEADERS),
}


async def say(api: ApiForTests, line: str, headers: str, host: str = "x") -> bytes:
    """Send a request as it is, and read all that is answered."""
    sent = f"{line}\r\nHost: {host}\r\n{headers}Connection: close\r\n\r\n"
    if "Upgrade" in headers:
        sent = sent.replace("Connection: close\r\n", "")
    with trio.fail_after(20):
        async with await trio.open_tcp_stream("127.0.0.1", api.port) as client:
            await client.send_all(sent.encode("latin-1"))
            return b"".join([data async for data in client])


@pytest.mark.parametrize("name", REFUSED)
async def test_what_cannot_be_handled_is_told_so_in_a_problem(api: ApiForTests, name: str) -> None:
    line, headers, status = REFUSED[name]
    with capture_logs() as logged:
        received = await say(api, line, headers)
    method = line.partition(" ")[0]
    response, body = answered(received, method)
    told = {name.decode(): value.decode() for name, value in response.headers}
    assert response.status_code == status
    assert told["content-type"] == CONTENT_TYPE
    assert told["x-content-type-options"] == "nosniff"
    assert told["x-request-id"]
    if method != "HEAD":
        problem = msgspec.json.decode(body, type=ProblemAnswer)
        assert (problem.status, problem.request_id) == (status, told["x-request-id"])
    assert [entry for entry in logged if entry["log_level"] in {"error", "critical"}] == []


@pytest.mark.parametrize("name", ANSWERED)
async def test_what_is_only_odd_is_answered(api: ApiForTests, name: str) -> None:
    line, headers = ANSWERED[name]
    with capture_logs() as logged:
        received = await say(api, line, headers)
    assert answered(received)[0].status_code == 200
    assert [entry for entry in logged if entry["log_level"] != "debug"] == []


BAD_HOSTS = ["\xff", "x:y:z", "[", "a b", "x/../y", "?", "//", "x" * 5000, "a..b", ".", "[::1"]


@pytest.mark.parametrize("host", BAD_HOSTS)
async def test_a_host_that_is_none_is_refused(api: ApiForTests, host: str) -> None:
    with capture_logs() as logged:
        received = await say(api, "GET /health HTTP/1.1", "", host)
    assert answered(received)[0].status_code == 400
    assert [entry for entry in logged if entry["log_level"] != "debug"] == []


@pytest.mark.parametrize("host", ["", "x_y.test.", "1.2.3.4:80", "[::1]:8080", "X" * 63 + ".test"])
async def test_every_name_and_address_is_a_host(api: ApiForTests, host: str) -> None:
    received = await say(api, "GET /health HTTP/1.1", "", host)
    assert answered(received)[0].status_code == 200
