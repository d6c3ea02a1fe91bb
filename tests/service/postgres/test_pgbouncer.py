"""The router behind a real PgBouncer in transaction mode: all of it works, changes included."""

from __future__ import annotations

import pytest
import trio

from tests.support.commands.router import World
from tests.support.delivery.sink import WebhookSink
from tests.support.ingest.pressure import assert_all_is_stored_once, assert_books_balance
from tests.support.mqtt.fleet import Fleet, stored_numbers
from tests.support.servers.pgbouncer import POOL_SIZE, PgBouncer, open_pgbouncer
from tests.support.waiting import wait_until

MANY_SECONDS = "3600"


def through(world: World, pgbouncer: PgBouncer) -> None:
    world.router.environment |= {
        "PULSE_DATABASE_URL": pgbouncer.login_url(world.database),
        "PULSE_DATABASE_PGBOUNCER": "true",
    }


@pytest.mark.parametrize("told_by", ["polling", "listening"])
async def test_messages_deliveries_and_changes_go_through_it(world: World, told_by: str) -> None:
    direct_url = world.router.environment["PULSE_DATABASE_URL"]
    sink = WebhookSink()
    sink.start()
    async with open_pgbouncer(world.postgres) as pgbouncer:
        through(world, pgbouncer)
        if told_by == "listening":
            world.router.environment |= {
                "PULSE_DATABASE_DIRECT_URL": direct_url,
                "PULSE_DATABASE_POLL_SECONDS": MANY_SECONDS,
            }
        await world.router.start_and_wait()
        fleet = Fleet(world)
        await fleet.publish(range(200), per_second=1_000)
        await assert_all_is_stored_once(world, fleet)
        assert sink.received == []
        # Somebody else changes the routes: the router is told, or looks.
        world.add_webhook(f"http://127.0.0.1:{sink.port}/hook")
        await trio.sleep(2)
        await fleet.publish(range(200, 1_200), per_second=2_000)
        await assert_all_is_stored_once(world, fleet)
        numbers = set(range(200, 1_200))
        await wait_until(lambda: {r.json()["metrics"]["number"] for r in sink.received} >= numbers)
        await wait_until(lambda: world.value("SELECT count(*) FROM route_deliveries") == "0")
        await assert_books_balance(world)
        await trio.to_thread.run_sync(world.router.stop)
    sink.stop()
    assert "prepared statement" not in world.router.text
    assert "Traceback" not in world.router.text


async def test_its_restart_is_an_outage_like_any_other(world: World) -> None:
    async with open_pgbouncer(world.postgres) as pgbouncer:
        through(world, pgbouncer)
        await world.router.start_and_wait()
        fleet = Fleet(world)
        async with trio.open_nursery() as nursery:
            nursery.start_soon(lambda: fleet.publish(range(2_000), per_second=500))
            await wait_until(lambda: len(stored_numbers(world)) > 100)
            await pgbouncer.stop()
            await world.router.wait_until_missing("database", "storage")
            await pgbouncer.start()
            await world.router.wait_until_ready()
        await assert_all_is_stored_once(world, fleet)
        assert connections_of_the_router(world) <= POOL_SIZE
        await assert_books_balance(world)
        await trio.to_thread.run_sync(world.router.stop)


def connections_of_the_router(world: World) -> int:
    return int(
        world.value(
            "SELECT count(*) FROM pg_stat_activity"
            f" WHERE datname = '{world.database}' AND usename = 'iot'"
        )
    )
