"""Lists of routes on the real router: one's own writes are in them at once, others' soon."""

from __future__ import annotations

from functools import partial

import httpx2
import pytest
import trio

from tests.support.api.server import ROUTE
from tests.support.commands.router import World
from tests.support.waiting import wait_for

PATH = "/customer/message-routes"
SECONDS = 30


async def names(client: httpx2.AsyncClient) -> list[str]:
    answer = await client.get(PATH)
    assert answer.status_code == 200
    return [route["name"] for route in answer.json()["routes"]]


async def test_ones_own_writes_are_listed_at_once(world: World) -> None:
    await world.router.start_and_wait()
    async with world.router.open_client() as client:
        for number in range(10):
            assert await names(client) == []
            created = (await client.post(PATH, json={**ROUTE, "name": f"{number}"})).json()
            assert await names(client) == [f"{number}"]
            await client.patch(f"{PATH}/{created['id']}", json={"name": "changed"})
            assert await names(client) == ["changed"]
            await client.delete(f"{PATH}/{created['id']}")


@pytest.mark.parametrize("how", ["listening", "polling"])
async def test_what_somebody_else_writes_is_listed_soon(world: World, how: str) -> None:
    if how == "polling":
        world.router.environment["PULSE_DATABASE_PGBOUNCER"] = "true"  # and no direct_url
    await world.router.start_and_wait()
    async with world.router.open_client() as client:
        assert await names(client) == []
        await trio.to_thread.run_sync(world.add_webhook, "http://127.0.0.1:1/hook")
        await wait_for(partial(names, client), seconds=SECONDS)
        assert await names(client) == ["a route"]
