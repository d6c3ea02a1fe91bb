"""The sequence of the README, by its own commands."""

from __future__ import annotations

from typing import Any

import httpx2
import trio_asyncio

from pulse_router.postgres.database import open_database
from pulse_router.stores.roles import Role
from tests.support.api.server import ROUTE
from tests.support.commands.demo import Demo
from tests.support.delivery.sink import WebhookSink
from tests.support.waiting import wait_for

TOPIC = "tenant/TENANT1/device/DEV-001/telemetry"


def route_to(sink: WebhookSink, **changes: Any) -> dict[str, Any]:
    config = {"url": f"http://localhost:{sink.port}/hook", "method": "POST"} | changes
    return ROUTE | {"destination_config": config}


async def create_route(api: httpx2.AsyncClient, body: dict[str, Any]) -> int:
    answer = await api.post("/customer/message-routes", json=body)
    assert answer.status_code == 201, answer.text
    return int(answer.json()["id"])


async def wait_for_balanced_books(demo: Demo) -> None:
    """Wait until nothing is in hand; then the router's own books must balance."""
    async with httpx2.AsyncClient(base_url=demo.url, timeout=30) as client:

        async def settled() -> dict[str, Any]:
            ledger: dict[str, Any] = (await client.get("/health")).json()["ledger"]
            return ledger if ledger["in_hand"] == 0 else {}

        ledger = await wait_for(settled)
    assert ledger["balanced"], ledger


async def query(demo: Demo, sql: str) -> list[tuple[Any, ...]]:
    async with (
        trio_asyncio.open_loop(),
        open_database(demo.database_url) as database,
        database.transaction(Role.OPERATOR, read_only=True) as transaction,
    ):
        return [tuple(row) for row in await transaction.fetch(sql)]
