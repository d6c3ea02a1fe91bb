"""Two routers that share a fleet and a database, of which one is killed, again and again."""

from __future__ import annotations

import random
import threading
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence

import attrs
import trio

from tests.support.commands.router import RouterProcess, World
from tests.support.delivery.sink import Received, WebhookSink
from tests.support.endurance.books import assert_books_balance
from tests.support.mqtt.fleet import Fleet, stored_numbers
from tests.support.waiting import wait_until

ENOUGH = 1_000_000
ANSWER_SECONDS = 0.02
"""How long the endpoint has each request in hand, so that two of one delivery would meet."""
SETTLE_SECONDS = 120
DEVICES = 10
"""Each has a route of its own, so that both routers have lanes."""


@attrs.define
class Meeting:
    """An endpoint that notes which deliveries it was given twice at once.

    Attributes:
        ids: How often each delivery has come.
        met: The deliveries that came while they were in hand.
        answer_seconds: How long it has each request in hand.
    """

    ids: Counter[str] = attrs.field(factory=Counter)
    met: set[str] = attrs.field(factory=set)
    answer_seconds: float = ANSWER_SECONDS
    _in_hand: set[str] = attrs.field(factory=set)
    _lock: threading.Lock = attrs.field(factory=threading.Lock)

    def note(self, request: Received) -> int:
        """Take a request into hand for a while, and accept it."""
        number = request.headers["webhook-id"]
        with self._lock:
            if number in self._in_hand:
                self.met.add(number)
            self._in_hand.add(number)
            self.ids[number] += 1
        time.sleep(self.answer_seconds)
        with self._lock:
            self._in_hand.discard(number)
        return 204


async def kill_either_of_two(world: World, *, kills: int, per_second: float, seed: int) -> None:
    """Publish without a pause to two routers, and kill one of them at random moments.

    Raises:
        AssertionError: Something was lost, attempted twice at once or under two ids, or the books
            do not balance.
    """
    chance = random.Random(seed)

    async def kill(routers: Sequence[RouterProcess]) -> None:
        for _ in range(kills):
            await trio.sleep(chance.uniform(0.5, 3))
            killed = chance.choice(routers)
            await trio.to_thread.run_sync(killed.kill)
            await trio.sleep(chance.choice((0, 0, 6)))  # at once, or when its leases are over
            await killed.start_and_wait()

    await disturb_two(world, kill, Meeting(), per_second=per_second)


async def disturb_two(
    world: World,
    disturb: Callable[[Sequence[RouterProcess]], Awaitable[None]],
    meeting: Meeting,
    *,
    per_second: float,
) -> None:
    """Publish without a pause to two routers, and do something to them.

    Raises:
        AssertionError: Something was lost, attempted twice at once or under two ids, or the books
            do not balance.
    """
    sink = WebhookSink(status_of=meeting.note)
    sink.start()
    for device in range(DEVICES):
        world.add_webhook(f"http://127.0.0.1:{sink.port}/hook", world.topic(device))
    world.router.environment["PULSE_MQTT_SHARE_GROUP"] = "pair"
    other = RouterProcess(world.router.environment | {"PULSE_MQTT_CLIENT_ID": "the-other"})
    routers = (world.router, other)
    fleet = Fleet(world, DEVICES)
    publishing = trio.CancelScope()

    async def publish() -> None:
        with publishing:
            await fleet.publish(range(ENOUGH), per_second=per_second)

    try:
        for router in routers:
            await router.start_and_wait()
        async with trio.open_nursery() as nursery:
            nursery.start_soon(publish)
            await disturb(routers)
            publishing.cancel()
        await wait_until(
            lambda: fleet.acknowledged <= set(stored_numbers(world)), seconds=SETTLE_SECONDS
        )
        depth = "SELECT count(*) FROM route_deliveries"
        await wait_until(lambda: world.value(depth) == "0", seconds=SETTLE_SECONDS)
        books = assert_books_balance(world)
        assert books["delivered"] == books["matched"] == books["stored"], books
        assert meeting.met == set(), "nothing is attempted twice at once"
        assert len(meeting.ids) == books["stored"], "each stored message has one delivery"
    finally:
        for router in routers:
            if router.is_running:
                router.stop()
        sink.stop()
