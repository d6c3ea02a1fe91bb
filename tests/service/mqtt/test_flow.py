"""A database that stands still: the broker keeps us, memory is bounded, all is accounted for."""

from __future__ import annotations

from pathlib import Path

import trio

from tests.support.commands.router import World
from tests.support.ingest.pressure import (
    assert_all_is_stored_once,
    assert_books_balance,
    locked,
    metric,
)
from tests.support.mqtt.fleet import Fleet, payload, stored_numbers
from tests.support.mqtt.publisher import open_publisher
from tests.support.waiting import wait_until

KEEP_ALIVE_SECONDS = 5
MAX_KILOBYTES = 120_000


async def test_a_stalled_database_does_not_cost_the_connection_to_the_broker(world: World) -> None:
    world.router.environment["PULSE_MQTT_KEEP_ALIVE_SECONDS"] = str(KEEP_ALIVE_SECONDS)
    await world.router.start_and_wait()
    fleet = Fleet(world)
    async with trio.open_nursery() as nursery:
        nursery.start_soon(lambda: fleet.publish(range(5_000), per_second=300))
        await wait_until(lambda: len(stored_numbers(world)) > 100)
        async with locked(world, "telemetry"):
            await trio.sleep(3 * KEEP_ALIVE_SECONDS)
            stored = int(world.value("SELECT sum(stored) FROM ingest_batches"))
            assert metric(world, "pulse_mqtt_messages_total") > stored
    await assert_all_is_stored_once(world, fleet)
    assert metric(world, "pulse_mqtt_connects_total") == 1
    await assert_books_balance(world)


async def test_a_flood_at_qos_0_is_stored_or_counted_as_dropped_and_qos_1_is_never_lost(
    world: World,
) -> None:
    world.broker.configure("sys_interval 1")
    await trio.to_thread.run_sync(world.broker.stop)
    await trio.to_thread.run_sync(world.broker.start)
    # One read of the socket brings several times that.
    world.router.environment["PULSE_MQTT_RECEIVE_MAXIMUM"] = "100"
    await world.router.start_and_wait()
    fleet = Fleet(world)
    flood = range(1_000_000, 1_040_000)
    async with trio.open_nursery() as nursery:
        nursery.start_soon(lambda: fleet.publish(range(300), per_second=50))
        await wait_until(lambda: len(stored_numbers(world)) > 10)
        async with (
            locked(world, "telemetry"),
            open_publisher(world.broker.port, client_id="flood") as publisher,
        ):
            begin = trio.current_time()
            for number in flood:
                await publisher.publish_at_most_once(world.topic(), payload(number))
                if number % 500 == 0:
                    await trio.sleep_until(begin + (number - flood.start) / 5_000)
            await wait_until(lambda: metric(world, "pulse_mqtt_dropped_total") > 0)
            assert peak_kilobytes(world.router.pid) < MAX_KILOBYTES
    await assert_all_is_stored_once(world, fleet)
    lost_by_the_broker = await dropped_by_the_broker(world)
    sent = len(flood) + len(fleet.acknowledged)

    def accounted() -> int:
        stored = len(stored_numbers(world))
        dropped = int(world.value("SELECT sum(dropped) FROM ingest_batches"))
        return stored + dropped + lost_by_the_broker

    await wait_until(lambda: accounted() >= sent)
    assert accounted() == sent
    assert metric(world, "pulse_mqtt_dropped_total") == int(
        world.value("SELECT sum(dropped) FROM ingest_batches")
    )
    await assert_books_balance(world)


def peak_kilobytes(pid: int) -> int:
    """The most memory that a process has ever held."""
    status = Path(f"/proc/{pid}/status").read_text()
    [line] = [line for line in status.splitlines() if line.startswith("VmHWM:")]
    return int(line.split()[1])


async def dropped_by_the_broker(world: World) -> int:
    """What mosquitto itself says, once it has said so anew."""
    topic = "$SYS/broker/publish/messages/dropped"
    await trio.sleep(2)  # its figures are a second old
    found = await trio.run_process(
        ["mosquitto_sub", "-p", str(world.broker.port), "-t", topic, "-C", "1", "-W", "5"],
        capture_stdout=True,
        check=False,
    )
    return int(found.stdout or 0)
