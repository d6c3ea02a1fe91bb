"""Strangers cannot lock anybody out; `/health` has a listener of its own where that is wanted."""

from __future__ import annotations

from contextlib import AsyncExitStack
from functools import partial

import httpx2
import pytest
import trio
import trio.testing

from pulse_router.api import health
from pulse_router.api.app import create_app
from pulse_router.api.server.connection import FIRST_BYTE_SECONDS
from pulse_router.api.server.server import serve
from pulse_router.postgres.database import Database
from pulse_router.settings.values import Bind
from tests.support.api.server import ApiForTests, make_token, open_api
from tests.support.streams.running import running

PLACES = 40


async def strangers(stack: AsyncExitStack, port: int, count: int, said: bytes = b"") -> None:
    """Connections that say no more than that, and stay."""
    for _ in range(count):
        stream = await trio.open_tcp_stream("127.0.0.1", port)
        await stack.enter_async_context(stream)
        if said:
            await stream.send_all(said)


@pytest.mark.parametrize(
    "said",
    [
        b"",
        b"GET /customer/alerts HTTP/1.1\r\nHo",
        b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\n",
    ],
    ids=["nothing", "half a request", "no body"],
)
async def test_strangers_that_say_nothing_whole_lock_nobody_out(
    database: Database, said: bytes
) -> None:
    async with running(database, max_connections=PLACES) as api, AsyncExitStack() as stack:
        with trio.fail_after(20):
            await strangers(stack, api.port, 3 * PLACES, said)
            for _ in range(5):
                async with api.client() as honest:
                    began = trio.current_time()
                    assert (await honest.get("/health")).status_code == 200
                    assert (await honest.get("/customer/alerts")).status_code == 200
                    assert trio.current_time() - began < 1
                await strangers(stack, api.port, PLACES, said)


async def test_a_live_client_keeps_its_place_among_strangers(database: Database) -> None:
    async with running(database, max_connections=PLACES) as api, AsyncExitStack() as stack:
        with trio.fail_after(20):
            async with api.stream() as live:
                await live.get_message()
                await strangers(stack, api.port, 3 * PLACES)
                await live.ping()


async def test_streams_leave_places_to_requests(database: Database) -> None:
    with trio.fail_after(20):
        async with running(database, max_connections=8) as api, AsyncExitStack() as stack:
            for _ in range(6):
                live = await stack.enter_async_context(api.stream())
                assert "connected" in await live.get_message()
            async with api.client() as honest:
                refused = await honest.get("/customer/telemetry/stream/sse")
                assert (refused.status_code, refused.headers["Retry-After"]) == (503, "5")
                assert "At most 6 live streams" in refused.json()["detail"]
                assert (await honest.get("/customer/alerts")).status_code == 200


async def test_one_that_says_nothing_is_closed_before_one_that_has_begun(
    database: Database, nursery: trio.Nursery
) -> None:
    async with open_api(database, nursery) as api:
        silent = await trio.open_tcp_stream("127.0.0.1", api.port)
        begun = await trio.open_tcp_stream("127.0.0.1", api.port)
        async with silent, begun:
            await begun.send_all(b"GET /health HTTP/1.1\r\nHo")
            with trio.fail_after(FIRST_BYTE_SECONDS + 5):
                assert await silent.receive_some() == b""
            await begun.send_all(b"st: x\r\nConnection: close\r\n\r\n")
            assert b" 200 OK" in await begun.receive_some()


async def test_operations_have_places_of_their_own(
    database: Database, nursery: trio.Nursery
) -> None:
    api = ApiForTests()
    app = create_app(api.services(database, max_streams=3, ring_capacity=5))
    start = partial(serve, app, Bind("127.0.0.1", 0), shutdown=api.shutdown)
    (main,) = await nursery.start(partial(start, max_connections=1))
    (ops,) = await nursery.start(partial(start, only=health.PATHS))
    headers = {"Authorization": f"Bearer {make_token()}"}
    async with httpx2.AsyncClient(trust_env=False, headers=headers) as client:
        for path in health.PATHS:
            assert (await client.get(f"http://{ops}{path}")).status_code in {200, 503}
        said = "cannot connect to 10.0.0.7 port 5432"
        api.readiness.report("database", said)
        for address, told in ((ops, said), (main, "unavailable")):
            missing = (await client.get(f"http://{address}/ready")).json()["missing"]
            assert missing["database"] == told
        for path in ("/customer/alerts", "/api/v1/customer/alerts", "/docs", "/health/"):
            refused = await client.get(f"http://{ops}{path}")
            assert (refused.status_code, refused.json()["instance"]) == (404, path)
            assert refused.headers["X-Request-Id"] == refused.json()["request_id"]
        assert (await client.get(f"http://{main}/health")).status_code == 200
    api.shutdown.set()
