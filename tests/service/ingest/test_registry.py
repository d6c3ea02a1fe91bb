"""What changes in the registry holds for the next message, even when the news of it is lost."""

from __future__ import annotations

from collections.abc import Callable

import trio

from tests.support.commands.router import World
from tests.support.endurance.books import assert_books_balance, assert_router_says_so
from tests.support.mqtt.fleet import payload
from tests.support.mqtt.publisher import open_publisher
from tests.support.waiting import wait_until


async def publish_until(world: World, condition: Callable[[], bool]) -> None:
    """Keep a device publishing until something comes true."""
    async with open_publisher(world.broker.port) as publisher, trio.open_nursery() as nursery:

        async def publish() -> None:
            for number in range(1_000_000):
                await publisher.publish(world.topic(3), payload(number))
                await trio.sleep(0.02)

        nursery.start_soon(publish)
        await wait_until(condition, seconds=30)
        nursery.cancel_scope.cancel()


def has_row(world: World, sql: str) -> Callable[[], bool]:
    return lambda: bool(world.rows(sql))


async def test_a_device_is_revoked_moved_and_let_in_again_by_sql(world: World) -> None:
    await world.router.start_and_wait()
    await publish_until(world, has_row(world, "SELECT 1 FROM telemetry LIMIT 1"))
    world.rows("UPDATE devices SET status = 'REVOKED' WHERE device_id = 'DEV-003'")
    refused = "SELECT 1 FROM rejected_messages WHERE reason = 'DEVICE_REVOKED' LIMIT 1"
    await publish_until(world, has_row(world, refused))
    world.rows(
        "UPDATE devices SET status = 'ACTIVE', site_id = 'SITE-2' WHERE device_id = 'DEV-003'"
    )
    moved = "SELECT 1 FROM telemetry WHERE site_id = 'SITE-2' LIMIT 1"
    await publish_until(world, has_row(world, moved))
    world.rows("DELETE FROM devices WHERE device_id = 'DEV-003'")
    gone = "SELECT 1 FROM rejected_messages WHERE reason = 'UNREGISTERED_DEVICE' LIMIT 1"
    await publish_until(world, has_row(world, gone))
    await assert_router_says_so(world)
    assert_books_balance(world, capped=_capped(world))


async def test_a_change_whose_news_is_lost_holds_once_the_line_is_back(world: World) -> None:
    await world.router.start_and_wait()
    await publish_until(world, has_row(world, "SELECT 1 FROM telemetry LIMIT 1"))
    # As a replica it fires no triggers, so nothing is announced.
    world.rows(
        "SET session_replication_role = replica;"
        " UPDATE devices SET status = 'REVOKED' WHERE device_id = 'DEV-003';"
        " SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
        " WHERE datname = current_database() AND query ILIKE '%LISTEN%'"
        " AND pid <> pg_backend_pid()"
    )
    refused = "SELECT 1 FROM rejected_messages WHERE reason = 'DEVICE_REVOKED' LIMIT 1"
    await publish_until(world, has_row(world, refused))
    await assert_router_says_so(world)
    assert_books_balance(world, capped=_capped(world))


def _capped(world: World) -> int:
    """How many rejections were counted and not kept."""
    return int(
        world.value(
            "SELECT coalesce(sum(rejected), 0) - (SELECT count(*) FROM rejected_messages)"
            " FROM ingest_batches"
        )
    )
