"""Operators see and mend what is every tenant's, and what they change is written down."""

from __future__ import annotations

from typing import Any

import pytest

from pulse_router.domain.deliveries import Outcome, Verdict
from tests.support.api.server import ROUTE, ApiForTests, make_token
from tests.support.delivery.graveyard import Graveyard
from tests.support.servers.postgres import PostgresForTests

PATH = "/api/v1/operator"
READER = make_token(None, "operator")
WRITER = make_token(None, "operator-admin")


async def get(api: ApiForTests, path: str, **query: Any) -> dict[str, Any]:
    async with api.client(READER) as client:
        answer = await client.get(f"{PATH}/{path}", params=query)
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


@pytest.fixture
async def two_tenants(
    api: ApiForTests, graveyard: Graveyard, postgres_server: PostgresForTests, database_name: str
) -> dict[str, int]:
    """TENANT1 and TENANT2 have a device, a route with a secret, and a dead letter each."""
    letters = {}
    for tenant in ("TENANT1", "TENANT2"):
        async with api.client(make_token(tenant)) as client:
            config = {
                "url": "http://localhost:9/hook?key=hunter2",
                "headers": {"Authorization": "Bearer hunter2"},
                "secret": "hunter2-hunter2-hunter2",
            }
            made = await client.post(
                "/customer/message-routes", json=ROUTE | {"destination_config": config}
            )
            assert made.status_code == 201, made.text
            await client.post("/customer/devices", json={"device_id": "DEV-1"})
        letters[tenant] = graveyard.bury(tenant=tenant, route_id=made.json()["id"], age_days=40)
        postgres_server.psql(
            database_name,
            f"""
            INSERT INTO route_deliveries
              (id, tenant_id, route_id, device_id, topic, payload, event_id, event_time)
            VALUES ({letters[tenant]}, '{tenant}', {made.json()["id"]}, 'DEV-1', 't', '{{}}', 1,
                    now());
            INSERT INTO rejected_messages (received_at, tenant_id, topic, reason, detail, payload)
            VALUES (now(), '{tenant}', 't', 'BAD_JSON', 'd', 'x');
            UPDATE devices SET last_seen_at = '2026-02-16T12:00:00Z' WHERE tenant_id = 'TENANT2';
            """,
        )
    postgres_server.psql(
        database_name,
        "INSERT INTO rejected_messages (received_at, topic, reason, detail, payload)"
        " VALUES (now(), 'nonsense', 'BAD_TOPIC', 'd', 'x'); DELETE FROM audit_log",
    )
    return letters


async def test_the_overview_shows_each_tenant_the_totals_and_the_books(
    api: ApiForTests, two_tenants: dict[str, int]
) -> None:
    shown = await get(api, "overview")
    own = {"devices": 1, "routes": 1, "enabled_routes": 1}
    found = {"pending": 1, "dead_letters": 1, "rejected": 1}
    for tenant in shown["tenants"]:
        limits = {each.pop("name"): each for each in tenant.pop("limits")}
        assert limits["routes"] == {"usage": 1, "usage_is_exact": True, "limit": 1000, "refused": 0}
        used = {name: limits[name]["usage"] for name in ("devices", "groups", "dead_letters")}
        assert used == {"devices": 1, "groups": 0, "dead_letters": 1}
        assert limits["dead_letters"]["limit"] is None
    second = await get(api, "tenants", limit=1, offset=1)
    for tenant in second["tenants"]:
        del tenant["limits"]
    assert shown["tenants"] == [
        {"tenant_id": "TENANT1", **own, **found, "last_message_at": None},
        {"tenant_id": "TENANT2", **own, **found, "last_message_at": "2026-02-16T12:00:00Z"},
    ]
    totals = {name: shown["totals"][name] for name in ("tenants", "devices", "routes")}
    assert totals == {"tenants": 2, "devices": 2, "routes": 2}
    assert shown["ledger"]["balanced"] is True
    assert (shown["mqtt"], shown["database"]) == ("ok", "ok")
    assert second["tenants"] == shown["tenants"][1:]
    assert (second["total"], second["limit"], second["offset"]) == (2, 1, 1)


async def test_a_list_is_everybodys_or_one_tenants_and_shows_no_secret(
    api: ApiForTests, two_tenants: dict[str, int]
) -> None:
    for path, items in (
        ("message-routes", "routes"),
        ("devices", "devices"),
        ("dead-letter", "messages"),
        ("deliveries", "deliveries"),
        ("rejected-messages", "messages"),
    ):
        everybodys = await get(api, path)
        tenants = {item["tenant_id"] for item in everybodys[items]}
        assert tenants - {None} == {"TENANT1", "TENANT2"}
        assert everybodys["total"] == len(everybodys[items])
        one = await get(api, path, tenant_id="TENANT2")
        assert [item["tenant_id"] for item in one[items]] == ["TENANT2"]
        assert one["total"] == 1
        assert (await get(api, path, tenant_id="nobody"))["total"] == 0
        assert (await get(api, path, limit=1, offset=1))[items] == everybodys[items][1:2]
        assert "hunter2" not in str(everybodys)


async def test_what_names_no_tenant_is_the_operators_to_see(
    api: ApiForTests, two_tenants: dict[str, int]
) -> None:
    shown = await get(api, "rejected-messages", reason="BAD_TOPIC")
    (message,) = shown["messages"]
    assert (message["tenant_id"], message["topic"]) == (None, "nonsense")


async def test_an_operator_replays_any_tenants_dead_letter_and_it_is_audited(
    api: ApiForTests, two_tenants: dict[str, int]
) -> None:
    number = two_tenants["TENANT2"]
    async with api.client(WRITER) as client:
        replay = f"{PATH}/dead-letter/{number}/replay"
        api.destination.outcome = Outcome(Verdict.RETRY, error="HTTP 503")
        assert (await client.post(replay)).status_code == 502
        api.destination.outcome = Outcome(Verdict.DELIVERED, status=204)
        answer = await client.post(replay, headers={"X-Request-Id": "mended"})
        assert answer.json() == {"id": number, "status": "REPLAYED"}
        assert (await client.post(replay)).status_code == 400
        assert (await client.post(f"{PATH}/dead-letter/999999/replay")).status_code == 404
        shown = (await client.get(f"{PATH}/dead-letter/{number}")).json()
    assert shown["status"] == "REPLAYED"
    assert [route.tenant_id for _, route in api.destination.got] == ["TENANT2", "TENANT2"]
    replayed, failed = (await get(api, "audit"))["entries"]
    assert replayed.pop("at").endswith("Z")
    before, after = replayed.pop("before"), replayed.pop("after")
    assert (before["status"], after["status"]) == ("FAILED", "REPLAYED")
    changed = set(replayed.pop("changed"))
    assert {"attempts", "replayed_at", "status"} <= changed
    assert before.keys() == after.keys() <= changed  # what stays as it was is not told twice
    assert replayed.pop("id") > failed["id"]
    assert replayed == {
        "subject": "pulse-router token",
        "actor": "operator",
        "action": "operator_replay_dead_letter",
        "request_id": "mended",
        "tenant_id": "TENANT2",
        "target_type": "dead_letter_messages",
        "target_id": str(number),
    }
    assert after["replayed_at"].endswith("Z")
    assert (failed["before"]["attempts"], failed["after"]["attempts"]) == (5, 6)
    assert "payload" not in before


async def test_a_batch_replays_across_tenants(
    api: ApiForTests, two_tenants: dict[str, int]
) -> None:
    ids = list(two_tenants.values())
    async with api.client(WRITER) as client:
        answer = await client.post(f"{PATH}/dead-letter/replay-batch", json={"ids": [*ids, 77]})
    results = [(entry["id"], entry["status"]) for entry in answer.json()["results"]]
    assert results == [(ids[0], "REPLAYED"), (ids[1], "REPLAYED"), (77, "SKIPPED")]
    audited = (await get(api, "audit", action="operator_replay_dead_letters"))["entries"]
    assert {entry["tenant_id"] for entry in audited} == {"TENANT1", "TENANT2"}
    assert len(audited) == 2


async def test_an_operator_purges_and_discards_one_tenants_or_everybodys(
    api: ApiForTests, two_tenants: dict[str, int], graveyard: Graveyard
) -> None:
    young = graveyard.bury(tenant="TENANT1")
    async with api.client(WRITER) as client:
        purge = f"{PATH}/dead-letter/purge?older_than_days=30"
        assert (await client.delete(f"{purge}&tenant_id=TENANT1")).json() == {"purged": 1}
        assert (await client.delete(f"{purge}&tenant=TENANT2")).status_code == 400  # misspelt
        assert (await client.delete(purge)).json() == {"purged": 1}
        discarded = await client.delete(f"{PATH}/dead-letter/{young}")
        assert discarded.json() == {"id": young, "status": "DISCARDED"}
    entries = (await get(api, "audit"))["entries"]
    assert [(entry["action"], entry["tenant_id"]) for entry in entries] == [
        ("operator_discard_dead_letter", "TENANT1"),
        ("operator_purge_dead_letters", "TENANT2"),
        ("operator_purge_dead_letters", "TENANT1"),
    ]
    assert entries[1]["before"]["status"] == "FAILED"
    assert entries[1]["after"] is None


async def test_the_audit_is_found_by_tenant_subject_and_action(
    api: ApiForTests, two_tenants: dict[str, int]
) -> None:
    for tenant in ("TENANT1", "TENANT2"):
        async with api.client(make_token(tenant)) as client:
            await client.patch("/customer/devices/DEV-1", json={"status": "REVOKED"})
    everything = await get(api, "audit")
    assert everything["total"] == 2
    (entry,) = (await get(api, "audit", tenant_id="TENANT2"))["entries"]
    assert (entry["actor"], entry["target_id"]) == ("customer", "DEV-1")
    assert (entry["before"]["status"], entry["after"]["status"]) == ("ACTIVE", "REVOKED")
    assert (await get(api, "audit", subject="pulse-router token"))["total"] == 2
    assert (await get(api, "audit", subject="somebody"))["total"] == 0
    assert (await get(api, "audit", action=entry["action"]))["total"] == 2
    assert (await get(api, "audit", action="delete_route"))["total"] == 0


async def test_an_operator_who_may_only_read_changes_nothing(
    api: ApiForTests, two_tenants: dict[str, int]
) -> None:
    number = two_tenants["TENANT1"]
    async with api.client(READER) as client:
        for method, path in (
            ("POST", f"{number}/replay"),
            ("POST", "replay-batch"),
            ("DELETE", "purge?older_than_days=1"),
            ("DELETE", f"{number}"),
        ):
            answer = await client.request(method, f"{PATH}/dead-letter/{path}")
            assert answer.status_code == 403
    assert (await get(api, "dead-letter", status="FAILED"))["total"] == 2
    assert (await get(api, "audit"))["total"] == 0
