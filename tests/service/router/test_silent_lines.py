"""Lines that go silent without a FIN, and come back: noticed, told, outlasted; no loss."""

from __future__ import annotations

import trio

from tests.support.commands.router import World
from tests.support.ingest.pressure import assert_all_is_stored_once, assert_books_balance
from tests.support.mqtt.fleet import Fleet, stored_numbers
from tests.support.servers.proxy import Proxy, open_proxy
from tests.support.waiting import wait_until

KEEP_ALIVE_SECONDS = 5


async def outlast_silence(
    world: World, proxy: Proxy, *parts: str, messages: int, per_second: float
) -> str:
    """Silence the line while messages come, until these parts are missing; then let it speak.

    Returns:
        What the router said of what is missing.

    Raises:
        AssertionError: A message was lost or doubled, or the books do not balance.
    """
    await world.router.start_and_wait()
    fleet = Fleet(world)
    async with trio.open_nursery() as nursery:
        nursery.start_soon(lambda: fleet.publish(range(messages), per_second=per_second))
        await wait_until(lambda: len(stored_numbers(world)) > 100)
        proxy.silence()
        await world.router.wait_until_missing(*parts)
        seen = str(world.router.missing)
        proxy.drop()
        proxy.resume()
        await world.router.wait_until_ready()
    await assert_all_is_stored_once(world, fleet)
    await assert_books_balance(world)
    await trio.to_thread.run_sync(world.router.stop)
    return seen


async def test_a_silent_line_to_the_broker_is_noticed_and_nothing_is_lost(world: World) -> None:
    async with open_proxy(world.broker.port) as proxy:
        world.router.environment |= {
            "PULSE_MQTT_PORT": str(proxy.port),
            "PULSE_MQTT_KEEP_ALIVE_SECONDS": str(KEEP_ALIVE_SECONDS),
        }
        seen = await outlast_silence(world, proxy, "mqtt", messages=5_000, per_second=400)
    assert "stopped answering" in seen


async def test_a_silent_line_to_the_database_is_noticed_and_nothing_is_lost(world: World) -> None:
    async with open_proxy(world.postgres.port) as proxy:
        url = world.router.environment["PULSE_DATABASE_URL"]
        world.router.environment["PULSE_DATABASE_URL"] = url.replace(
            f":{world.postgres.port}/", f":{proxy.port}/"
        )
        parts = ("database", "storage", "devices")
        await outlast_silence(world, proxy, *parts, messages=3_000, per_second=300)
