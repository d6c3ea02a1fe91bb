"""Kills a router in the middle of its deliveries, again and again, and looks at what arrived."""

from __future__ import annotations

import random
import threading
import time
from collections import defaultdict

import attrs
import msgspec
import trio

from tests.support.commands.router import World
from tests.support.delivery.sink import Received, WebhookSink
from tests.support.endurance.books import assert_books_balance, assert_router_says_so
from tests.support.mqtt.fleet import Fleet, stored_numbers
from tests.support.waiting import wait_until

REFUSED_EVERY = 50
"""One message in so many is refused for good."""
FAILS_EVERY = 61
"""One in so many fails at first."""
HELD_BACK = 50
"""So many messages get no answer before the last kill, however late that comes."""
ANSWER_SECONDS = 0.004
"""Slow enough for a backlog to gather."""
CONFIG = {
    "max_in_flight": 8,
    "retry": {"max_attempts": 20, "initial_seconds": 0.05, "max_seconds": 0.2},
}


@attrs.define
class Arrivals:
    """What an endpoint has got and how it answered, by the number of the message.

    From `holds_from` messages on it answers nobody until `may_end` is set.
    """

    holds_from: int
    may_end: threading.Event = attrs.field(factory=threading.Event)
    ids: dict[int, set[str]] = attrs.field(factory=lambda: defaultdict(set))
    statuses: dict[int, list[int]] = attrs.field(factory=lambda: defaultdict(list))
    lock: threading.Lock = attrs.field(factory=threading.Lock)

    def answer(self, request: Received) -> int:
        """Note a request, and say how it ends."""
        time.sleep(ANSWER_SECONDS)
        number = request.json()["metrics"]["number"]
        if self.is_held:
            self.may_end.wait()
        with self.lock:
            is_first = number not in self.ids
            self.ids[number].add(request.headers["webhook-id"])
            status = 204
            if number % REFUSED_EVERY == 0:
                status = 404
            elif number % FAILS_EVERY == 0 and is_first:
                status = 503
            self.statuses[number].append(status)
        return status

    @property
    def is_held(self) -> bool:
        """Whether nobody gets an answer until `may_end` is set."""
        return len(self.ids) >= self.holds_from

    @property
    def delivered(self) -> set[int]:
        """The messages that were accepted at least once."""
        with self.lock:
            return {number for number, statuses in self.statuses.items() if 204 in statuses}

    @property
    def refused(self) -> set[int]:
        """The messages that were refused for good."""
        with self.lock:
            return {number for number, statuses in self.statuses.items() if 404 in statuses}

    @property
    def repeats(self) -> int:
        """How often something came again that had been accepted."""
        with self.lock:
            return sum(max(0, statuses.count(204) - 1) for statuses in self.statuses.values())


async def kill_in_the_middle_of_deliveries(
    world: World, *, kills: int, messages: int, seed: int
) -> Arrivals:
    """Publish faster than the endpoint takes it, and kill the router again and again meanwhile.

    Raises:
        AssertionError: Something has not arrived, came under another id, was given up although it
            was accepted, or the books do not balance.
    """
    chance = random.Random(seed)
    arrivals = Arrivals(holds_from=messages - HELD_BACK)
    sink = WebhookSink(status_of=arrivals.answer)
    sink.start()
    world.add_webhook(f"http://127.0.0.1:{sink.port}/hook")
    config = msgspec.json.encode(CONFIG).decode()
    world.rows(f"UPDATE message_routes SET destination_config = destination_config || '{config}'")
    fleet = Fleet(world)
    await world.router.start_and_wait()
    await fleet.publish(range(messages), per_second=10_000)
    await wait_until(lambda: fleet.acknowledged <= set(stored_numbers(world)))
    for kill in range(kills):
        share = chance.uniform(0.1, 0.7) / (kills - kill)
        enough = len(arrivals.delivered) + share * (messages - len(arrivals.ids))
        await wait_until(
            lambda enough=enough: len(arrivals.delivered) > enough or arrivals.is_held  # type: ignore[misc]  # a default binds it
        )
        await trio.to_thread.run_sync(world.router.kill)
        books = assert_books_balance(world)
        assert books["pending"] > 0, "it was killed too late"
        assert len(arrivals.delivered) >= books["delivered"], "nothing is settled unsent"
        await trio.to_thread.run_sync(world.router.start)
    arrivals.may_end.set()
    await wait_until(
        lambda: world.value("SELECT count(*) FROM route_deliveries") == "0", seconds=300
    )
    await assert_all_arrived(world, arrivals, set(range(messages)))
    sink.stop()
    return arrivals


async def assert_all_arrived(world: World, arrivals: Arrivals, numbers: set[int]) -> None:
    """Check what the endpoint has got against what the database says of it."""
    assert set(arrivals.ids) == numbers
    assert {number for number, ids in arrivals.ids.items() if len(ids) != 1} == set()
    given = [next(iter(ids)) for ids in arrivals.ids.values()]
    assert len(set(given)) == len(given), "no two messages share an id"
    rows = world.rows(
        "SELECT payload->'metrics'->>'number', delivery_id, status FROM dead_letter_messages"
    )
    buried = {int(number) for number, _, _ in rows}
    assert buried == arrivals.refused == {n for n in numbers if n % REFUSED_EVERY == 0}
    assert not buried & arrivals.delivered
    assert {arrivals.ids[int(number)] == {letter_id} for number, letter_id, _ in rows} == {True}
    books = assert_books_balance(world)
    assert books["delivered"] == len(arrivals.delivered) == len(numbers) - len(buried)
    assert books["dead_lettered"] == len(buried)
    await assert_router_says_so(world)
