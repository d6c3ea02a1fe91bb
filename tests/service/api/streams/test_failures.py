"""A live stream that fails in a way that nobody foresaw ends, and is told; nobody else notices."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial

import attrs
import pytest
import trio
from structlog.testing import capture_logs
from trio_websocket import ConnectionClosed, WebSocketConnection

from pulse_router.api.app import create_app
from pulse_router.api.server.server import serve
from pulse_router.api.streams.failures import FAILED
from pulse_router.domain.errors import ConstraintViolated, DataRefused, Unreadable
from pulse_router.postgres.database import Database
from pulse_router.settings.values import Bind
from pulse_router.streaming.broadcaster import Broadcaster
from pulse_router.streaming.recent import RecentEvents
from pulse_router.streaming.resume import Missed
from tests.support.api.server import ApiForTests, make_token
from tests.support.streams.groups import NoGroups
from tests.support.streams.running import make_event
from tests.support.streams.sse import EventSource
from tests.support.streams.table import MemoryEventStore
from tests.support.waiting import wait_until

SSE = "/api/v1/customer/telemetry/stream/sse"
HEADERS = {"Authorization": f"Bearer {make_token()}"}
RESUME = "?after=1"
SUBSCRIBE = '{"action":"subscribe","type":"device","device_id":"D"}'
FAULTS = [
    RecursionError("too deep"),
    ExceptionGroup("several", [KeyError("x"), ValueError("y")]),
    DataRefused("not this", sqlstate="22023"),
    ConstraintViolated("nor this", constraint=None),
    Unreadable("nor that"),
]


@attrs.define
class BrokenApi:
    """An API where whatever is read from the table of events fails with `fault`."""

    api: ApiForTests
    broadcaster: Broadcaster
    fault: Exception = attrs.field(factory=ValueError)

    async def fail(self) -> None:
        await trio.lowlevel.checkpoint()
        raise self.fault


@pytest.fixture
async def broken(database: Database, nursery: trio.Nursery) -> AsyncIterator[BrokenApi]:
    api, recent = ApiForTests(), RecentEvents()
    recent.open(100)
    broadcaster = Broadcaster(NoGroups(), max_per_tenant=10, ring_capacity=5)
    world = BrokenApi(api, broadcaster)
    store = MemoryEventStore(meanwhile=world.fail)
    services = attrs.evolve(
        api.services(database, max_streams=10, ring_capacity=5),
        broadcaster=broadcaster,
        missed=Missed(broadcaster, recent, store, max_events=10),
    )
    start = partial(serve, create_app(services), Bind("127.0.0.1", 0), shutdown=api.shutdown)
    (api.address,) = await nursery.start(start)
    yield world
    api.stopping.set()
    api.shutdown.set()


@asynccontextmanager
async def good_stream(world: BrokenApi) -> AsyncIterator[EventSource]:
    """A client that wants only what is new."""
    async with await trio.open_tcp_stream("127.0.0.1", world.api.port) as tcp:
        source = EventSource(tcp)
        await source.ask(SSE, HEADERS)
        connected = await source.read()
        assert connected is not None
        yield source


async def still_hears(world: BrokenApi, source: EventSource, number: int) -> None:
    await wait_until(lambda: world.broadcaster.total_connections == 1)
    world.broadcaster.publish([make_event(number)])
    event = await source.read()
    assert event is not None
    assert event.id == str(number)


@pytest.mark.parametrize("fault", FAULTS, ids=repr)
async def test_an_sse_stream_that_fails_is_told_and_ends_and_the_others_go_on(
    broken: BrokenApi, fault: Exception
) -> None:
    broken.fault = fault
    async with good_stream(broken) as good:
        with capture_logs() as told:
            for number in (201, 202, 203):
                async with await trio.open_tcp_stream("127.0.0.1", broken.api.port) as tcp:
                    bad = EventSource(tcp)
                    await bad.ask(SSE + RESUME, HEADERS)
                    kinds = []
                    while (event := await bad.read()) is not None:
                        kinds.append((event.data["type"], event.data.get("message")))
                assert (bad.status, kinds[0][0]) == (200, "connected")
                assert kinds[1:] == [("error", FAILED.reason)]
                await still_hears(broken, good, number)
        assert [line["event"] for line in told if line["log_level"] == "error"] == [
            "a live stream failed"  # once, however often its client comes back to it
        ]


async def read_all(connection: WebSocketConnection) -> None:
    while True:
        await connection.get_message()


async def end_of(connection: WebSocketConnection) -> tuple[int, str | None]:
    with pytest.raises(ConnectionClosed) as closed:
        await read_all(connection)
    assert closed.value.reason is not None
    return closed.value.reason.code, closed.value.reason.reason


@pytest.mark.parametrize("fault", FAULTS, ids=repr)
async def test_a_websocket_that_fails_is_closed_with_1011_and_the_others_go_on(
    broken: BrokenApi, fault: Exception
) -> None:
    broken.fault = fault
    async with good_stream(broken) as good:
        with capture_logs() as told:
            for number in (201, 202):
                async with broken.api.stream("after=1") as first:
                    assert await end_of(first) == (FAILED.code, FAILED.reason)
                async with broken.api.stream(path="/api/v2/ws") as second:
                    await second.send_message(SUBSCRIBE)
                    assert await end_of(second) == (FAILED.code, FAILED.reason)
                await still_hears(broken, good, number)
        errors = [line["event"] for line in told if line["log_level"] == "error"]
        assert errors == ["a live stream failed"]
