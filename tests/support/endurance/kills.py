"""Kills a router under load, again and again, and checks the books after each kill."""

from __future__ import annotations

import hashlib
import math
import random
import sys
from functools import partial

import attrs
import trio

from tests.support.commands.router import TENANT, World
from tests.support.endurance.books import assert_books_balance, assert_router_says_so
from tests.support.mqtt.fleet import Fleet, stored_numbers
from tests.support.waiting import wait_until

NOBODY = "http://127.0.0.1:9/nobody-listens"
# Failed attempts leave their deliveries in the queue, where they can be counted.
PATIENT = '{"max_attempts": 1000, "initial_seconds": 300, "max_seconds": 300}'
ENOUGH = 10_000_000

FLOOD = 120_000
DISTINCT = 40_000
SECONDS_FOR_A_KILL = 2
FLOOD_TOKEN = "a-token-of-the-flood"

# Waits until it sees one; to store a batch takes a few milliseconds.
END_A_SESSION = """
DO $$ DECLARE ended integer := 0; BEGIN
  FOR attempt IN 1..100000 LOOP
    PERFORM pg_stat_clear_snapshot();
    SELECT count(pg_terminate_backend(pid)) INTO ended FROM pg_stat_activity
    WHERE usename = 'iot' AND state = 'active' AND query ILIKE '{statement}'
      AND datname = current_database();
    EXIT WHEN ended > 0;
  END LOOP;
  IF ended = 0 THEN RAISE EXCEPTION 'nothing was seen to be stored so'; END IF;
END $$
"""


async def kill_again_and_again(world: World, *, kills: int, per_second: float, seed: int) -> None:
    """Publish without a pause, and kill the router at random moments.

    Raises:
        AssertionError: A row or a delivery was lost or doubled, or the books do not balance.
    """
    chance = random.Random(seed)
    add_patient_route(world)
    fleet = Fleet(world)
    publishing = trio.CancelScope()

    async def publish() -> None:
        with publishing:
            await fleet.publish(range(ENOUGH), per_second=per_second)

    await world.router.start_and_wait()  # from here on the broker keeps what it acknowledges
    async with trio.open_nursery() as nursery:
        nursery.start_soon(publish)
        for _ in range(kills):
            await wait_until_more_is_stored(world)
            await trio.sleep(chance.uniform(0, 1.5))
            await trio.to_thread.run_sync(world.router.kill)
            assert_all_matched_once(world)
            await world.router.start_and_wait()
        publishing.cancel()
    # What was not acknowledged when the publishing stopped may or may not have arrived.
    await wait_until(lambda: fleet.acknowledged <= set(stored_numbers(world)))
    await wait_until_idle(world)
    assert {number for number, times in stored_numbers(world).items() if times != 1} == set()
    assert_all_matched_once(world)
    await assert_router_says_so(world)


def add_patient_route(world: World) -> int:
    """Add a route that every message matches and whose deliveries stay in the queue."""
    route_id = world.add_webhook(NOBODY)
    world.rows(
        "UPDATE message_routes SET destination_config ="
        f" destination_config || '{{\"retry\": {PATIENT}}}' WHERE id = {route_id}"
    )
    return route_id


async def wait_until_more_is_stored(world: World) -> None:
    """Wait until rows arrive."""
    before = int(world.value("SELECT count(*) FROM telemetry"))
    await wait_until(lambda: int(world.value("SELECT count(*) FROM telemetry")) > before)


async def wait_until_idle(world: World) -> None:
    """Wait until no more rows arrive."""
    counts = [-1, int(world.value("SELECT count(*) FROM telemetry"))]
    while counts[-1] != counts[-2]:
        await trio.sleep(1)
        counts.append(int(world.value("SELECT count(*) FROM telemetry")))


def assert_all_matched_once(world: World) -> None:
    """Check the books; every message matches one patient route, whose deliveries stay."""
    books = assert_books_balance(world)
    assert books["matched"] == books["stored"] == books["pending"], books
    assert books["pending messages"] == books["pending"], books
    assert books["rejected"] == 0, world.rows("SELECT * FROM rejected_messages LIMIT 5")


@attrs.define
class Flood:
    """The benchmarks' publisher, in a process of its own; every number comes several times.

    Or all messages are alike, of one device.
    """

    world: World
    messages: int = FLOOD
    alike: bool = False

    def register(self) -> None:
        """Register its devices."""
        token_hash = hashlib.sha256(FLOOD_TOKEN.encode()).hexdigest()
        self.world.rows(
            "INSERT INTO devices (tenant_id, device_id, site_id, provision_token_hash)"
            f" SELECT '{TENANT}', 'DEV-' || to_char(n, 'FM00000'), 'SITE-1', '\\x{token_hash}'"
            " FROM generate_series(0, 99) AS n"
        )

    async def publish(self, *, per_second: float = 0) -> None:
        """Publish at full speed, or at a rate, until the broker has acknowledged it all."""
        argv = ["-m", "tests.benchmarks.publisher", str(self.world.broker.port)]
        devices = 0 if self.alike else 100
        argv += [str(self.messages), str(devices), FLOOD_TOKEN, str(per_second)]
        await trio.run_process([sys.executable, *argv], stdin=b"go\n", capture_stdout=True)

    def assert_stored_exactly(self) -> None:
        """Check that every number stands in the database as often as it was published."""
        times = self.world.rows(
            "SELECT times, count(*) FROM (SELECT metrics->>'sequence' AS number, count(*) AS times"
            " FROM telemetry GROUP BY 1) AS numbers GROUP BY 1"
        )
        numbers = 1 if self.alike else DISTINCT
        assert times == [[str(self.messages // numbers), str(numbers)]], times


async def kill_in_the_middle_of_a_flood(world: World, *, alike: bool = False) -> None:
    """Let the broker gather a flood, and kill the router while it works it off at full speed.

    Args:
        world: The router and its servers.
        alike: Whether all messages are alike, so that only their order tells them apart when the
            packet ids come round.

    Raises:
        AssertionError: A row or a delivery was lost or doubled, or the books do not balance.
    """
    flood = Flood(world, alike=alike)
    flood.register()
    add_patient_route(world)
    await world.router.start_and_wait()
    await trio.to_thread.run_sync(world.router.kill)
    await flood.publish()
    await trio.to_thread.run_sync(world.router.start)
    await wait_until(lambda: rows_of(world) > FLOOD // 4)
    await trio.to_thread.run_sync(world.router.kill)
    assert FLOOD // 4 < rows_of(world) < FLOOD - DISTINCT // 2
    assert_all_matched_once(world)
    await world.router.start_and_wait()
    await wait_until(lambda: rows_of(world) >= FLOOD)
    await assert_router_says_so(world)
    flood.assert_stored_exactly()
    assert_all_matched_once(world)


@attrs.frozen
class Storing:
    """A way to store batches: how its statement looks, and at which rate the router takes it."""

    statement: str
    per_second: int


BY_COPY = Storing("copy %", per_second=10_000)
AT_ONCE = Storing("select pulse_commit_batch(%", per_second=3_000)


async def kill_backends_while_they_store(world: World, *, kills: int, storing: Storing) -> None:
    """End the router's session of PostgreSQL while a batch is stored, again and again, under load.

    Raises:
        AssertionError: A row or a delivery was lost or doubled, or the books do not balance.
    """
    # It lasts for as long as there are kills to come; all numbers come equally often.
    times = math.ceil(SECONDS_FOR_A_KILL * kills * storing.per_second / DISTINCT)
    flood = Flood(world, messages=times * DISTINCT)
    flood.register()
    add_patient_route(world)
    await world.router.start_and_wait()
    async with trio.open_nursery() as nursery:
        nursery.start_soon(partial(flood.publish, per_second=storing.per_second))
        killed = 0
        # It may be over, and committed, before the signal comes: then nobody has noticed.
        while killed < kills or not has_lost_a_session(world):
            await wait_until_more_is_stored(world)
            await trio.to_thread.run_sync(
                world.rows, END_A_SESSION.format(statement=storing.statement)
            )
            killed += 1
    await wait_until(lambda: rows_of(world) >= flood.messages)
    await assert_router_says_so(world)
    flood.assert_stored_exactly()
    assert_all_matched_once(world)


def has_lost_a_session(world: World) -> bool:
    """Tell whether the router has said that a connection ended in its hands."""
    return "the connection" in world.router.text or "terminating connection" in world.router.text


def rows_of(world: World) -> int:
    """Count the stored messages."""
    return int(world.value("SELECT count(*) FROM telemetry"))
