"""Server-sent events over a real connection: form, refusals, resume and the end."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager

import trio
import trio.testing

from pulse_router.postgres.database import Database
from pulse_router.streaming.outbox import BURST
from tests.support.api.server import ApiForTests, make_token
from tests.support.servers.postgres import PostgresForTests
from tests.support.streams.bare_websocket import connect, vanish
from tests.support.streams.running import SECONDS, running
from tests.support.streams.running import make_event as large_event
from tests.support.streams.sse import Event, EventSource, open_sse
from tests.support.streams.websocket import make_event
from tests.support.waiting import wait_until

PATH = "/api/v1/customer/telemetry/stream/sse"


def opened(
    api: ApiForTests, query: str = "", tenant: str = "TENANT1"
) -> AbstractAsyncContextManager[EventSource]:
    return open_sse(api.port, make_token(tenant), query)


def bare_request() -> bytes:
    bearer = f"Authorization: Bearer {make_token()}"
    return f"GET {PATH} HTTP/1.1\r\nHost: x\r\n{bearer}\r\n\r\n".encode()


async def begin(stream: EventSource) -> Event:
    event = await stream.read()
    assert event is not None
    assert event.data["type"] == "connected"
    return event


async def test_an_event_has_its_id_and_the_json_of_the_websocket(api: ApiForTests) -> None:
    async with opened(api, "device_id=DEV-1&metric=temperature") as stream:
        assert stream.headers["content-type"] == "text/event-stream"
        assert stream.headers["cache-control"] == "no-cache"
        assert stream.headers["x-accel-buffering"] == "no"
        greeting = await begin(stream)
        assert greeting.data["filters"]["device_ids"] == ["DEV-1"]
        assert stream.retry == [2000]
        api.broadcaster.publish(
            [make_event(6, tenant="TENANT2"), make_event(7, "DEV-2"), make_event(8)]
        )
        async with api.client() as client:
            status = (await client.get("/api/v1/telemetry/stream/status")).json()
        assert status == {"total_connections": 1, "max_per_tenant": 3}
        assert await stream.read() == Event(
            "8",
            {
                "type": "telemetry",
                "id": "8",
                "device_id": "DEV-1",
                "tenant_id": "TENANT1",
                "site_id": "SITE-1",
                "metrics": {"temperature": 90},
                "timestamp": "2026-02-16T00:00:00Z",
                "topic": "tenant/TENANT1/device/DEV-1/telemetry",
            },
        )
    await wait_until(lambda: api.broadcaster.total_connections == 0)


async def test_all_that_waits_goes_in_one_write_and_what_is_lost_is_told(api: ApiForTests) -> None:
    async with opened(api) as stream:
        await begin(stream)
        await trio.testing.wait_all_tasks_blocked()  # the server waits for what comes next
        writes = stream.writes
        api.broadcaster.publish([make_event(number) for number in range(1, BURST + 4)])
        dropped = await stream.read()
        assert dropped == Event(None, {"type": "dropped", "count": 3})
        events = [await stream.read() for _ in range(BURST)]
        ids = [event.id for event in events if event is not None]
        assert ids == [str(number) for number in range(4, BURST + 4)]
        assert stream.writes == writes + 1


async def test_a_token_comes_by_header_or_by_query(api: ApiForTests) -> None:
    async with open_sse(api.port, None, f"token={make_token()}") as stream:
        await begin(stream)
    for token, query, status, detail in (
        (None, "", 401, "Send a token"),
        (None, "token=a.b.c", 401, "Invalid or expired token"),
        ("a.b.c", "", 401, "Invalid or expired token"),
        (make_token(expires_seconds=-600), "", 401, "Invalid or expired token"),
        (make_token(expires_seconds=-1), "", 401, "Invalid or expired token"),
        (make_token(None, "operator"), "", 403, "No tenant_id in token"),
    ):
        async with api.client(token) as client:
            answer = await client.get(f"{PATH}?{query}")
        assert (answer.status_code, detail in answer.json()["detail"]) == (status, True)
        assert answer.headers["content-type"] == "application/problem+json"
        assert "a.b.c" not in answer.text


async def test_a_wrong_parameter_is_named(api: ApiForTests) -> None:
    async with api.client() as client:
        for query, last_event_id, field in (
            ("group_id=x", "", "group_id"),
            ("metric=" + "m" * 129, "", "metric"),
            ("after=-1", "", "after"),
            ("after=9223372036854775808", "", "after"),
            ("after=1", "abc", "Last-Event-ID"),
            ("devices=DEV-1", "", "devices"),
        ):
            answer = await client.get(f"{PATH}?{query}", headers={"Last-Event-ID": last_event_id})
            assert answer.status_code == 400
            assert [fault["field"] for fault in answer.json()["errors"]] == [field]


async def test_sse_and_websocket_share_the_tenants_places(api: ApiForTests) -> None:
    full = "Max streaming connections (3) reached for tenant"
    async with api.stream() as first, api.stream() as second, opened(api) as third:
        await first.get_message()
        await second.get_message()
        await begin(third)
        async with api.client() as client:
            answer = await client.get(PATH)
            assert (answer.status_code, answer.json()["detail"]) == (429, full)
        async with opened(api, tenant="TENANT2") as other:
            await begin(other)
    await wait_until(lambda: api.broadcaster.total_connections == 0)
    async with opened(api) as stream:
        await begin(stream)


async def test_of_many_that_come_at_once_as_many_are_served_as_there_are_places(
    api: ApiForTests,
) -> None:
    request = bare_request()
    async with AsyncExitStack() as stack:
        clients = [await stack.enter_async_context(await connect(api.port)) for _ in range(9)]
        for client in clients:  # without waiting in between
            os.write(client.socket.fileno(), request)
        answers = []
        for client in clients:
            with trio.fail_after(SECONDS):
                answers.append((await client.receive_some(12)).decode())
        assert sorted(answers) == ["HTTP/1.1 200"] * 3 + ["HTTP/1.1 429"] * 6
        assert api.broadcaster.total_connections == 3
    await wait_until(lambda: api.broadcaster.total_connections == 0)


async def test_head_answers_without_taking_a_place(api: ApiForTests) -> None:
    async with api.client() as client:
        answer = await client.head(PATH)
        assert (answer.status_code, answer.content) == (200, b"")
        assert api.broadcaster.total_connections == 0


async def test_stopping_ends_every_stream_and_says_when_to_come_again(api: ApiForTests) -> None:
    async with opened(api) as one, opened(api) as two:
        await begin(one)
        await begin(two)
        api.stopping.set()
        assert await one.read() is None
        assert await two.read() is None
        assert 3000 <= one.retry[-1] <= 6000
        async with api.client() as client:
            answer = await client.get(PATH)
            assert answer.status_code == 503
            assert answer.headers["retry-after"]
        await wait_until(lambda: api.broadcaster.total_connections == 0)


async def test_an_outage_of_the_database_ends_what_needs_it_and_says_so(
    api: ApiForTests, postgres_server: PostgresForTests
) -> None:
    postgres_server.stop()
    try:
        async with opened(api, "group_id=1") as stream:
            error = await stream.read()
            assert error is not None
            assert error.data["type"] == "error"
            assert await stream.read() is None
        async with opened(api) as stream:
            await begin(stream)
    finally:
        postgres_server.start()


async def test_one_that_never_reads_and_one_that_vanished_leave_their_places(
    database: Database,
) -> None:
    with trio.fail_after(SECONDS):
        async with (
            running(database, stalled_client_seconds=1) as api,
            open_sse(api.port, make_token()) as good,
            open_bare_request(api.port) as stuck,
            open_bare_request(api.port) as gone,
        ):
            await begin(good)
            await wait_until(lambda: api.broadcaster.total_connections == 3)
            vanish(gone.socket)
            for number in range(200):
                api.broadcaster.publish([large_event(number, size=100_000)])
                event = await good.read()
                assert event is not None
                assert event.id == str(number)
            await wait_until(lambda: api.broadcaster.total_connections == 1)
            assert stuck.socket.fileno() > 0


@asynccontextmanager
async def open_bare_request(port: int) -> AsyncIterator[trio.SocketStream]:
    """Ask for a stream, and read nothing of it."""
    async with await connect(port, receive_buffer=4096) as stream:
        await stream.send_all(bare_request())
        yield stream
