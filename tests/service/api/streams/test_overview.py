"""The channels of an overview on `/api/v2/ws`: figures of real books, changes, and whose places."""

from __future__ import annotations

from contextlib import AbstractAsyncContextManager, AsyncExitStack
from typing import Any

import trio
from trio_websocket import WebSocketConnection

from pulse_router.postgres.database import Database
from pulse_router.stores.deltas import merge_deltas
from pulse_router.stores.roles import Role
from pulse_router.streaming.broadcaster import MAX_SILENT
from tests.support.api.server import ROUTE, ApiForTests, make_token
from tests.support.streams.websocket import closed_with, make_event, read, refused, tell
from tests.support.waiting import wait_until

PATH = "/api/v2/ws"
FULL = "Max streaming connections (3) reached for tenant"


def opened(
    api: ApiForTests, tenant: str = "TENANT1"
) -> AbstractAsyncContextManager[WebSocketConnection]:
    return api.stream(path=PATH, token=make_token(tenant))


async def subscribe(stream: WebSocketConnection, channel: str, **more: Any) -> Any:
    return await tell(stream, action="subscribe", type=channel, **more)


async def add(database: Database, *, ledger: dict[str, int], route: int, delivered: int) -> None:
    """Count something as stores do, for TENANT1 and its neighbour."""
    async with database.transaction(Role.OPERATOR) as transaction:
        for name, value in ledger.items():
            for tenant, factor in (("TENANT1", 1), ("TENANT2", 1000)):
                await transaction.execute(
                    "INSERT INTO ledger_deltas (tenant_id, name, value) VALUES ($1, $2, $3)",
                    *(tenant, name, value * factor),
                )
        await transaction.execute(
            "INSERT INTO route_deltas (route_id, tenant_id, delivered) VALUES ($1, 'TENANT1', $2)",
            *(route, delivered),
        )


async def test_figures_are_what_was_added_to_the_books_merged_or_not(
    api: ApiForTests, database: Database, nursery: trio.Nursery
) -> None:
    async with api.client() as client:
        route = (await client.post("/customer/message-routes", json=ROUTE)).json()["id"]
    await add(database, ledger={"stored": 7, "queued": 7}, route=route, delivered=2)
    nursery.start_soon(api.overview.figures.run)
    async with opened(api) as stream:
        answer = await subscribe(stream, "figures")
        assert answer == {"type": "subscribed", "channel": "figures"}
        first = await read(stream)
        assert (first["seconds"], set(first["books"].values()), first["routes"]) == (0, {0}, [])
        assert (first["totals"]["stored"], first["totals"]["pending"]) == (7, 7)
        books = dict(first["totals"])
        delivered = 0
        for count in range(1, 4):
            await add(
                database, ledger={"stored": count, "delivered": count}, route=route, delivered=1
            )
            await merge_deltas(database, Role.OPERATOR)
        await add(database, ledger={"rejected": 5, "buried": 1}, route=route, delivered=4)
        while books["rejected"] < 5 or books["stored"] < 13:
            told = await read(stream)
            books = {name: value + told["books"][name] for name, value in books.items()}
            assert told["totals"] == books
            delivered += sum(each["delivered"] for each in told["routes"])
            assert {each["route_id"] for each in told["routes"]} <= {route}
        assert (books["delivered"], books["pending"], books["dead_lettered"]) == (6, 0, 1)
        assert delivered == 7
        answer = await tell(stream, action="unsubscribe", type="figures")
        while answer["type"] == "figures":
            answer = await read(stream)
        assert answer == {"type": "unsubscribed", "channel": "figures"}
    await wait_until(lambda: not api.overview.figures._watched)


async def test_changes_are_told_to_their_tenant(api: ApiForTests, nursery: trio.Nursery) -> None:
    nursery.start_soon(api.overview.changes.run)
    async with opened(api) as stream, opened(api, "TENANT2") as other:
        for each in (stream, other):
            assert (await subscribe(each, "changes"))["channel"] == "changes"
        api.overview.changes.note("TENANT1", "routes", 7)
        api.overview.changes.note("TENANT2", "devices", "DEV-1")
        told = {"type": "changes", "changes": [{"kind": "routes", "ids": [7]}]}
        assert await read(stream) == told
        told = {"type": "changes", "changes": [{"kind": "devices", "ids": ["DEV-1"]}]}
        assert await read(other) == told


async def test_what_carries_no_telemetry_is_none_of_the_live_streams(api: ApiForTests) -> None:
    async with AsyncExitStack() as stack:
        quiet = [await stack.enter_async_context(opened(api)) for _ in range(4)]
        for each in quiet:
            assert (await subscribe(each, "figures"))["type"] == "subscribed"
        assert api.broadcaster.total_connections == 0
        assert not api.broadcaster.wants("TENANT1")
        streams = [await stack.enter_async_context(api.stream()) for _ in range(3)]
        for each in streams:
            await read(each)
        refusal = await subscribe(quiet[0], "device", device_id="DEV-1")
        assert refusal == {"type": "error", "message": FULL}
        bare = await stack.enter_async_context(opened(api))
        await bare.send_message('{"action":"subscribe","type":"device","device_id":"DEV-1"}')
        assert await closed_with(bare) == (4029, FULL)  # it has nothing else
        await streams[0].aclose()
        await wait_until(lambda: api.broadcaster.open_streams("TENANT1") == 2)
        assert (await subscribe(quiet[0], "device", device_id="DEV-1"))["type"] == "subscribed"
        assert api.broadcaster.open_streams("TENANT1") == 3
        api.broadcaster.publish([make_event(1)])
        assert (await read(quiet[0]))["type"] == "telemetry"
        await tell(quiet[0], action="unsubscribe", type="device", device_id="DEV-1")
        assert api.broadcaster.open_streams("TENANT1") == 2  # it has given its place back
        assert (await subscribe(quiet[1], "device", device_id="DEV-1"))["type"] == "subscribed"
    await wait_until(lambda: not api.broadcaster.wants("TENANT1"))


async def test_a_tenant_has_so_many_of_them_and_gets_them_back(api: ApiForTests) -> None:
    full = (4029, f"Max connections without telemetry ({MAX_SILENT}) reached for tenant")
    async with AsyncExitStack() as stack:
        for _ in range(MAX_SILENT):
            stream = await stack.enter_async_context(opened(api))
            assert (await tell(stream, action="unsubscribe", type="figures"))["channel"]
        async with refused(api, path=PATH) as ended:
            assert ended == full
        async with opened(api, "TENANT2") as other:
            assert (await subscribe(other, "figures"))["type"] == "subscribed"
    async with opened(api) as stream:
        assert (await subscribe(stream, "figures"))["type"] == "subscribed"
