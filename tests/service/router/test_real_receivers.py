"""The whole router before nginx and Node: they close, restart and die, and get everything once."""

from __future__ import annotations

import json
from pathlib import Path

import trio

from tests.support.commands.router import World
from tests.support.endurance.books import assert_books_balance, assert_router_says_so
from tests.support.mqtt.fleet import payload
from tests.support.mqtt.publisher import Publisher, open_publisher
from tests.support.receivers.nginx import make_nginx
from tests.support.receivers.node import make_node
from tests.support.receivers.served import serving
from tests.support.waiting import wait_until

RETRY = {"max_attempts": 30, "initial_seconds": 0.05, "max_seconds": 0.5}
UNDER_WAY = 8
PIECE = 30


async def test_receivers_that_close_restart_and_die_get_every_message_once(
    world: World, reachable_folder: Path
) -> None:
    nginx, node = make_nginx(reachable_folder), make_node(reachable_folder, "http")
    receivers = (nginx, node)
    for receiver in receivers:
        world.add_webhook(receiver.url)
    config = json.dumps({"retry": RETRY, "max_in_flight": UNDER_WAY})
    world.rows(f"UPDATE message_routes SET destination_config = destination_config || '{config}'")
    await world.router.start_and_wait()
    async with serving(*receivers), open_publisher(world.broker.port) as publisher:
        sent = 0

        async def publish() -> None:
            nonlocal sent
            for _ in range(PIECE):
                await publisher.publish(world.topic(sent % 10), payload(sent))
                sent += 1

        await publish()
        await trio.sleep(1.0)  # nginx closes what has been idle for so long
        await publish()
        for receiver in receivers:
            await receiver.restart_gently()
            await publish()
        for receiver in receivers:
            await publish()
            await receiver.kill_and_start()
        await publish()
        await wait_until_all_is_delivered(world, publisher, sent)
    books = assert_books_balance(world)
    assert (books["delivered"], books["dead_lettered"]) == (2 * sent, 0)
    for receiver in receivers:
        receiver.journal.assert_nothing_came_again()
        assert len(receiver.journal.accepted()) >= sent - UNDER_WAY, "some died unwritten"
    await assert_router_says_so(world)


async def wait_until_all_is_delivered(world: World, publisher: Publisher, count: int) -> None:
    await publisher.wait_for(count)
    await wait_until(lambda: world.value("SELECT count(*) FROM telemetry") == str(count))
    await wait_until(lambda: world.value("SELECT count(*) FROM route_deliveries") == "0")
