"""Trouble outside is weathered: the router stays up, says so, resumes, and loses nothing."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager

import trio

from tests.support.commands.router import World
from tests.support.delivery.sink import WebhookSink
from tests.support.endurance.books import assert_books_balance, assert_router_says_so
from tests.support.mqtt.fleet import Fleet, stored_numbers
from tests.support.servers.postgres import PostgresForTests
from tests.support.waiting import wait_until


@contextmanager
def stopped(postgres: PostgresForTests) -> Iterator[None]:
    """Stop the server for a block; the session's other tests need it again."""
    postgres.stop()
    try:
        yield
    finally:
        postgres.start()


async def assert_nothing_is_lost(world: World, fleet: Fleet) -> None:
    """Every acknowledged number is stored; only what a device has sent again is there twice."""
    await wait_until(lambda: fleet.acknowledged <= set(stored_numbers(world)))
    stored = stored_numbers(world)
    doubled = {number for number, times in stored.items() if times > 1}
    assert doubled <= fleet.repeated
    assert_books_balance(world)
    await assert_router_says_so(world)


async def test_a_broker_that_is_stopped_for_ten_seconds_under_load(world: World) -> None:
    await world.router.start_and_wait()
    fleet = Fleet(world)
    async with trio.open_nursery() as nursery:
        nursery.start_soon(lambda: fleet.publish(range(6_000), per_second=500))
        await wait_until(lambda: len(stored_numbers(world)) > 100)
        await trio.to_thread.run_sync(world.broker.stop)
        await world.router.wait_until_missing("mqtt")
        await trio.sleep(10)
        assert world.router.process is not None
        assert world.router.process.poll() is None
        await trio.to_thread.run_sync(world.broker.start)
        await world.router.wait_until_ready()
    await assert_nothing_is_lost(world, fleet)


async def test_postgresql_is_restarted_under_load(world: World) -> None:
    sink = WebhookSink()
    sink.start()
    world.add_webhook(f"http://127.0.0.1:{sink.port}/hook")
    await world.router.start_and_wait()
    fleet = Fleet(world)
    async with trio.open_nursery() as nursery:
        nursery.start_soon(lambda: fleet.publish(range(6_000), per_second=1_000))
        await wait_until(lambda: len(sink.received) > 100)
        with stopped(world.postgres):
            await world.router.wait_until_missing("storage", "devices")
        await world.router.wait_until_ready()
    await assert_nothing_is_lost(world, fleet)
    assert fleet.repeated == set()
    numbers = set(range(6_000))
    await wait_until(lambda: {r.json()["metrics"]["number"] for r in sink.received} == numbers)
    await wait_until(lambda: world.value("SELECT count(*) FROM route_deliveries") == "0")
    assert world.value("SELECT count(*) FROM dead_letter_messages") == "0"
    sink.stop()


async def test_a_router_started_before_its_servers_waits_for_them(world: World) -> None:
    await trio.to_thread.run_sync(world.broker.stop)
    with stopped(world.postgres):
        await trio.to_thread.run_sync(world.router.start)
        await world.router.wait_until_missing("database")
    await world.router.wait_until_missing("mqtt")
    await trio.to_thread.run_sync(world.broker.start)
    await world.router.wait_until_ready()


async def test_sigterm_under_load_leaves_nothing_acknowledged_behind(world: World) -> None:
    await world.router.start_and_wait()
    fleet = Fleet(world)
    async with trio.open_nursery() as nursery:
        nursery.start_soon(lambda: fleet.publish(range(6_000), per_second=3_000))
        await wait_until(lambda: len(stored_numbers(world)) > 500)
        status = await trio.to_thread.run_sync(world.router.stop, signal.SIGTERM)
        assert status == 0, world.router.text
        assert "Traceback" not in world.router.text
        await world.router.start_and_wait()
    await assert_nothing_is_lost(world, fleet)
    assert max(stored_numbers(world).values()) == 1


async def test_sigterm_while_waiting_for_the_database_stops_at_once(world: World) -> None:
    world.router.environment["PULSE_DATABASE_URL"] = "postgresql://iot@127.0.0.1:9/none"
    await trio.to_thread.run_sync(world.router.start)
    await world.router.wait_until_missing("database")
    assert await trio.to_thread.run_sync(world.router.stop, signal.SIGTERM) == 0
