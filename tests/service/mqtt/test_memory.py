"""What is remembered of the broker's session from one run to the next."""

from __future__ import annotations

import trio

from tests.support.commands.router import World
from tests.support.ingest.pressure import assert_books_balance, metric
from tests.support.mqtt.fleet import payload, stored_numbers
from tests.support.mqtt.publisher import open_publisher
from tests.support.waiting import wait_until

OLD_TYPE, NEW_TYPE = "old", "new"


async def publish(world: World, number: int, msg_type: str, *, retain: bool = False) -> None:
    async with open_publisher(world.broker.port) as publisher:
        await publisher.publish(world.topic(0, msg_type), payload(number), retain=retain)
        await publisher.wait_for(1)


async def restart(world: World, **environment: str) -> None:
    await trio.to_thread.run_sync(world.router.stop)
    world.router.environment |= environment
    await world.router.start_and_wait()


def filters(world: World) -> list[str]:
    return world.value("SELECT array_to_string(filters, ' ') FROM mqtt_sessions").split()


async def test_messages_of_a_filter_that_has_left_the_settings_no_longer_arrive(
    world: World,
) -> None:
    old, new = (f"tenant/+/device/+/{msg_type}" for msg_type in (OLD_TYPE, NEW_TYPE))
    world.router.environment["PULSE_MQTT_TOPICS"] = f"{old},{new}"
    await world.router.start_and_wait()
    await publish(world, 1, OLD_TYPE)
    await wait_until(lambda: set(stored_numbers(world)) == {1})
    await restart(world, PULSE_MQTT_TOPICS=new)
    await wait_until(lambda: filters(world) == [new])
    await publish(world, 2, OLD_TYPE)
    await publish(world, 3, NEW_TYPE)
    await wait_until(lambda: 3 in stored_numbers(world))
    assert set(stored_numbers(world)) == {1, 3}
    # From plain to shared: each message once, though the plain filter lay in the session.
    await restart(world, PULSE_MQTT_SHARE_GROUP="edge")
    await wait_until(lambda: filters(world) == [f"$share/edge/{new}"])
    await publish(world, 4, NEW_TYPE)
    await publish(world, 5, NEW_TYPE)
    await wait_until(lambda: 5 in stored_numbers(world))
    assert stored_numbers(world) == {1: 1, 3: 1, 4: 1, 5: 1}
    assert "lost our session" not in world.router.text


async def test_a_retained_message_is_stored_once_whatever_restarts(world: World) -> None:
    await publish(world, 1, OLD_TYPE, retain=True)
    await world.router.start_and_wait()
    await wait_until(lambda: set(stored_numbers(world)) == {1})
    await restart(world)
    await trio.to_thread.run_sync(world.broker.stop)
    await trio.to_thread.run_sync(world.broker.start)
    await wait_until(lambda: metric(world, "pulse_mqtt_connects_total") == 2)
    await publish(world, 2, OLD_TYPE)
    await wait_until(lambda: 2 in stored_numbers(world))
    assert stored_numbers(world) == {1: 1, 2: 1}
    assert metric(world, "pulse_mqtt_sessions_lost_total") == 0


async def test_a_session_that_the_broker_has_lost_is_told_whether_or_not_we_ran_then(
    world: World,
) -> None:
    await world.router.start_and_wait()
    await publish(world, 1, OLD_TYPE)
    granted = "SELECT 1 FROM mqtt_sessions WHERE granted_at IS NOT NULL"
    await wait_until(lambda: world.rows(granted) != [])
    assert "lost our session" not in world.router.text
    await lose_all_sessions(world)
    await wait_until(lambda: metric(world, "pulse_mqtt_sessions_lost_total") == 1)
    assert world.router.text.count("the broker has lost our session") == 1
    assert "s is missing, about" in world.router.text
    await trio.to_thread.run_sync(world.router.stop)
    await lose_all_sessions(world)
    await world.router.start_and_wait()
    assert metric(world, "pulse_mqtt_sessions_lost_total") == 1
    assert world.router.text.count("the broker has lost our session") == 2
    await publish(world, 2, OLD_TYPE)
    await wait_until(lambda: stored_numbers(world) == {1: 1, 2: 1})
    await assert_books_balance(world)


async def lose_all_sessions(world: World) -> None:
    """What a power cut does to a broker that has not saved, or an update that starts it afresh."""
    await trio.to_thread.run_sync(world.broker.kill)
    for file in (world.broker.folder / "store").glob("*"):
        file.unlink()
    await trio.to_thread.run_sync(world.broker.start)
