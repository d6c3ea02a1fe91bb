"""A payload filter that fails on a message is seen at its route."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import trio

from pulse_router.domain.routes import RouteFault
from tests.support.api.server import ROUTE, ApiForTests
from tests.support.servers.postgres import PostgresForTests

ROUTES = "/api/v1/customer/message-routes"
TOPIC = "tenant/TENANT1/device/DEV-001/telemetry"
PROBLEM = "the payload filter failed on a message"


async def test_a_filter_that_failed_lately_is_told_as_the_last_error(api: ApiForTests) -> None:
    async with api.client() as client:
        number = (await client.post(ROUTES, json=ROUTE)).json()["id"]
        api.filter_faults[number] = RouteFault(PROBLEM, datetime(2026, 2, 16, 12, tzinfo=UTC))
        told = (await client.get(f"{ROUTES}/{number}/stats")).json()
    assert (told["last_error"], told["last_error_at"]) == (PROBLEM, "2026-02-16T12:00:00Z")


async def test_a_route_says_what_keeps_its_filter_from_being_asked(api: ApiForTests) -> None:
    async with api.client() as client:
        made = await client.post(ROUTES, json=ROUTE)
        number, tag = made.json()["id"], {"If-None-Match": made.headers["ETag"]}
        assert (await client.get(f"{ROUTES}/{number}", headers=tag)).status_code == 304
        api.filter_notices[number] = "it is set aside"
        api.route_pages.forget()
        one = await client.get(f"{ROUTES}/{number}", headers=tag)
        [listed] = (await client.get(ROUTES)).json()["routes"]
        assert one.json()["fault"] == listed["fault"] == "it is set aside"
        renamed = await client.patch(
            f"{ROUTES}/{number}", json={"name": "n"}, headers={"If-Match": one.headers["ETag"]}
        )
        assert renamed.status_code == 200
        assert (await client.get(f"{ROUTES}/{number}/stats")).json()["unjudged"] == 0


async def test_a_heavy_filter_is_refused_and_one_that_was_saved_before_is_kept(
    api: ApiForTests, postgres_server: PostgresForTests, database_name: str
) -> None:
    heavy = {"x": {"$regex": "([a-h]{1,30}){1,30}z"}}
    payload = {"x": ["abcdefgh" * 100] * 70}
    async with api.client() as client:
        made = await client.post(ROUTES, json=ROUTE | {"payload_filter": heavy})
        assert made.status_code == 422
        [fault] = made.json()["errors"]
        assert fault["field"] == "payload_filter.x.$regex"
        assert "1000 instructions" in fault["message"]
        long = await client.post(ROUTES, json=ROUTE | {"payload_filter": {"x": "y" * 17_000}})
        assert "16384 bytes" in long.json()["errors"][0]["message"]

        number = (await client.post(ROUTES, json=ROUTE)).json()["id"]
        sql = (
            f"UPDATE message_routes SET payload_filter = '{json.dumps(heavy)}' WHERE id = {number}"
        )
        await trio.to_thread.run_sync(postgres_server.psql, database_name, sql)
        route = f"{ROUTES}/{number}"
        assert (await client.patch(route, json={"name": "n"})).status_code == 200
        assert (await client.put(route, json=ROUTE | {"payload_filter": heavy})).status_code == 200
        worse = {"payload_filter": heavy | {"y": 1}}
        assert (await client.patch(route, json=worse)).status_code == 422

        tried = await client.post(f"{route}/test", json={"topic": TOPIC, "payload": payload})
        assert tried.json()["filter_passed"] is False
        assert "more of the message" in tried.json()["filter_fault"]
