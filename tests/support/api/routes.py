"""Routes made over HTTP."""

from __future__ import annotations

from tests.support.api.server import ROUTE, ApiForTests


async def make_route(api: ApiForTests) -> int:
    async with api.client() as client:
        return int((await client.post("/customer/message-routes", json=ROUTE)).json()["id"])
