"""The body of server-sent events, on a virtual clock: silence, expiry, stopping, resume."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import trio
from trio.testing import MockClock

from pulse_router.api.streams.sse import SseBody, StreamSse, Wish
from pulse_router.domain.live import as_event
from pulse_router.streaming.broadcaster import Broadcaster
from pulse_router.streaming.filters import StreamFilter
from pulse_router.streaming.recent import RecentEvents
from pulse_router.streaming.resume import Missed
from tests.support.streams.groups import NoGroups
from tests.support.streams.sse import parse
from tests.support.streams.table import MemoryEventStore, make_message


class World:
    """A feed."""

    def __init__(self) -> None:
        self.broadcaster = Broadcaster(NoGroups(), ring_capacity=5)
        self.recent = RecentEvents()
        self.recent.open(0)
        self.stopping = trio.Event()
        missed = Missed(self.broadcaster, self.recent, MemoryEventStore(), max_events=10)
        self.stream = StreamSse(self.broadcaster, missed, self.stopping, keepalive_seconds=15)

    def send(self, *event_ids: int) -> None:
        messages = [make_message(event_id) for event_id in event_ids]
        self.recent.add(messages)
        self.broadcaster.publish([as_event(message) for message in messages])

    @asynccontextmanager
    async def opened(
        self, after: int | None = None, *, expires_after_seconds: float = 1e9
    ) -> AsyncIterator[AsyncIterator[bytes]]:
        wish = Wish(wanted=StreamFilter(), after=after, expires_after_seconds=expires_after_seconds)
        with self.broadcaster.open_subscription("T") as subscription:
            async with SseBody(self.stream, wish, subscription) as body:
                yield body


async def read(body: AsyncIterator[bytes]) -> tuple[list[str], list[int], list[str]]:
    """Read one write: the types of its events, its hints and its comments."""
    events, retry, comments = parse((await anext(body)).decode())
    return [event.id or event.data["type"] for event in events], retry, comments


async def test_silence_is_broken_by_a_comment_and_by_nothing_else(
    autojump_clock: MockClock,
) -> None:
    world = World()
    async with world.opened() as body:
        assert await read(body) == (["connected"], [2000], [])
        start = trio.current_time()
        events, retry, [comment] = await read(body)
        assert (events, retry) == ([], [])
        assert comment.startswith("keepalive 20")
        assert comment.endswith("Z")
        assert trio.current_time() - start == 15
        world.send(1, 2)
        assert await read(body) == (["1", "2"], [], [])
        await read(body)
        assert trio.current_time() - start == 30


async def test_a_stream_ends_with_its_token(autojump_clock: MockClock) -> None:
    world = World()
    async with world.opened(expires_after_seconds=20) as body:
        await read(body)
        await read(body)
        events, _, _ = await read(body)
        assert (events, trio.current_time()) == (["error"], 20)
        assert [each async for each in body] == []


async def test_a_stream_that_waits_ends_at_once_when_the_router_stops(
    autojump_clock: MockClock,
) -> None:
    world = World()
    async with world.opened() as body, trio.open_nursery() as nursery:
        await read(body)
        nursery.start_soon(_stop, world)
        [(events, [retry], _)] = [parse(each.decode()) async for each in body]
        assert (events, trio.current_time()) == ([], 1)
        assert 3000 <= retry <= 6000
    assert world.broadcaster.total_connections == 0


async def _stop(world: World) -> None:
    await trio.sleep(1)
    world.stopping.set()


async def test_what_waits_is_sent_before_the_end(autojump_clock: MockClock) -> None:
    world = World()
    async with world.opened() as body:
        await read(body)
        world.send(1)
        world.stopping.set()
        await trio.testing.wait_all_tasks_blocked()
        events, [_], _ = await read(body)
        assert events == ["1"]


async def test_a_client_that_reads_slowly_is_told_how_much_it_misses(
    autojump_clock: MockClock,
) -> None:
    world = World()
    async with world.opened() as body:
        await read(body)
        world.send(*range(1, 9))
        assert (await read(body))[0] == ["dropped", "4", "5", "6", "7", "8"]


async def test_a_client_that_resumes_gets_what_it_missed_then_what_is_new(
    autojump_clock: MockClock,
) -> None:
    world = World()
    world.send(*range(1, 9))
    async with world.opened(after=5) as body:
        assert (await read(body))[0] == ["connected"]
        assert (await read(body))[0] == ["6", "7", "8"]
        world.send(9)
        assert (await read(body))[0] == ["9"]
        world.send(10)
        assert (await read(body))[0] == ["10"]
