"""A database that stands still, and what must be true of a router after it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import asyncpg
import trio
import trio_asyncio
from trio_asyncio import aio_as_trio

from tests.support.commands.router import World
from tests.support.mqtt.fleet import Fleet, stored_numbers
from tests.support.waiting import wait_until


@asynccontextmanager
async def locked(world: World, table: str) -> AsyncIterator[None]:
    """Hold a lock that nothing gets past, as a migration or a backup may."""
    async with trio_asyncio.open_loop():
        connection = await aio_as_trio(asyncpg.connect)(world.postgres.admin_url(world.database))
        await aio_as_trio(connection.execute)(f"BEGIN; LOCK TABLE {table}")
        try:
            yield
        finally:
            with trio.move_on_after(5, shield=True):
                await aio_as_trio(connection.close)()


def metric(world: World, name: str) -> int:
    """What the router counts."""
    answer = world.router.get("/metrics")
    assert answer is not None
    [line] = [line for line in answer.text.splitlines() if line.startswith(f"{name} ")]
    return int(float(line.split()[-1]))


async def assert_all_is_stored_once(world: World, fleet: Fleet) -> None:
    """Every number that the broker has acknowledged to its device is stored, once."""
    await wait_until(lambda: fleet.acknowledged <= set(stored_numbers(world)))
    assert set(stored_numbers(world).values()) == {1}
    assert fleet.repeated == set()


async def assert_books_balance(world: World) -> None:
    """The router's own books say that nothing is amiss."""

    def balanced() -> bool:
        answer = world.router.get("/health")
        return answer is not None and bool(answer.json()["ledger"]["balanced"])

    await wait_until(balanced, seconds=10)
