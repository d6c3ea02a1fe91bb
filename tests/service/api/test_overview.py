"""A tenant at a glance: its books, its things by state, and what needs attention, in order."""

from __future__ import annotations

from typing import Any

import attrs
import pytest

from pulse_router.domain.insight.overview import Need, RouteTroubles
from tests.support.api.server import ROUTE, ApiForTests, make_token
from tests.support.servers.postgres import PostgresForTests

PATH = "/api/v1/customer/overview"


@attrs.frozen
class Desk:
    """An API, and a way to write into the database behind it."""

    api: ApiForTests
    postgres: PostgresForTests
    database: str

    def write(self, *sql: str) -> None:
        self.postgres.psql(self.database, ";".join(sql))

    async def get(self, path: str = PATH, token: str | None = "") -> dict[str, Any]:
        async with self.api.client(token) as client:
            answer = await client.get(path)
        assert answer.status_code == 200, answer.text
        return dict(answer.json())

    async def add_route(self, name: str, tenant: str = "TENANT1") -> int:
        async with self.api.client(make_token(tenant)) as client:
            made = await client.post("/customer/message-routes", json=ROUTE | {"name": name})
        return int(made.json()["id"])

    def bury(self, route: int, age: str, count: int = 1, tenant: str = "TENANT1") -> None:
        self.write(
            f"""
            INSERT INTO dead_letter_messages
              (delivery_id, tenant_id, route_id, device_id, event_id, event_time, original_topic,
               payload, destination_type, destination_config, error_message, attempts, created_at)
            SELECT 1000 * {route} + 100 * {count} + n, '{tenant}', {route}, 'D', 1, now(), 't',
                   '{{}}', 'webhook', '{{}}', 'HTTP 500', 5, now() - interval '{age}'
            FROM generate_series(1, {count}) AS n
            """,
            f"""
            INSERT INTO ledger_deltas (tenant_id, name, value)
            VALUES ('{tenant}', 'queued', {count}), ('{tenant}', 'buried', {count})
            """,
        )

    def wait(self, route: int, count: int, attempts: int = 1) -> None:
        self.write(
            f"""
            INSERT INTO route_deliveries (id, tenant_id, route_id, device_id, topic, payload,
                                          event_id, event_time, attempts, created_at)
            SELECT 1000 * {route} + n, 'TENANT1', {route}, 'D', 't', '{{}}', 1, now(), {attempts},
                   '2026-02-16T12:00:00Z'
            FROM generate_series(1, {count}) AS n
            """,
            "INSERT INTO ledger_deltas (tenant_id, name, value)"
            f" VALUES ('TENANT1', 'queued', {count})",
        )


@pytest.fixture
def desk(api: ApiForTests, postgres_server: PostgresForTests, database_name: str) -> Desk:
    for part in ("mqtt", "database"):
        api.readiness.report(part, None)
    return Desk(api, postgres_server, database_name)


async def test_the_books_are_the_tenants_own_and_what_is_in_stock_is_counted(desk: Desk) -> None:
    route = await desk.add_route("a")
    desk.bury(route, "2 days", 3)
    desk.wait(route, 2)
    desk.wait(await desk.add_route("b"), 4, attempts=0)
    desk.write(
        "INSERT INTO ledger_deltas (tenant_id, name, value) VALUES ('TENANT1', 'stored', 20),"
        " ('TENANT1', 'rejected', 1), ('TENANT2', 'stored', 500)"
    )
    shown = await desk.get()
    books = shown["books"]
    assert (books["received"], books["stored"], books["rejected"]) == (21, 20, 1)
    assert (books["matched"], books["pending"], books["dead_lettered"]) == (9, 6, 3)
    assert shown["mismatch"] == {"matched": 0, "buried": 0}
    assert shown["states"]["routes_enabled"] == 2
    assert shown["attention"] == []
    desk.write(f"DELETE FROM route_deliveries WHERE id = 1000 * {route} + 1")
    shown = await desk.get()
    assert shown["mismatch"] == {"matched": 1, "buried": 0}
    [off] = shown["attention"]
    assert (off["need"], off["count"]) == ("books_off", 1)
    other = await desk.get(token=make_token("TENANT2"))
    assert (other["books"]["stored"], other["books"]["matched"], other["attention"]) == (500, 0, [])


async def all_needs(desk: Desk) -> dict[str, int]:
    """Have everything need attention, of TENANT1."""
    routes = {name: await desk.add_route(name) for name in ("key", "gone", "slow", "dead")}
    desk.api.route_troubles = RouteTroubles(
        frozenset({routes["key"]}), frozenset({routes["slow"], 12345})
    )
    desk.wait(routes["slow"], 7)
    desk.bury(routes["dead"], "10 minutes", 5)
    desk.bury(routes["dead"], "2 hours", 9)
    desk.write(
        "UPDATE message_routes SET is_enabled = false, disabled_reason = 'it answered 410 Gone'"
        f" WHERE id = {routes['gone']}",
        "INSERT INTO devices (tenant_id, device_id, status, last_seen_at) VALUES"
        " ('TENANT1', 'A', 'ACTIVE', now() - interval '2 days'), ('TENANT1', 'B', 'ACTIVE', now()),"
        " ('TENANT1', 'C', 'REVOKED', now() - interval '9 days'),"
        " ('TENANT1', 'D', 'ACTIVE', NULL)",
        "INSERT INTO rejected_messages (received_at, tenant_id, device_id, topic, reason, detail,"
        " payload) SELECT now() - n * interval '20 minutes', 'TENANT1', 'A', 't', 'BAD_JSON', 'd',"
        " 'x' FROM generate_series(1, 5) AS n",
        "INSERT INTO alerts (tenant_id, device_id, severity, title, key, status) VALUES"
        " ('TENANT1', 'A', 'INFO', 'hot', 'hot', 'OPEN'),"
        " ('TENANT1', 'B', 'INFO', 'hot', 'hot', 'ACKNOWLEDGED')",
    )
    status = desk.api.status.status
    ledger = {**status.ledger, "balanced": False}
    desk.api.status.status = attrs.evolve(status, ledger=ledger, sessions_lost=2)
    desk.api.readiness.report("mqtt", "cannot connect to 10.1.2.3")
    return routes


async def test_what_needs_attention_comes_in_order_with_its_one_action(desk: Desk) -> None:
    routes = await all_needs(desk)
    shown = await desk.get()
    attention = {each["need"]: each for each in shown["attention"]}
    assert [each["need"] for each in shown["attention"]] == list(Need)
    counts = {need: each["count"] for need, each in attention.items()}
    assert counts == {
        "part_missing": None,
        "books_off": None,
        "lost_upstream": 2,
        "route_without_key": None,
        "route_gone": None,
        "breaker_open": 7,
        "dead_letters_growing": 5,
        "devices_silent": 1,
        "devices_refused": 2,
        "alerts_open": 1,
    }
    named = {each["route_name"]: each["route_id"] for each in shown["attention"]}
    assert named == {None: None} | {name: routes[name] for name in ("key", "gone", "slow", "dead")}
    assert attention["part_missing"]["said"] == "mqtt: unavailable"  # no sentence for customers
    assert attention["part_missing"]["since"] is not None
    assert attention["breaker_open"]["since"] == "2026-02-16T12:00:00Z"
    assert attention["route_gone"]["said"] == "it answered 410 Gone"
    states = shown["states"]
    assert (states["routes_disabled"], states["devices_active"]) == (1, 3)
    assert (states["devices_revoked"], states["alerts_acknowledged"]) == (1, 1)
    async with desk.api.client() as client:
        for each in shown["attention"]:
            action = each["action"]
            if action["method"] == "GET":
                answer = await client.get(action["path"])
                assert answer.status_code in {200, 503}, action
            else:
                answer = await client.patch(action["path"], json={"is_enabled": True})
                assert answer.status_code == 200, answer.text
    letters = await desk.get("/api/v1" + attention["dead_letters_growing"]["action"]["path"])
    assert letters["total"] == 14


async def test_operators_see_everybodys_needs_and_tenants_nobody_elses(desk: Desk) -> None:
    await all_needs(desk)
    dead = await desk.add_route("other", "TENANT2")
    desk.bury(dead, "1 minute", 2, "TENANT2")
    reader = make_token(None, "operator")
    shown = (await desk.get("/api/v1/operator/overview", reader))["attention"]
    assert [each["need"] for each in shown if each["tenant_id"] != "TENANT2"] == list(Need)
    [foreign] = [each for each in shown if each["tenant_id"] == "TENANT2"]
    assert (foreign["need"], foreign["count"]) == ("dead_letters_growing", 2)
    assert shown[0]["said"] == "mqtt: cannot connect to 10.1.2.3"
    async with desk.api.client(reader) as client:
        for each in shown:
            assert each["action"]["method"] == "GET"
            answer = await client.get(each["action"]["path"])
            assert answer.status_code in {200, 503}, each
    others = (await desk.get(token=make_token("TENANT2")))["attention"]
    assert [each["need"] for each in others] == [
        *("part_missing", "books_off", "lost_upstream", "dead_letters_growing")
    ]


async def test_the_audit_of_a_record_is_its_owners_and_outlives_it(desk: Desk) -> None:
    gone, other = await desk.add_route("gone"), await desk.add_route("other")
    foreign = await desk.add_route("foreign", "TENANT2")
    async with desk.api.client() as client:
        await client.patch(f"/customer/message-routes/{gone}", json={"name": "renamed"})
        await client.delete(f"/customer/message-routes/{gone}")
        await client.post("/customer/devices", json={"device_id": str(gone)})
    path = "/api/v1/customer/audit"
    everything = await desk.get(path)
    assert everything["total"] == 5
    assert {each["tenant_id"] for each in everything["entries"]} == {"TENANT1"}
    of_record = f"{path}?target_type=message_routes&target_id="
    told = (await desk.get(f"{of_record}{gone}"))["entries"]
    assert [each["action"] for each in told] == ["delete_route", "change_route", "create_route"]
    assert (told[0]["subject"], told[1]["after"]["name"]) == ("pulse-router token", "renamed")
    assert (await desk.get(f"{of_record}{other}"))["total"] == 1
    assert (await desk.get(f"{of_record}{foreign}"))["total"] == 0
    assert (await desk.get(f"{path}?action=create_route&target_type=message_routes"))["total"] == 2
    page = await desk.get(f"{of_record}{gone}&limit=1&fields=summary")
    following = await desk.get(f"{of_record}{gone}&limit=2&after={page['next']}")
    assert page["entries"][0]["before"] is None
    assert [each["id"] for each in following["entries"]] == [each["id"] for each in told[1:]]
    async with desk.api.client() as client:
        answer = await client.get(path, params={"target_id": "1"})
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (400, "target_id")
