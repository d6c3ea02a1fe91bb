"""A router in the middle of its life: everything goes on at once, and nothing may grow."""

from __future__ import annotations

import itertools
import os
import random
import statistics
import threading
from collections.abc import Sequence
from pathlib import Path

import attrs
import msgspec
import trio

from tests.support.api.server import ROUTE
from tests.support.commands.router import World
from tests.support.delivery.sink import Received, WebhookSink
from tests.support.endurance.books import assert_books_balance, assert_router_says_so
from tests.support.endurance.kills import NOBODY
from tests.support.mqtt.fleet import Fleet
from tests.support.streams.followers import make_followers
from tests.support.waiting import wait_until

READS = (
    "/customer/message-routes",
    "/customer/message-routes?limit=1",
    "/customer/devices",
    "/customer/devices/DEV-001/telemetry?limit=50",
    "/customer/dead-letter?limit=20",
    "/customer/rejected-messages",
    "/health",
    "/metrics",
)
PAUSE_SECONDS = 0.05
SAMPLE_SECONDS = 0.5
MORE_FILES = 5
"""Connections come and go."""


@attrs.frozen
class Vitals:
    """What a process holds at a moment."""

    megabytes: float
    files: int

    @classmethod
    def of(cls, pid: int) -> Vitals:
        """Look at a process."""
        pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
        files = len(list(Path(f"/proc/{pid}/fd").iterdir()))
        return cls(pages * os.sysconf("SC_PAGE_SIZE") / 2**20, files)


@attrs.define
class Endpoint:
    """Takes what comes to `/hook`, and refuses the rest for good; knows the numbers it got."""

    sink: WebhookSink = attrs.field(factory=WebhookSink)
    numbers: set[int] = attrs.field(factory=set)
    _lock: threading.Lock = attrs.field(factory=threading.Lock)

    def start(self) -> None:
        self.sink.status_of = self._answer
        self.sink.start()

    def url(self, path: str) -> str:
        return f"http://127.0.0.1:{self.sink.port}/{path}"

    def _answer(self, request: Received) -> int:
        self.sink.received.clear()  # it would grow for as long as the test lasts
        if request.path != "/hook":
            return 404
        with self._lock:
            self.numbers.add(request.json()["metrics"]["number"])
        return 204


async def live(world: World, *, seconds: float, per_second: float, seed: int) -> list[Vitals]:
    """Publish, deliver, stream, read and write for a while; then check that all went well.

    Returns:
        What the router held, from time to time.

    Raises:
        AssertionError: A message was lost or doubled on its way to table, endpoint or stream, a
            request failed, or the books do not balance.
    """
    count = int(seconds * per_second)
    world.router.environment["PULSE_STREAM_MAX_CONNECTIONS_PER_TENANT"] = "50"
    endpoint = Endpoint()
    endpoint.start()
    add_routes(world, endpoint)
    await world.router.start_and_wait()
    followers = make_followers(world, random.Random(seed), events_a_line=30)
    vitals: list[Vitals] = []
    async with trio.open_nursery() as life:
        for follower in followers:
            life.start_soon(follower.follow)
        for follower in followers:
            await follower.greeted.wait()
        life.start_soon(keep_reading, world)
        life.start_soon(keep_writing, world)
        life.start_soon(keep_sampling, world, vitals)
        await Fleet(world).publish(range(count), per_second=per_second)
        for follower in followers:
            follower.stay()
        await wait_until(lambda: not any(follower.missing() for follower in followers))
        life.cancel_scope.cancel()
    await wait_until(lambda: len(endpoint.numbers) == count)
    for follower in followers:
        assert follower.got == follower.expected()
        assert follower.other == []
    await assert_router_says_so(world)
    books = assert_books_balance(world)
    assert books["stored"] == count, books
    assert books["delivered"] == count, books
    assert books["dead_lettered"] > 0, books
    endpoint.sink.stop()
    return vitals


def add_routes(world: World, endpoint: Endpoint) -> None:
    """Add a route that works, one whose endpoint is away, and one whose endpoint refuses."""
    world.add_webhook(endpoint.url("hook"))
    world.add_webhook(endpoint.url("refuse"), "tenant/+/device/DEV-004/telemetry")
    away = world.add_webhook(NOBODY, "tenant/+/device/DEV-003/telemetry")
    retry = msgspec.json.encode({"retry": {"max_attempts": 2, "initial_seconds": 0.1}}).decode()
    world.rows(
        f"UPDATE message_routes SET destination_config = destination_config || '{retry}'"
        f" WHERE id = {away}"
    )


async def keep_reading(world: World) -> None:
    """Read everything there is, again and again, now and then over a new connection."""
    while True:
        async with world.router.open_client() as client:
            for path in READS:
                assert (await client.get(path)).status_code == 200, path
                await trio.sleep(PAUSE_SECONDS)


async def keep_writing(world: World) -> None:
    """Create routes, change them and remove them."""
    async with world.router.open_client() as client:
        for number in itertools.count():
            wanted = {**ROUTE, "name": f"route {number}", "topic_filter": f"tenant/+/none/{number}"}
            created = await client.post("/customer/message-routes", json=wanted)
            assert created.status_code == 201, created.text
            path = f"/customer/message-routes/{created.json()['id']}"
            changed = await client.patch(path, json={"name": "another"})
            assert changed.status_code == 200, changed.text
            assert (await client.delete(path)).status_code == 204
            await trio.sleep(4 * PAUSE_SECONDS)


async def keep_sampling(world: World, vitals: list[Vitals]) -> None:
    """Note from time to time what the router holds."""
    while True:
        vitals.append(Vitals.of(world.router.pid))
        await trio.sleep(SAMPLE_SECONDS)


def assert_nothing_grows(vitals: Sequence[Vitals], *, more_megabytes: float) -> None:
    """Compare the last third of a life with the one before; in the first everything is new."""
    third = len(vitals) // 3
    before, after = vitals[third : 2 * third], vitals[2 * third :]

    megabytes, files = (
        statistics.median(getattr(each, name) for each in after)
        - statistics.median(getattr(each, name) for each in before)
        for name in ("megabytes", "files")
    )
    assert megabytes <= more_megabytes, (before[::20], after[::20])
    assert files <= MORE_FILES, (before[::20], after[::20])
