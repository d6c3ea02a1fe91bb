"""Lists of routes: one's own writes are in them at once, others' soon; narrowed down or not."""

from __future__ import annotations

from functools import partial
from typing import Any

import httpx2
import pytest
import trio

from tests.support.api.server import ROUTE, ApiForTests, make_token
from tests.support.commands.router import World
from tests.support.servers.postgres import PostgresForTests
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


async def test_routes_are_narrowed_down_by_text_destination_and_state(
    api: ApiForTests, postgres_server: PostgresForTests, database_name: str
) -> None:
    written = {"destination_type": "postgresql", "destination_config": {}, "is_enabled": False}
    made: dict[str, dict[str, Any]] = {
        "Too HOT": {},
        "cold": {"topic_filter": "tenant/+/device/HOTEL/telemetry"},
        "kept": written,
        "gone": {},
    }
    gone = 0
    async with api.client() as client:
        for name, changes in made.items():
            answer = await client.post(PATH, json=ROUTE | {"name": name} | changes)
            assert answer.status_code == 201, answer.text
            gone = answer.json()["id"]  # of the last one, when all are made
        postgres_server.psql(
            database_name,
            "UPDATE message_routes SET is_enabled = false, disabled_reason = '410 Gone'"
            f" WHERE id = {gone}",
        )
        api.route_pages.forget()

        async def names(**query: str) -> list[str]:
            shown = (await client.get(PATH, params=query)).json()
            assert shown["total"] == len(shown["routes"])
            return [route["name"] for route in shown["routes"]]

        assert await names() == list(made)
        assert await names(q="hot") == ["Too HOT", "cold"]
        assert await names(q="%") == []  # a text, no pattern
        assert await names(destination_type="postgresql") == ["kept"]
        assert await names(state="enabled") == ["Too HOT", "cold"]
        assert await names(state="disabled") == ["kept", "gone"]
        assert await names(state="gone") == ["gone"]
        assert await names(q="hot", state="disabled") == []
        for query in ({"state": "asleep"}, {"destination_type": "pigeon"}, {"q": ""}):
            assert (await client.get(PATH, params=query)).status_code == 400, query


FIGURES = """
INSERT INTO route_totals (route_id, tenant_id, delivered, failed, dead_lettered)
VALUES ({a}, 'TENANT1', 0, 5, 9223372036854775807), ({b}, 'TENANT1', 0, 6, 1);
INSERT INTO route_deltas (route_id, tenant_id, failed, dead_lettered)
VALUES ({a}, 'TENANT1', 2, 1), ({c}, 'TENANT1', 1, 3);
INSERT INTO route_deliveries (id, tenant_id, route_id, device_id, topic, payload, event_id,
  event_time, attempts, next_attempt_at)
SELECT n, 'TENANT1', CASE WHEN n < 4 THEN {c} ELSE {d} END, 'D', 't', '{{}}', n, now(), n % 2,
  now() + interval '1 day' FROM generate_series(1, 4) AS n
"""


async def test_routes_are_sorted_by_what_is_asked_and_paged_in_that_order(
    api: ApiForTests, postgres_server: PostgresForTests, database_name: str
) -> None:
    ids: dict[str, int] = {}
    async with api.client() as client:
        for name in ("d", "b", "a", "c"):
            made = (await client.post(PATH, json=ROUTE | {"name": name})).json()
            ids[name] = made["id"]
        await client.patch(f"{PATH}/{ids['b']}", json={"is_enabled": False})
        postgres_server.psql(database_name, FIGURES.format(**ids))

        async def names(**query: str) -> str:
            """All of it at once, and page by page; with its figures too."""
            shown = (await client.get(PATH, params=query)).json()
            assert shown["total"] == len(shown["routes"])
            paged, after = list[str](), dict[str, str]()
            while True:
                page = (await client.get(PATH, params=query | after | {"limit": "1"})).json()
                paged += [route["name"] for route in page["routes"]]
                if page["next"] is None:
                    break
                after = {"after": page["next"]}
            assert paged == [route["name"] for route in shown["routes"]]
            with_stats = (await client.get(PATH, params=query | {"with": "stats"})).json()
            assert [route["name"] for route in with_stats["routes"]] == paged
            return "".join(paged)

        assert await names() == await names(sort="id") == "dbac"
        assert await names(sort="name") == "abcd"
        assert await names(sort="updated") == "bcad"
        assert await names(sort="pending") == "cdab"  # those of the same figure: the newest first
        assert await names(sort="failed") == "abcd"
        assert await names(sort="dead_lettered") == "acbd"
        assert await names(sort="failed", state="enabled") == "acd"
        assert (await client.get(PATH, params={"sort": "colour"})).status_code == 400
        of_names = (await client.get(PATH, params={"sort": "name", "limit": "1"})).json()["next"]
        wrong = await client.get(PATH, params={"sort": "pending", "after": of_names})
        assert wrong.status_code == 400  # a place in another order
    async with api.client(make_token("TENANT2")) as client:
        assert (await client.get(PATH, params={"sort": "failed"})).json()["routes"] == []
