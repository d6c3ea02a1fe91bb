"""The release before goes on while today's migrations are applied, until today's takes over."""

from __future__ import annotations

from pathlib import Path

import trio

from tests.support.commands.previous import run_previous, unpack_previous
from tests.support.commands.router import World
from tests.support.delivery.sink import WebhookSink
from tests.support.ingest.pressure import assert_all_is_stored_once, assert_books_balance
from tests.support.mqtt.fleet import Fleet, stored_numbers
from tests.support.servers.migrating import migrate, pending
from tests.support.servers.postgres import LOGIN_ROLE
from tests.support.waiting import wait_until

HALF = 1_500
RATE = 300


async def test_the_release_before_stores_and_delivers_while_and_after_todays_migrations_are_applied(
    unmigrated: World, tmp_path: Path, sink: WebhookSink
) -> None:
    world, router = unmigrated, unmigrated.router
    admin_url = world.postgres.admin_url(world.database)
    previous = unpack_previous(tmp_path)
    run_previous(
        {**previous, **router.environment, "PULSE_DATABASE_MIGRATION_URL": admin_url}, "migrate"
    )
    due = await pending(admin_url)
    assert due
    world.add_devices(10)
    world.add_webhook(f"http://127.0.0.1:{sink.port}/hook")
    ours = dict(router.environment)
    router.environment |= previous
    await router.start_and_wait()
    fleet = Fleet(world)

    async with trio.open_nursery() as nursery:
        nursery.start_soon(lambda: fleet.publish(range(HALF), per_second=RATE))
        await wait_until(lambda: len(stored_numbers(world)) > HALF / 10)
        report = await migrate(admin_url, login_role=LOGIN_ROLE)
        assert list(report.applied) == due
        assert len(stored_numbers(world)) < HALF
    await assert_all_is_stored_once(world, fleet)
    await assert_all_is_delivered_once(world, sink, HALF)
    await assert_books_balance(world)
    assert "Traceback" not in router.text
    assert await trio.to_thread.run_sync(router.stop) == 0

    router.environment = ours
    await router.start_and_wait()
    await fleet.publish(range(HALF, 2 * HALF), per_second=2 * RATE)
    await assert_all_is_stored_once(world, fleet)
    await assert_all_is_delivered_once(world, sink, 2 * HALF)
    await assert_books_balance(world)
    assert await trio.to_thread.run_sync(router.stop) == 0


async def assert_all_is_delivered_once(world: World, sink: WebhookSink, count: int) -> None:
    await wait_until(lambda: len(sink.received) >= count)
    await wait_until(lambda: world.value("SELECT count(*) FROM route_deliveries") == "0")
    numbers = [each.json()["metrics"]["number"] for each in sink.received]
    assert sorted(numbers) == list(range(count))
