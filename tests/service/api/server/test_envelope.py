"""What every answer has: an id, safe headers, a deadline, a line in the log; and CORS."""

from __future__ import annotations

from collections.abc import AsyncIterator, MutableMapping, Sequence
from contextlib import asynccontextmanager
from typing import Any

import h11
import msgspec
import pytest
import trio
from structlog.contextvars import merge_contextvars
from structlog.testing import capture_logs

from pulse_router.postgres.database import Database
from tests.support.api.server import ROUTE, ApiForTests, make_token, open_api
from tests.support.waiting import wait_until

ROUTES = "/customer/message-routes"
PAGE = "https://app.example.com"


@asynccontextmanager
async def connect(api: ApiForTests) -> AsyncIterator[trio.SocketStream]:
    stream = await trio.open_tcp_stream("127.0.0.1", api.port)
    async with stream:
        yield stream


async def read_answer(stream: trio.SocketStream) -> tuple[h11.Response, bytes]:
    parser, answer, body = h11.Connection(h11.CLIENT), None, b""
    parser.send(h11.Request(method="GET", target="/", headers=[("Host", "x")]))
    parser.send(h11.EndOfMessage())
    with trio.fail_after(20):
        while True:
            event = parser.next_event()
            if event is h11.NEED_DATA:
                parser.receive_data(await stream.receive_some())
            elif isinstance(event, h11.Response):
                answer = event
            elif isinstance(event, h11.Data):
                body += event.data
            else:
                assert answer is not None
                return answer, body


async def test_an_answer_has_the_requests_id_or_one_of_its_own(api: ApiForTests) -> None:
    async with api.client() as client:
        for path in (ROUTES, "/health", "/nowhere", "/openapi.json", f"{ROUTES}/999"):
            given = await client.get(path, headers={"X-Request-Id": "gateway-7.a/b"})
            assert given.headers.get_list("X-Request-Id") == ["gateway-7.a/b"]
            made = {(await client.get(path)).headers["X-Request-Id"] for _ in range(3)}
            assert len(made) == 3
        for unfit in ("", "-", "a b", "x" * 129, 'a"b', "{}"):
            answer = await client.get(ROUTES, headers={"X-Request-Id": unfit})
            assert answer.headers["X-Request-Id"] not in {unfit, ""}


async def test_an_error_and_the_log_name_the_request(api: ApiForTests) -> None:
    api.route_fault = ZeroDivisionError()
    with capture_logs(processors=[merge_contextvars]) as logged:
        async with api.client() as client:
            headers = {"X-Request-Id": "seen-by-a-person"}
            answer = await client.post(ROUTES, json=ROUTE, headers=headers)
            missing = await client.get("/nowhere", headers={"X-Request-Id": "another"})
    assert (answer.status_code, answer.json()["request_id"]) == (500, "seen-by-a-person")
    assert (missing.status_code, missing.json()["request_id"]) == (404, "another")
    (error,) = [entry for entry in logged if entry["log_level"] == "error"]
    assert (error["request_id"], error["tenant"]) == ("seen-by-a-person", "TENANT1")


def requests_of(logged: Sequence[MutableMapping[str, Any]]) -> list[MutableMapping[str, Any]]:
    """The lines of requests; one is written when all is over, so the client may be faster."""
    return [entry for entry in logged if entry["event"] == "request"]


async def test_a_request_is_logged_without_its_query(
    database: Database, nursery: trio.Nursery
) -> None:
    with capture_logs(processors=[merge_contextvars]) as logged:
        async with open_api(database, nursery, access_log="info") as api:
            async with api.client() as client:
                await client.get(f"{ROUTES}/7?token=hidden", headers={"X-Request-Id": "r1"})
                await client.get("/health?hidden", headers={"X-Request-Id": "r2"})
                forged = await client.get("/a%0Ab%00%C3%A4", headers={"X-Request-Id": "r3"})
            async with api.stream():
                pass
            await wait_until(lambda: len(requests_of(logged)) == 4)
    lines = requests_of(logged)
    seen = [(line["method"], line["path"], line["status"], line["tenant"]) for line in lines]
    assert seen[:2] == [("GET", f"{ROUTES}/7", 404, "TENANT1"), ("GET", "/health", 200, None)]
    assert seen[2] == ("GET", "/a%0Ab%00%C3%A4", 404, None)  # no line of its own in the log
    assert forged.json()["instance"] == "/a%0Ab%00%C3%A4"
    assert seen[3][:3] == ("WEBSOCKET", "/api/v1/customer/telemetry/stream", 101)
    assert [line["request_id"] for line in lines[:2]] == ["r1", "r2"]
    assert all(line["milliseconds"] > 0 for line in lines)
    assert {line["log_level"] for line in lines} == {"info"}
    assert "hidden" not in str(logged)


async def test_no_request_is_logged_where_that_is_off(
    database: Database, nursery: trio.Nursery
) -> None:
    with capture_logs() as logged:
        async with open_api(database, nursery, access_log="off") as api, api.client() as client:
            await client.get(ROUTES)
    assert logged == []


async def test_every_answer_has_safe_headers(api: ApiForTests) -> None:
    async with api.client() as client:
        for path in (ROUTES, "/nowhere", "/metrics", "/docs"):
            headers = (await client.get(path)).headers
            assert headers["X-Content-Type-Options"] == "nosniff"
            assert headers["Referrer-Policy"] == "no-referrer"
            policy = headers["Content-Security-Policy"]
            assert "default-src 'none'" in policy
            assert "frame-ancestors 'none'" in policy
            assert "unsafe" not in policy
            assert "server" not in headers
        assert (await client.get(ROUTES)).headers["Cache-Control"] == "no-store"
        assert (await client.get("/docs")).headers["Cache-Control"] == "no-cache"


@pytest.mark.parametrize("allowed", [PAGE, "*"])
async def test_an_allowed_page_may_use_the_api(
    database: Database, nursery: trio.Nursery, allowed: str
) -> None:
    preflight = {
        "Origin": PAGE,
        "Access-Control-Request-Method": "PATCH",
        "Access-Control-Request-Headers": "authorization,if-match",
    }
    async with open_api(database, nursery, cors_origins=(allowed,)) as api, api.client() as client:
        asked = await client.options(f"{ROUTES}/1", headers=preflight)
        read = await client.get(ROUTES, headers={"Origin": PAGE})
        failed = await client.get("/nowhere", headers={"Origin": PAGE})
        own = await client.get(ROUTES)
    assert (asked.status_code, asked.content) == (204, b"")
    assert "PATCH" in asked.headers["Access-Control-Allow-Methods"]
    taken = asked.headers["Access-Control-Allow-Headers"].lower()
    assert "authorization" in taken
    assert "if-match" in taken
    for answer in (asked, read, failed):
        assert answer.headers["Access-Control-Allow-Origin"] == allowed
        assert "Access-Control-Allow-Credentials" not in answer.headers
    assert "ETag" in read.headers["Access-Control-Expose-Headers"]
    assert "Access-Control-Allow-Origin" not in own.headers
    assert own.headers.get("Vary") == (None if allowed == "*" else "Origin")


@pytest.mark.parametrize("origins", [(), (PAGE,)])
async def test_another_page_is_told_nothing(
    database: Database, nursery: trio.Nursery, origins: tuple[str, ...]
) -> None:
    async with open_api(database, nursery, cors_origins=origins) as api, api.client() as client:
        for origin in ("https://evil.example", f"{PAGE}.evil.example", "null", PAGE.upper()):
            headers = {"Origin": origin, "Access-Control-Request-Method": "GET"}
            for answer in (
                await client.options(ROUTES, headers=headers),
                await client.get(ROUTES, headers=headers),
            ):
                assert not [name for name in answer.headers if name.startswith("access-control")]


async def test_a_client_that_is_slow_to_ask_is_not_waited_for(
    database: Database, nursery: trio.Nursery
) -> None:
    start = f"POST {ROUTES} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {make_token()}\r\n"
    async with open_api(database, nursery, idle_seconds=0.5, body_seconds=0.5) as api:
        async with connect(api) as stream:
            with trio.fail_after(20):
                await stream.send_all(start.encode())  # the headers never end
                assert await stream.receive_some() == b""
        for body in ("Content-Length: 10\r\n\r\n{", "Transfer-Encoding: chunked\r\n\r\n1\r\n{\r\n"):
            async with connect(api) as stream:
                await stream.send_all((start + body).encode())
                answer, text = await read_answer(stream)
            assert (answer.status_code, msgspec.json.decode(text)["status"]) == (408, 408)


async def test_a_body_that_is_too_large_is_refused_before_it_has_come(api: ApiForTests) -> None:
    start = f"POST {ROUTES} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {make_token()}\r\n"
    for body in (
        b"Content-Length: 100000000\r\n\r\n",
        b"Transfer-Encoding: chunked\r\n\r\n" + b"8000\r\n" + b"x" * 0x8000 + b"\r\n" * 1,
    ):
        async with connect(api) as stream:
            await stream.send_all(start.encode() + body)
            if b"chunked" in body:  # twice as much as 64 KiB, and no end
                for _ in range(3):
                    await stream.send_all(b"8000\r\n" + b"x" * 0x8000 + b"\r\n")
            answer, text = await read_answer(stream)
        assert answer.reason == b"Request Entity Too Large"
        assert (answer.status_code, msgspec.json.decode(text)["status"]) == (413, 413)


async def never(_route_ids: object) -> None:
    await trio.sleep_forever()


async def test_an_answer_that_takes_too_long_is_given_up(
    database: Database, nursery: trio.Nursery
) -> None:
    async with (
        open_api(database, nursery, answer_seconds=0.5, routes_changed=never) as api,
        api.client() as client,
    ):
        answer = await client.post(ROUTES, json=ROUTE)
    assert answer.status_code == 503
    assert int(answer.headers["Retry-After"]) > 0
    assert "0.5 seconds" in answer.json()["detail"]
