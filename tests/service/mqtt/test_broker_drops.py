"""What mosquitto tells of what it drops, to whoever may know."""

from __future__ import annotations

import json

import trio

from tests.support.commands.router import World
from tests.support.endurance.books import assert_books_balance
from tests.support.mqtt.fleet import payload
from tests.support.mqtt.publisher import open_publisher
from tests.support.mqtt.receiver import session_of
from tests.support.waiting import wait_until

QUEUED, SENT = 5, 60


def upstream(world: World) -> int | None:
    answer = world.router.get("/health")
    assert answer is not None
    told: int | None = answer.json()["upstream"]["broker_dropped"]
    return told


async def restart_broker(world: World, *settings: str) -> None:
    world.broker.configure("sys_interval 1", *settings)
    await trio.to_thread.run_sync(world.broker.stop)
    await trio.to_thread.run_sync(world.broker.start)


async def test_what_the_broker_drops_of_any_client_is_told_where_it_may_be_known(
    world: World,
) -> None:
    await restart_broker(world, f"max_queued_messages {QUEUED}")
    async with session_of(world.broker, client_id="absent", topics=["others/#"]) as absent:
        await absent.subscribed()
    await world.router.start_and_wait()
    await wait_until(lambda: upstream(world) == 0)
    async with open_publisher(world.broker.port) as publisher:
        for number in range(SENT):
            await publisher.publish("others/a", json.dumps({"n": number}).encode())
        await wait_until(lambda: (upstream(world) or 0) > 0)
        await publisher.publish(world.topic(), payload(1))
        await wait_until(lambda: world.value("SELECT count(*) FROM telemetry") == "1")
    assert world.value("SELECT count(*) FROM rejected_messages") == "0"
    dropped = upstream(world)
    assert dropped is not None
    assert dropped <= SENT
    answer = world.router.get("/metrics")
    assert answer is not None
    assert f"pulse_upstream_broker_dropped {float(dropped)}" in answer.text

    access = world.broker.folder / "access"
    access.write_text("topic readwrite tenant/#\ntopic deny $SYS/#\n")
    access.chmod(0o644)
    await restart_broker(world, f"acl_file {access}")
    await world.router.wait_until_ready()
    async with open_publisher(world.broker.port) as publisher:
        await publisher.publish(world.topic(), payload(2))
        await wait_until(lambda: world.value("SELECT count(*) FROM telemetry") == "2")
    assert upstream(world) is None
    assert_books_balance(world)
