"""A payload filter far above today's weight, from an older release: kept, shown and asked."""

from __future__ import annotations

from typing import Any, Final

import pytest

from tests.support.api.server import ROUTE, ApiForTests
from tests.support.servers.postgres import PostgresForTests

ROUTES: Final = "/api/v1/customer/message-routes"
TOPIC: Final = "tenant/TENANT1/device/DEV-001/telemetry"
LIST: Final = [0] * 479
HEAVY: Final[dict[str, Any]] = {"x": {"$in": [[*LIST, number] for number in range(60)]}}
_STORE: Final = """
UPDATE message_routes SET payload_filter = jsonb_build_object('x', jsonb_build_object('$in',
  (SELECT jsonb_agg(one) FROM (
     SELECT jsonb_agg(CASE WHEN place < 480 THEN 0 ELSE list END ORDER BY place) AS one
     FROM generate_series(0, 59) AS list, generate_series(1, 480) AS place
     GROUP BY list ORDER BY list) AS lists)))
WHERE id = {}
"""
_OF_ANOTHER_VERSION: Final = """
UPDATE message_routes SET payload_filter =
  jsonb_build_object('x', jsonb_build_object('$future', repeat('x', 70000)))
WHERE id = {}
"""


@pytest.fixture
async def route(
    api: ApiForTests, postgres_server: PostgresForTests, database_name: str
) -> tuple[str, int]:
    """A route's path and id; it has the heavy filter."""
    async with api.client() as client:
        number = (await client.post(ROUTES, json=ROUTE)).json()["id"]
    postgres_server.psql(database_name, _STORE.format(number))
    return f"{ROUTES}/{number}", number


async def test_a_route_with_it_is_shown_listed_and_renamed(
    api: ApiForTests, route: tuple[str, int]
) -> None:
    path, _ = route
    async with api.client() as client:
        assert (await client.get(path)).json()["payload_filter"] == HEAVY
        [listed] = (await client.get(ROUTES)).json()["routes"]
        assert listed["payload_filter"] == HEAVY
        renamed = (await client.patch(path, json={"name": "again"})).json()
        assert (renamed["name"], renamed["payload_filter"]) == ("again", HEAVY)
        assert (await client.get(path)).json() == renamed


async def test_it_may_be_written_again_as_it_is_and_not_otherwise(
    api: ApiForTests, route: tuple[str, int]
) -> None:
    path, _ = route
    async with api.client() as client:
        same = await client.put(path, json=ROUTE | {"payload_filter": HEAVY})
        assert (same.status_code, same.json()["payload_filter"]) == (200, HEAVY)
        worse = await client.patch(path, json={"payload_filter": HEAVY | {"y": 1}})
        assert worse.status_code == 422
        assert "16384 bytes" in worse.json()["errors"][0]["message"]
        for small in ({"y": 1}, None):
            changed = await client.patch(path, json={"payload_filter": small})
            assert changed.json()["payload_filter"] == small


async def test_it_is_asked_of_a_message_that_is_tried(
    api: ApiForTests, route: tuple[str, int]
) -> None:
    path, number = route
    async with api.client() as client:
        for last, passes in ((7, True), (60, False)):
            tried = {"topic": TOPIC, "payload": {"metrics": {}, "x": [*LIST, last]}}
            told = (await client.post(f"{path}/test", json=tried)).json()
            assert (told["filter_passed"], told["clauses"]) == (passes, [])
            assert "too long" in told["reason"]
            asked = await client.post(f"{ROUTES}/explain", json=tried | {"route_id": number})
            [verdict] = asked.json()["routes"]
            assert verdict["verdict"] == ("true" if passes else "false")


async def test_nobody_reads_it_who_renames_a_route(
    api: ApiForTests, route: tuple[str, int], postgres_server: PostgresForTests, database_name: str
) -> None:
    path, number = route
    postgres_server.psql(database_name, _OF_ANOTHER_VERSION.format(number))
    async with api.client() as client:
        renamed = await client.patch(path, json={"name": "again"})
        assert (renamed.status_code, renamed.json()["fault"]) == (200, None)
        tried = {"topic": TOPIC, "payload": {"metrics": {}}}
        told = (await client.post(f"{path}/test", json=tried)).json()
        assert "is no operator" in told["filter_fault"]
