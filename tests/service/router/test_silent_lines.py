"""Lines that go silent without a FIN, and come back: noticed, told, outlasted; no loss."""

from __future__ import annotations

import trio

from tests.support.commands.router import World
from tests.support.ingest.pressure import assert_all_is_stored_once, assert_books_balance
from tests.support.mqtt.fleet import Fleet, stored_numbers
from tests.support.servers.proxy import open_proxy
from tests.support.waiting import wait_until

KEEP_ALIVE_SECONDS = 5


async def test_a_silent_line_to_the_broker_is_noticed_and_nothing_is_lost(world: World) -> None:
    async with open_proxy(world.broker.port) as proxy:
        world.router.environment |= {
            "PULSE_MQTT_PORT": str(proxy.port),
            "PULSE_MQTT_KEEP_ALIVE_SECONDS": str(KEEP_ALIVE_SECONDS),
        }
        await world.router.start_and_wait()
        fleet = Fleet(world)
        async with trio.open_nursery() as nursery:
            nursery.start_soon(lambda: fleet.publish(range(5_000), per_second=400))
            await wait_until(lambda: len(stored_numbers(world)) > 100)
            proxy.silence()
            await world.router.wait_until_missing("mqtt")
            assert "stopped answering" in str(world.router.missing)
            proxy.drop()
            proxy.resume()
            await world.router.wait_until_ready()
        await assert_all_is_stored_once(world, fleet)
        await assert_books_balance(world)
        await trio.to_thread.run_sync(world.router.stop)


async def test_a_silent_line_to_the_database_is_noticed_and_nothing_is_lost(world: World) -> None:
    async with open_proxy(world.postgres.port) as proxy:
        url = world.router.environment["PULSE_DATABASE_URL"]
        world.router.environment["PULSE_DATABASE_URL"] = url.replace(
            f":{world.postgres.port}/", f":{proxy.port}/"
        )
        await world.router.start_and_wait()
        fleet = Fleet(world)
        async with trio.open_nursery() as nursery:
            nursery.start_soon(lambda: fleet.publish(range(3_000), per_second=300))
            await wait_until(lambda: len(stored_numbers(world)) > 100)
            proxy.silence()
            await world.router.wait_until_missing("database", "storage", "devices")
            proxy.drop()
            proxy.resume()
            await world.router.wait_until_ready()
        await assert_all_is_stored_once(world, fleet)
        await assert_books_balance(world)
        await trio.to_thread.run_sync(world.router.stop)
