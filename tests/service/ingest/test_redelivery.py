"""No doubles: what the broker sends again is recognised, stored or in hand; likeness is not."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import asyncpg
import trio
import trio_asyncio

from tests.support.commands.router import World
from tests.support.endurance.books import assert_books_balance, assert_router_says_so
from tests.support.endurance.kills import add_patient_route
from tests.support.mqtt.fleet import payload, stored_numbers
from tests.support.mqtt.publisher import Publisher, open_publisher
from tests.support.servers.line import open_line
from tests.support.waiting import wait_until

MESSAGES = 1_500
CUTS = 2


@asynccontextmanager
async def held_commits(world: World) -> AsyncIterator[None]:
    """Let nobody write telemetry for a block; the statements wait."""
    async with trio_asyncio.open_loop():
        url = world.postgres.admin_url(world.database)
        connection = await trio_asyncio.aio_as_trio(asyncpg.connect)(url)
        run = trio_asyncio.aio_as_trio(connection.execute)
        await run("BEGIN; LOCK TABLE telemetry IN SHARE MODE")
        try:
            yield
        finally:
            with trio.CancelScope(shield=True):
                await run("ROLLBACK")
                await trio_asyncio.aio_as_trio(connection.close)()


async def publish(publisher: Publisher, world: World, numbers: range) -> None:
    for number in numbers:
        await publisher.publish(world.topic(number % 10), payload(number))
    await publisher.wait_for(numbers.stop)


def metric(world: World, name: str) -> float:
    answer = world.router.get("/metrics")
    lines = [] if answer is None else answer.text.splitlines()
    return next((float(line.split()[1]) for line in lines if line.startswith(f"{name} ")), -1)


async def test_a_line_that_is_cut_with_batches_in_hand_doubles_nothing(world: World) -> None:
    add_patient_route(world)
    async with open_line(world.broker.port) as line, open_publisher(world.broker.port) as publisher:
        world.router.environment["PULSE_MQTT_PORT"] = str(line.port)
        await world.router.start_and_wait()
        for cut in range(CUTS):
            async with held_commits(world):
                numbers = range(cut * MESSAGES, (cut + 1) * MESSAGES)
                await publish(publisher, world, numbers)
                await wait_until(lambda: metric(world, "pulse_mqtt_messages_in_hand") > 0)
                read = metric(world, "pulse_mqtt_messages_total")
                line.cut()
                connections = cut + 2
                await wait_until(lambda: line.connections >= connections)  # noqa: B023 - awaited
            await wait_until(lambda: len(stored_numbers(world)) == numbers.stop)  # noqa: B023 - awaited
            assert read > cut * MESSAGES
    said = await assert_router_says_so(world)
    assert set(stored_numbers(world).values()) == {1}
    books = assert_books_balance(world)
    assert books["stored"] == books["pending"] == CUTS * MESSAGES
    assert books["duplicate"] == said["duplicate"] > 0


async def test_messages_that_merely_look_alike_are_kept(world: World) -> None:
    async with open_publisher(world.broker.port) as publisher:
        await world.router.start_and_wait()
        for start in (0, 40):
            for _ in range(40):
                await publisher.publish(world.topic(), payload(7))
            await publisher.wait_for(start + 40)
            await wait_until(lambda: stored_numbers(world) == {7: start + 40})  # noqa: B023 - awaited
            await trio.to_thread.run_sync(world.router.kill)
            await world.router.start_and_wait()
    books = assert_books_balance(world)
    assert (books["received"], books["stored"], books["duplicate"]) == (80, 80, 0)


async def test_alike_messages_in_hand_at_a_cut_are_each_kept_once(world: World) -> None:
    async with open_line(world.broker.port) as line, open_publisher(world.broker.port) as publisher:
        world.router.environment["PULSE_MQTT_PORT"] = str(line.port)
        await world.router.start_and_wait()
        async with held_commits(world):
            for _ in range(200):
                await publisher.publish(world.topic(), payload(7))
            await publisher.wait_for(200)
            await wait_until(lambda: metric(world, "pulse_mqtt_messages_in_hand") > 0)
            line.cut()
            await wait_until(lambda: line.connections >= 2)
        await wait_until(lambda: stored_numbers(world).get(7, 0) >= 200)
        await assert_router_says_so(world)
    assert stored_numbers(world) == {7: 200}
    assert_books_balance(world)
