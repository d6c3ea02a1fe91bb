"""Kills a router under load, again and again, and checks the books after each kill."""

from __future__ import annotations

import random

import trio

from tests.support.books import assert_books_balance, assert_router_says_so
from tests.support.fleet import Fleet, stored_numbers
from tests.support.router import World
from tests.support.waiting import wait_until

NOBODY = "http://127.0.0.1:9/nobody-listens"
# Failed attempts leave their deliveries in the queue, where they can be counted.
PATIENT = '{"max_attempts": 1000, "initial_seconds": 300, "max_seconds": 300}'
ENOUGH = 10_000_000


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
    assert world.value("SELECT count(DISTINCT event_id) FROM route_deliveries") == str(
        books["pending"]
    )
    assert books["rejected"] == 0, world.rows("SELECT * FROM rejected_messages LIMIT 5")
