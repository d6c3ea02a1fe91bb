"""A router under load, whatever is done to it meanwhile, and what must be true after each blow.

Every message matches a patient route, whose deliveries stay in the queue and can be counted; those
of the first device also match an ordered one, whose endpoint notes what it gets.
"""

from __future__ import annotations

import threading
from collections import Counter, defaultdict
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import attrs
import trio

from pulse_router.ingest.redelivery import IDS_CLIMB, MARK
from tests.support.commands.router import DEVICE_TOKEN, World
from tests.support.delivery.sink import Received, WebhookSink
from tests.support.endurance.books import assert_books_balance, assert_router_says_so
from tests.support.endurance.kills import add_patient_route
from tests.support.mqtt.fleet import Fleet, stored_numbers
from tests.support.mqtt.publisher import open_publisher
from tests.support.waiting import wait_until

DEVICES = 10
ENOUGH = 1_000_000
IN_ORDER = '{"ordered": true, "retry": {"max_attempts": 1000, "initial_seconds": 0.1,'
IN_ORDER += ' "max_seconds": 0.5}}'
REFUSE_POISON = """
CREATE FUNCTION refuse_poison() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN RAISE EXCEPTION 'poison' USING ERRCODE = '22P02'; END $$;
CREATE TRIGGER refuse_poison BEFORE INSERT ON telemetry FOR EACH ROW
  WHEN (NEW.metrics ? 'poison') EXECUTE FUNCTION refuse_poison();
"""
SETTLE_SECONDS = 120
# Only a broker that is seen to pass over free packet ids is believed to repeat what is in doubt:
# a kill before that stores twice what the last commits held, rather than lose it.
HABIT_IS_KNOWN = (
    f"SELECT count(*) FROM ingest_batches WHERE {MARK} = ANY (packet_ids)"
    f" AND {IDS_CLIMB} = ANY (digests)"
)


@attrs.define
class Arrivals:
    """What the ordered route's endpoint has got, in order of arrival, with each message's ids.

    Attributes:
        before_next: Called once, before the next request is answered.
        is_away: Whether all requests fail, to be tried again; none is noted.
    """

    numbers: list[int] = attrs.field(factory=list)
    ids: dict[int, set[str]] = attrs.field(factory=lambda: defaultdict(set))
    before_next: Callable[[], None] | None = None
    is_away: bool = False
    failures: int = 0
    _lock: threading.Lock = attrs.field(factory=threading.Lock)

    def note(self, request: Received) -> int:
        """Note a request, and accept it."""
        before, self.before_next = self.before_next, None
        if before is not None:
            before()
        if self.is_away:
            self.failures += 1
            return 503
        number = request.json()["metrics"]["number"]
        with self._lock:
            self.numbers.append(number)
            self.ids[number].add(request.headers["webhook-id"])
        return 204

    def assert_in_order(self, expected: set[int]) -> None:
        """Check that all came, each under one id, none before one that was stored before it."""
        assert set(self.numbers) == expected, set(self.numbers) ^ expected
        first = list(dict.fromkeys(self.numbers))
        assert first == sorted(first), "what is ordered keeps its order"
        assert {number for number, ids in self.ids.items() if len(ids) != 1} == set()
        assert len({next(iter(ids)) for ids in self.ids.values()}) == len(expected)


@attrs.define
class Proof:
    """A world under load.

    Attributes:
        poison: How many messages were published that PostgreSQL refuses.
        repeatable: How often each message may come again to the ordered endpoint: once for each
            blow that found it pending.
    """

    world: World
    fleet: Fleet
    patient: int
    ordered: int
    arrivals: Arrivals
    sink: WebhookSink
    poison: int = 0
    repeatable: Counter[int] = attrs.field(factory=Counter)

    def kill(self) -> None:
        """`kill -9` the router."""
        self.world.router.kill()
        self.note_blow()

    def note_blow(self) -> None:
        """Note that what is pending now may have been attempted, and will be again."""
        rows = self.world.rows(
            "SELECT payload->'metrics'->>'number' FROM route_deliveries"
            f" WHERE route_id = {self.ordered}"
        )
        self.repeatable.update(int(number) for [number] in rows)

    def assert_so_far(self) -> None:
        """Check what must be true at any moment; the router need not run."""
        books = assert_books_balance(self.world)
        assert books["rejected"] <= self.poison, books
        assert books["receipts"] == books["receipt ids"] == books["delivered"], books
        [[pending, messages]] = self.world.rows(
            "SELECT count(*), count(DISTINCT event_id) FROM route_deliveries"
            f" WHERE route_id = {self.patient}"
        )
        stored = stored_numbers(self.world)
        doubled = {number for number, times in stored.items() if times != 1}
        assert doubled == set(), self._doubles(doubled)
        assert pending == messages, "no message has two deliveries of one route"
        assert int(pending) >= books["stored"], "each stored message has its delivery"

    def _doubles(self, numbers: set[int]) -> str:
        """Tell of what is stored twice, by number, id and time, and of the commits around it."""
        some = ",".join(f"'{number}'" for number in sorted(numbers)[:5])
        rows = self.world.rows(
            "SELECT metrics->>'number', event_id, received_at FROM telemetry"
            f" WHERE metrics->>'number' IN ({some}) ORDER BY event_id"
        )
        commits = self.world.rows(
            "SELECT sequence, run_id, last_id, committed_at, stored, duplicate FROM ingest_batches"
            " ORDER BY sequence DESC LIMIT 40"
        )
        return f"{len(numbers)} are doubled: {rows}; the newest commits: {commits}"

    async def publish_poison(self) -> None:
        """Publish a message that PostgreSQL refuses as data."""
        self.poison += 1
        body = b'{"provision_token": "%s", "metrics": {"poison": 1}}' % DEVICE_TOKEN.encode()
        async with open_publisher(self.world.broker.port, client_id="poisoner") as publisher:
            await publisher.publish(self.world.topic(1), body)
            await publisher.wait_for(1)

    async def wait_for_more(self) -> None:
        """Wait until something is stored that was published from now on."""
        newest = max(self.fleet.acknowledged, default=-1)
        await wait_until(lambda: max(stored_numbers(self.world), default=-1) > newest)

    async def assert_whole(self) -> None:
        """Wait until all is stored and delivered, then check everything."""
        await wait_until(
            lambda: self.fleet.acknowledged <= set(stored_numbers(self.world)),
            seconds=SETTLE_SECONDS,
        )
        await wait_until(self._is_delivered, seconds=SETTLE_SECONDS)
        await assert_router_says_so(self.world)
        self.assert_so_far()
        stored = stored_numbers(self.world)
        books = assert_books_balance(self.world)
        assert books["rejected"] == self.poison, books
        expected = {number for number in stored if number % DEVICES == 0}
        self.arrivals.assert_in_order(expected)
        repeats = Counter(self.arrivals.numbers) - Counter(expected)
        assert repeats <= self.repeatable, repeats - self.repeatable
        assert books["delivered"] == len(expected), books

    def _is_delivered(self) -> bool:
        pending = f"SELECT count(*) FROM route_deliveries WHERE route_id = {self.ordered}"
        return self.world.value(pending) == "0"


@asynccontextmanager
async def under_load(world: World, *, per_second: float) -> AsyncIterator[Proof]:
    """Start a router and publish to it for a block; after it, nothing may be missing or doubled.

    Raises:
        AssertionError: Something is, the order is not kept, or the books do not balance.
    """
    arrivals = Arrivals()
    sink = WebhookSink(status_of=arrivals.note)
    sink.start()
    fleet = Fleet(world, devices=DEVICES)
    patient = add_patient_route(world)
    ordered = world.add_webhook(f"http://127.0.0.1:{sink.port}/hook", world.topic(0))
    world.rows(
        f"UPDATE message_routes SET destination_config = destination_config || '{IN_ORDER}'"
        f" WHERE id = {ordered}"
    )
    proof = Proof(world, fleet, patient, ordered, arrivals, sink)
    publishing = trio.CancelScope()

    async def publish() -> None:
        with publishing:
            await fleet.publish(range(ENOUGH), per_second=per_second)

    try:
        await world.router.start_and_wait()
        async with trio.open_nursery() as nursery:
            nursery.start_soon(publish)
            await wait_until(lambda: world.value(HABIT_IS_KNOWN) != "0")
            yield proof
            publishing.cancel()
        await proof.assert_whole()
    finally:
        sink.stop()
