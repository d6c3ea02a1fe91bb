"""One live client, on a virtual clock: pings, expiry, stopping, floods and outages."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any

import attrs
import msgspec
import trio
from trio.testing import MockClock, wait_all_tasks_blocked
from wsproto.connection import Connection, ConnectionType
from wsproto.events import TextMessage

from pulse_router.api.streams.session import (
    EXPIRED,
    GOING_AWAY,
    MAX_MALFORMED,
    MAX_UNREAD_ANSWERS,
    STUCK,
    STUCK_SECONDS,
    TOO_MANY_MALFORMED,
    TOO_MANY_UNREAD,
    Close,
    StreamSession,
)
from pulse_router.api.streams.v1 import Filtering
from pulse_router.domain.messages import TelemetryEvent
from pulse_router.streaming.broadcaster import Broadcaster
from pulse_router.streaming.filters import StreamFilter
from pulse_router.streaming.recent import RecentEvents
from pulse_router.streaming.resume import Feed, Missed
from tests.support.streams.groups import NoGroups
from tests.support.streams.table import MemoryEventStore


def unframed(frames: bytes) -> list[str]:
    """The texts, as a client of another make reads them."""
    client = Connection(ConnectionType.CLIENT)
    client.receive_data(frames)
    return [event.data for event in client.events() if isinstance(event, TextMessage)]


@attrs.define(eq=False)
class FakeConnection:
    """A client: `got` is what it was sent; while `stuck` it takes nothing until it `moves_on`."""

    to_server: trio.MemorySendChannel[str | bytes]
    from_client: trio.MemoryReceiveChannel[str | bytes]
    got: list[dict[str, Any]] = attrs.field(factory=list)
    stuck: bool = False
    moves_on: trio.Event = attrs.field(factory=trio.Event)

    async def send_frames(self, frames: bytes) -> None:
        await trio.lowlevel.checkpoint()
        if self.stuck:
            await self.moves_on.wait()
        self.got.extend(map(msgspec.json.decode, unframed(frames)))

    async def receive(self) -> str | bytes:
        return await self.from_client.receive()

    def kinds(self) -> list[str]:
        return [message["type"] for message in self.got]


@attrs.define(eq=False)
class Running:
    """A session under way."""

    broadcaster: Broadcaster
    connection: FakeConnection
    stopping: trio.Event
    ended: trio.Event
    close: Close | None = None

    async def says(self, message: Mapping[str, Any]) -> None:
        await self.connection.to_server.send(msgspec.json.encode(message))


@asynccontextmanager
async def running_session(
    *, expires_after_seconds: float = 1e9, keepalive_seconds: float = 30, ring_capacity: int = 5
) -> AsyncIterator[Running]:
    broadcaster = Broadcaster(NoGroups(), ring_capacity=ring_capacity)
    missed = Missed(broadcaster, RecentEvents(), MemoryEventStore(), max_events=1)
    connection = FakeConnection(*trio.open_memory_channel[str | bytes](0))
    running = Running(broadcaster, connection, trio.Event(), trio.Event())
    with broadcaster.open_subscription("T") as subscription:
        await broadcaster.set_filter(subscription, StreamFilter(), '{"type": "connected"}')
        session = StreamSession(
            connection,
            subscription,
            Feed(subscription, missed, None),
            Filtering(broadcaster, subscription),
            stopping=running.stopping,
            expires_after_seconds=expires_after_seconds,
            keepalive_seconds=keepalive_seconds,
        )

        async def run() -> None:
            running.close = await session.run()
            running.ended.set()

        async with trio.open_nursery() as nursery:
            nursery.start_soon(run)
            await wait_all_tasks_blocked()
            yield running
            nursery.cancel_scope.cancel()


def make_event(number: int) -> TelemetryEvent:
    return TelemetryEvent(number, "T", "a", None, "t", datetime.now(UTC), {"x": 1})


async def test_silence_is_broken_by_a_ping_and_an_event_starts_it_anew(
    autojump_clock: MockClock,
) -> None:
    async with running_session(keepalive_seconds=30) as running:
        assert running.connection.kinds() == ["connected"]
        await trio.sleep(29)
        running.broadcaster.publish([make_event(1)])
        await trio.sleep(29)
        assert running.connection.kinds() == ["connected", "telemetry"]
        await trio.sleep(2)
        assert running.connection.kinds() == ["connected", "telemetry", "ping"]
        assert datetime.fromisoformat(running.connection.got[-1]["ts"]).tzinfo is not None


async def test_the_stream_ends_when_the_token_expires(autojump_clock: MockClock) -> None:
    async with running_session(expires_after_seconds=100) as running:
        await trio.sleep(99)
        assert not running.ended.is_set()
        await running.ended.wait()
        assert running.close == EXPIRED
        assert trio.current_time() < 101


async def test_the_stream_ends_when_the_router_stops(autojump_clock: MockClock) -> None:
    async with running_session() as running:
        running.stopping.set()
        await running.ended.wait()
        assert running.close == GOING_AWAY


async def test_a_slow_client_is_told_how_many_it_missed(autojump_clock: MockClock) -> None:
    async with running_session(ring_capacity=2) as running:
        running.connection.stuck = True
        running.broadcaster.publish([make_event(0)])
        await wait_all_tasks_blocked()  # it is with this one
        running.broadcaster.publish([make_event(number) for number in range(1, 6)])
        running.connection.moves_on.set()
        await wait_all_tasks_blocked()
        assert running.connection.kinds() == [
            "connected",
            "telemetry",
            "dropped",
            *["telemetry"] * 2,
        ]
        assert running.connection.got[2] == {"type": "dropped", "count": 3}
        assert [event["id"] for event in running.connection.got[3:]] == ["4", "5"]


async def test_a_malformed_message_is_answered_and_ends_nothing(autojump_clock: MockClock) -> None:
    async with running_session() as running:
        await running.connection.to_server.send("not json")
        await running.says({"action": "subscribe", "device_id": "b"})
        await wait_all_tasks_blocked()
        assert running.connection.kinds() == ["connected", "error", "subscribed"]
        running.broadcaster.publish([make_event(1)])
        await wait_all_tasks_blocked()
        assert running.connection.kinds() == ["connected", "error", "subscribed"]


async def test_an_outage_of_the_groups_is_an_answer(autojump_clock: MockClock) -> None:
    async with running_session() as running:
        await running.says({"action": "set_groups", "group_ids": [1]})
        await wait_all_tasks_blocked()
        assert "try again" in running.connection.got[-1]["message"]
        assert not running.ended.is_set()


async def test_a_client_that_asks_and_never_reads_is_given_up(autojump_clock: MockClock) -> None:
    async with running_session() as running:
        running.connection.stuck = True
        with trio.move_on_after(60):
            for _ in range(2 * MAX_UNREAD_ANSWERS + 2):
                await running.says({"action": "clear_filters"})
        assert running.close == TOO_MANY_UNREAD


async def test_a_client_that_takes_nothing_for_long_is_given_up(autojump_clock: MockClock) -> None:
    async with running_session(keepalive_seconds=3600) as running:
        await trio.sleep(100)
        running.connection.stuck = True
        running.broadcaster.publish([make_event(1)])
        await running.ended.wait()
        assert running.close == STUCK
        assert 100 + STUCK_SECONDS <= trio.current_time() <= 100 + 2 * STUCK_SECONDS


async def test_a_client_that_is_silent_is_not_stuck(autojump_clock: MockClock) -> None:
    async with running_session(keepalive_seconds=50) as running:
        await trio.sleep(999)
        assert running.connection.kinds() == ["connected", *["ping"] * 19]
        assert not running.ended.is_set()


async def test_nonsense_is_counted_until_sense_comes(autojump_clock: MockClock) -> None:
    async with running_session() as running:
        for _ in range(3):
            for _ in range(MAX_MALFORMED):
                await running.connection.to_server.send("{")
            await running.says({"action": "clear_filters"})
        await wait_all_tasks_blocked()
        assert not running.ended.is_set()
        for _ in range(MAX_MALFORMED + 1):
            await running.connection.to_server.send("{")
        await running.ended.wait()
        assert running.close == TOO_MANY_MALFORMED


async def test_a_client_that_goes_leaves_its_place(autojump_clock: MockClock) -> None:
    async with running_session() as running:
        broadcaster: Broadcaster = running.broadcaster
        assert broadcaster.wants("T")
    assert not broadcaster.wants("T")
