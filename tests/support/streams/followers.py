"""Live clients that break their line again and again, and must not notice in what they get."""

from __future__ import annotations

import random
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from functools import partial
from typing import Any, Final

import attrs
import h11
import msgspec
import trio
import trio_websocket

from pulse_router.api.streams.session import TRY_AGAIN
from tests.support.commands.router import TENANT, World, make_token
from tests.support.mqtt.fleet import Fleet
from tests.support.streams.sse import EventSource, open_sse
from tests.support.waiting import wait_until

SECONDS = 60
HANDSHAKE_SECONDS = 10


class EndOfStream(Exception):
    """The router has ended a stream."""


_BROKEN: Final = (
    OSError,
    EndOfStream,
    h11.RemoteProtocolError,
    trio.BrokenResourceError,
    trio_websocket.ConnectionClosed,
    trio_websocket.HandshakeError,
)
"""What becomes of a line whose router stops, at whatever point it is."""


@attrs.define(eq=False)
class Follower:
    """One client. `got` holds the ids of its events, `other` what else it was told."""

    world: World
    kind: str
    query: str
    where: str
    random: random.Random
    events_a_line: int
    got: list[int] = attrs.field(factory=list)
    other: list[Any] = attrs.field(factory=list)
    disconnects: int = 0
    greeted: trio.Event = attrs.field(factory=trio.Event)
    _told_to_stay: trio.Event = attrs.field(factory=trio.Event)

    async def follow(self) -> None:
        """Follow until told to stay; then until the end of the block that started it."""
        while True:
            try:
                await self._follow_for(self.random.randrange(1, 2 * self.events_a_line))
            except* _BROKEN:
                await trio.sleep(0.2)  # the router is being started anew
            self.disconnects += 1
            # Some come again at once, some when much has happened.
            await trio.sleep(self.random.choice([0, 0, 0.05, 0.3]))

    async def _follow_for(self, events: int) -> None:
        async with self._open() as read:
            while events > 0 or self._told_to_stay.is_set():
                message = await read()
                self._take(message)
                events -= message["type"] == "telemetry"

    def stay(self) -> None:
        """Let the line that it has stand."""
        self._told_to_stay.set()

    def missing(self) -> int:
        """How many of the events that are stored it has not got."""
        return len(self.expected()) - len(self.got)

    def expected(self) -> list[int]:
        """The events that it is to have, in their order."""
        rows = self.world.rows(
            f"SELECT event_id FROM telemetry WHERE msg_type = 'telemetry'"
            f" AND tenant_id = '{TENANT}' AND {self.where} ORDER BY event_id"
        )
        return [int(event_id) for (event_id,) in rows]

    def _take(self, message: dict[str, Any]) -> None:
        if message["type"] == "telemetry":
            self.got.append(int(message["id"]))
        elif message["type"] == "connected":
            self.greeted.set()
        elif message["type"] != "ping":
            self.other.append(message)

    @asynccontextmanager
    async def _open(self) -> AsyncIterator[Callable[[], Awaitable[dict[str, Any]]]]:
        after = self.got[-1] if self.got else 0
        port, token = self.world.router.http_port, make_token()
        if self.kind == "sse":
            resume = {"Last-Event-ID": str(after)} if self.got else {}
            async with open_sse(port, token, f"after=0&{self.query}", **resume) as source:
                yield partial(_read_event, source)
            return
        tcp = await trio.open_tcp_stream("127.0.0.1", port)
        async with tcp, trio.open_nursery() as nursery:
            path = f"/customer/telemetry/stream?after={after}&{self.query}"
            bearer = [(b"Authorization", f"Bearer {token}".encode())]
            connection = None
            with trio.move_on_after(HANDSHAKE_SECONDS):  # it does not notice that it is cut
                connection = await trio_websocket.wrap_client_stream(
                    nursery, tcp, "localhost", path, extra_headers=bearer
                )
            if connection is None:
                raise EndOfStream
            yield partial(_read_message, connection)
            nursery.cancel_scope.cancel()  # without a closing handshake


async def _read_event(source: EventSource) -> dict[str, Any]:
    event = await source.read()
    if event is None:
        raise EndOfStream
    assert event.data.get("id") == event.id
    return dict(event.data)


async def _read_message(connection: trio_websocket.WebSocketConnection) -> dict[str, Any]:
    with trio.fail_after(SECONDS):
        return dict(msgspec.json.decode(await connection.get_message()))


def make_followers(world: World, rng: random.Random, events_a_line: int) -> list[Follower]:
    """Clients of both kinds, with and without filters."""
    kinds = [
        ("", "true"),
        ("device_id=DEV-001,DEV-002", "device_id IN ('DEV-001', 'DEV-002')"),
        ("metric=number", "true"),
    ]
    return [
        Follower(world, kind, query, where, random.Random(rng.random()), events_a_line)
        for kind in ("websocket", "sse")
        for query, where in kinds
    ]


async def follow_over_disconnects(
    world: World, *, disconnects: int, per_second: float, seed: int
) -> None:
    """Publish until the clients have lost their lines so often; then look what each of them got.

    The ring is small, so that many of them go on from the table. In the middle the router is
    stopped in good order and started again, as for a new version.
    """
    world.router.environment |= {
        "PULSE_STREAM_RECENT_EVENTS": "20",
        "PULSE_STREAM_QUEUE_SIZE": "10000",
        "PULSE_STREAM_MAX_CONNECTIONS_PER_TENANT": "50",
    }
    await world.router.start_and_wait()
    followers = make_followers(world, random.Random(seed), events_a_line=30)
    fleet = Fleet(world)
    done = 0
    async with trio.open_nursery() as clients:
        for follower in followers:
            clients.start_soon(follower.follow)
        for follower in followers:  # or the first events might be more than the ring still holds
            await follower.greeted.wait()
        while sum(follower.disconnects for follower in followers) < disconnects:
            await fleet.publish(range(done, done + 200), per_second=per_second)
            done += 200
            if done == 400:
                assert await trio.to_thread.run_sync(world.router.stop) == 0
                await fleet.publish(range(done, done + 100), per_second=per_second)
                done += 100
                await world.router.start_and_wait()
        for follower in followers:
            follower.stay()
        await wait_until(lambda: not any(follower.missing() for follower in followers))
        clients.cancel_scope.cancel()
    for follower in followers:
        assert follower.got == follower.expected()
        # While the router starts, it asks to come again.
        assert all(each.get("message") == TRY_AGAIN.reason for each in follower.other)
    assert world.value("SELECT count(*) FROM telemetry") == str(done)
