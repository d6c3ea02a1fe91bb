"""The whole router with a broker that is not mosquitto."""

from __future__ import annotations

import random
from collections.abc import Iterator
from contextlib import contextmanager

import trio

from tests.support.commands.router import World, world_of
from tests.support.endurance.books import assert_books_balance, assert_router_says_so
from tests.support.endurance.kills import add_patient_route, wait_until_more_is_stored
from tests.support.mqtt.fleet import Fleet, stored_numbers
from tests.support.servers.postgres import PostgresForTests
from tests.support.servers.second_broker import running_second_broker
from tests.support.waiting import wait_until

KILLS = 5
MESSAGES_A_LIFE = 900
PER_SECOND = 300
PATIENCE_SECONDS = 20
STORED_SINCE = "SELECT metrics->>'number' FROM telemetry WHERE received_at >= '{}'"


@contextmanager
def second_world(postgres: PostgresForTests, database: str, *, is_durable: bool) -> Iterator[World]:
    """A router that is not started yet, fed by the second broker."""
    with (
        running_second_broker(is_durable=is_durable) as broker,
        world_of(postgres, database, broker) as world,
    ):
        yield world


async def test_kills_of_the_router_lose_nothing_and_double_only_what_the_killed_life_had_stored(
    postgres_server: PostgresForTests, database_name: str
) -> None:
    """While it hands a session over it loses what is published: so nothing is then."""
    with second_world(postgres_server, database_name, is_durable=False) as world:
        await kill_routers(world)


async def kill_routers(world: World) -> None:
    """Kill the router under load, again and again."""
    chance, fleet, in_doubt = random.Random(3), Fleet(world), set[int]()
    add_patient_route(world)
    begun = world.value("SELECT now()")
    await world.router.start_and_wait()
    for life in range(KILLS):
        first = life * MESSAGES_A_LIFE
        async with trio.open_nursery() as nursery:

            async def publish(numbers: range) -> None:
                await fleet.publish(numbers, per_second=PER_SECOND)

            nursery.start_soon(publish, range(first, first + MESSAGES_A_LIFE))
            await wait_until_more_is_stored(world)
            await trio.sleep(chance.uniform(0, 1.5))
            await trio.to_thread.run_sync(world.router.kill)
            in_doubt |= {int(number) for [number] in world.rows(STORED_SINCE.format(begun))}
        begun = world.value("SELECT now()")
        await world.router.start_and_wait()
    published = range(KILLS * MESSAGES_A_LIFE)
    await wait_until(lambda: set(published) <= set(stored_numbers(world)))
    doubled = {number for number, times in stored_numbers(world).items() if times != 1}
    assert doubled <= in_doubt
    await assert_router_says_so(world)
    books = assert_books_balance(world)
    assert books["matched"] == books["stored"] == books["pending"], books


async def test_a_session_that_it_cannot_resume_after_its_own_crash_is_given_up(
    postgres_server: PostgresForTests, database_name: str
) -> None:
    """It stores what is in flight without packet ids, and closes whoever comes for it."""
    with second_world(postgres_server, database_name, is_durable=True) as world:
        await crash_with_messages_in_flight(world)


async def crash_with_messages_in_flight(world: World) -> None:
    """Kill router and broker, with messages for the router, and wait until others come in."""
    world.router.environment["PULSE_MQTT_RESUME_PATIENCE_SECONDS"] = str(PATIENCE_SECONDS)
    fleet = Fleet(world)
    await world.router.start_and_wait()
    await fleet.publish(range(100), per_second=PER_SECOND)
    await wait_until(lambda: len(stored_numbers(world)) == 100)
    await trio.to_thread.run_sync(world.router.kill)
    await fleet.publish(range(100, 200), per_second=PER_SECOND)
    await trio.to_thread.run_sync(world.broker.kill)
    await trio.to_thread.run_sync(world.broker.start)
    await trio.to_thread.run_sync(world.router.start)
    await wait_until(
        lambda: "given up" in str((world.router.missing or {}).get("mqtt")), seconds=90
    )
    await wait_until(lambda: world.router.missing == {}, seconds=90)
    await fleet.publish(range(200, 300), per_second=PER_SECOND)
    await wait_until(lambda: set(range(200, 300)) <= set(stored_numbers(world)))
    await assert_router_says_so(world)
    assert_books_balance(world)
