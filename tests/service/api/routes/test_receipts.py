"""What a route has delivered is listed newest first, and counted by minute and by answer."""

from __future__ import annotations

from typing import Any

import pytest

from pulse_router.domain.deliveries import Settlement
from pulse_router.postgres.database import Database
from pulse_router.stores.deliveries.deliveries import PostgresDeliveryStore
from pulse_router.stores.receipts.merging import merge_receipts
from tests.support.api.routes import make_route
from tests.support.api.server import ApiForTests, make_token
from tests.support.delivery.deliveries import make_delivery
from tests.support.delivery.queue import enqueue

pytestmark = pytest.mark.usefixtures("matches_balance")

DELIVERIES = 60


def path_of(route_id: int) -> str:
    return f"/api/v1/customer/message-routes/{route_id}/receipts"


async def deliver(database: Database, route_id: int) -> None:
    """Deliver some, a few at a time; every third is answered with 202."""
    await enqueue(
        database,
        *(make_delivery(n, route_id=route_id, event_id=1000 + n) for n in range(DELIVERIES)),
    )
    store = PostgresDeliveryStore(database)
    for first in range(0, DELIVERIES, 6):
        ids = range(first, first + 6)
        statuses = [202 if n % 3 == 0 else 200 for n in ids]
        await store.settle(Settlement([*ids], statuses=statuses, milliseconds=[*ids]))
        if first == DELIVERIES // 2:
            await merge_receipts(database)


async def test_receipts_come_newest_first_page_by_page_merged_or_not(
    api: ApiForTests, database: Database
) -> None:
    route_id = await make_route(api)
    await deliver(database, route_id)

    async def walk(limit: int, query: str = "") -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = []
        after = ""
        while True:
            url = f"{path_of(route_id)}?limit={limit}{query}{after}"
            page = (await client.get(url)).json()
            assert len(page["receipts"]) <= limit
            found += page["receipts"]
            if page["next"] is None:
                return found
            after = f"&after={page['next']}"

    async with api.client() as client:
        for _ in range(2):
            found = await walk(500)
            for limit in (7, 500):
                assert await walk(limit) == found
                places = [(each["settled_at"], int(each["delivery_id"])) for each in found]
                assert places == sorted(places, reverse=True)
                assert {int(each["delivery_id"]) for each in found} == set(range(DELIVERIES))
                assert len(found) == DELIVERIES
            (first,) = [each for each in found if each["delivery_id"] == "3"]
            shown = {name: value for name, value in first.items() if name != "settled_at"}
            assert shown == {
                "delivery_id": "3",
                "event_id": "1003",
                "attempts": 1,
                "status": 202,
                "milliseconds": 3,
            }
            accepted = await walk(5, "&status=202")
            expected = [each for each in found if each["status"] == 202]
            assert accepted == expected
            middle = found[DELIVERIES // 2]["settled_at"]
            later, earlier = await walk(7, f"&from={middle}"), await walk(7, f"&to={middle}")
            assert later + earlier == found
            assert len(earlier) in range(1, DELIVERIES)
            await merge_receipts(database)


async def test_deliveries_are_counted_by_minute_and_by_answer(
    api: ApiForTests, database: Database
) -> None:
    route_id = await make_route(api)
    await deliver(database, route_id)
    async with api.client() as client:
        for _ in range(2):
            minutes = (await client.get(f"{path_of(route_id)}/counts")).json()["minutes"]
            totals = {200: 0, 202: 0}
            for minute in minutes:
                assert minute["at"].endswith(":00Z")
                assert minute["left_out"] == 0
                for answer in minute["answers"]:
                    totals[answer["status"]] += answer["count"]
            assert totals == {200: 40, 202: 20}
            await merge_receipts(database)
        refused = await client.get(
            f"{path_of(route_id)}/counts?from=2026-01-01T00:00:00Z&to=2026-01-01T06:00:01Z"
        )
        assert refused.status_code == 400


async def test_receipts_are_the_tenants_own(api: ApiForTests, database: Database) -> None:
    route_id = await make_route(api)
    await deliver(database, route_id)
    async with api.client(make_token(tenant="TENANT2")) as client:
        for path in (path_of(route_id), f"{path_of(route_id)}/counts"):
            assert (await client.get(path)).status_code == 404
