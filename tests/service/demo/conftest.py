"""A demo that runs, its webhook endpoint and its API."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator

import httpx2
import pytest

from tests.support.commands.demo import Demo, open_demo


@pytest.fixture(scope="module")
def demo() -> Iterator[Demo]:
    with open_demo("--no-simulator", "--no-sink") as opened:
        yield opened


@pytest.fixture
async def api(demo: Demo) -> AsyncIterator[httpx2.AsyncClient]:
    headers = {"Authorization": f"Bearer {demo.token()}"}
    async with httpx2.AsyncClient(base_url=demo.url, headers=headers, timeout=30) as client:
        yield client
        for route in (await client.get("/customer/message-routes")).json()["routes"]:
            await client.delete(f"/customer/message-routes/{route['id']}")
