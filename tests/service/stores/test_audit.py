"""What people change is written down with who did it, and nothing that is secret goes with it."""

from __future__ import annotations

from datetime import UTC, datetime

import msgspec
import pytest
import trio

from pulse_router.api.audit import audit_answer
from pulse_router.domain.operators import AuditEntry
from pulse_router.postgres.database import Database
from pulse_router.runtime.actors import Actor, acting, current_actor
from pulse_router.stores.roles import Role
from tests.support.api.audit import audited, run
from tests.support.api.server import ROUTE, ApiForTests, make_token
from tests.support.servers.postgres import PostgresForTests

ACTOR = Actor(subject="ada", kind="operator", action="an_action", request_id="r1")


async def test_every_write_of_a_customer_says_who_what_before_and_after(
    api: ApiForTests, database: Database
) -> None:
    body = ROUTE | {
        "destination_config": {
            "url": "https://sink.example/hook?key=hunter2",
            "method": "POST",
            "headers": {"Authorization": "Bearer hunter2"},
            "secret": "hunter2-hunter2-hunter2-hunter2",
        }
    }
    async with api.client() as client:
        path = "/customer/message-routes"
        made = await client.post(path, json=body, headers={"X-Request-Id": "made-it"})
        assert made.status_code == 201
        one = f"{path}/{made.json()['id']}"
        assert (await client.patch(one, json={"is_enabled": False})).status_code == 200
        assert (await client.patch(one, json={"nonsense": 1})).status_code == 422
        assert (await client.get(one)).status_code == 200
        assert (await client.delete(one)).status_code == 204
        device = {"device_id": "DEV-1", "provision_token": "hunter2-token-hunter2"}
        assert (await client.post("/customer/devices", json=device)).status_code == 201
    rows = await audited(database)
    assert [(row["action"], row["target_type"]) for row in rows] == [
        ("create_route", "message_routes"),
        ("change_route", "message_routes"),
        ("delete_route", "message_routes"),
        ("create_device", "devices"),
    ]
    assert {row["tenant_id"] for row in rows} == {"TENANT1"}
    assert {(row["subject"], row["actor"]) for row in rows} == {("pulse-router token", "customer")}
    created, patched, deleted, registered = rows
    assert created["request_id"] == "made-it"
    assert created["target_id"] == str(made.json()["id"])
    assert created["before"] is None
    assert created["after"]["name"] == ROUTE["name"]
    assert created["after"]["destination_config"] == {
        "url": "https://sink.example/hook",
        "method": "POST",
        "headers": {"Authorization": "********"},
    }
    assert "is_enabled" in patched["changed"]
    assert (patched["before"]["is_enabled"], patched["after"]["is_enabled"]) == (True, False)
    assert deleted["after"] is None
    assert registered["target_id"] == "DEV-1"
    assert "hunter2" not in str(rows)


def test_every_table_that_people_write_to_is_audited(
    postgres_server: PostgresForTests, database_name: str
) -> None:
    def names(sql: str) -> set[str]:
        return set(postgres_server.psql(database_name, sql).split())

    of_tenants = names("SELECT tablename FROM pg_policies")
    written_by_the_router = {
        "device_gaps",
        "device_last_seen",
        "job_results",
        "ledger_deltas",
        "ledger_sums",
        "ledger_totals",
        "rejected_messages",
        "route_deliveries",
        "route_deltas",
        "route_marks",
        "route_sums",
        "route_totals",
    }
    for event in ("update", "delete"):
        audited = names(f"SELECT tgrelid::regclass FROM pg_trigger WHERE tgname = 'audit_{event}'")
        assert audited == of_tenants - written_by_the_router


async def test_a_secret_that_changes_is_named_and_not_shown(database: Database) -> None:
    await run(
        database,
        "INSERT INTO devices (tenant_id, device_id, provision_token_hash)"
        " VALUES ('TENANT1', 'D', sha256('a'))",
    )
    with acting(ACTOR):
        await run(database, "UPDATE devices SET provision_token_hash = sha256('b')")
    (row,) = await audited(database)
    assert row["changed"] == ["provision_token_hash"]
    assert row["before"] == row["after"]
    assert "provision_token_hash" not in row["after"]


def test_what_was_there_is_shown_in_the_forms_of_all_other_answers() -> None:
    row = {
        "id": 7,
        "event_id": 2**62 + 1,
        "created_at": "2026-02-16T01:00:00+01:00",
        "counted_since": "2026-02-16T00:00:00.25+00:00",
        "event_time": "infinity",
        "last_seen_at": None,
        "title": "2026-02-16T01:00:00+01:00",
    }
    entry = AuditEntry(
        id=1,
        at=datetime(2026, 2, 16, tzinfo=UTC),
        subject="ada",
        actor="customer",
        action="an_action",
        request_id="r1",
        tenant_id="TENANT1",
        target_type="dead_letter_messages",
        target_id="7",
        changed=[],
        before=row,
        after=None,
    )
    shown = msgspec.json.decode(msgspec.json.encode(audit_answer(entry)))
    assert shown["before"] == row | {
        "event_id": "4611686018427387905",
        "created_at": "2026-02-16T00:00:00Z",
        "counted_since": "2026-02-16T00:00:00.250000Z",
    }


async def test_what_the_router_does_by_itself_and_what_changes_nothing_is_not_audited(
    database: Database,
) -> None:
    await run(database, "INSERT INTO devices (tenant_id, device_id) VALUES ('TENANT1', 'D')")
    with acting(ACTOR):
        await run(database, "UPDATE devices SET status = status")
        await run(database, "DELETE FROM devices WHERE device_id = 'X'")
        await run(database, "UPDATE devices SET status = 'REVOKED'", tenant_id="TENANT2")
    assert await audited(database) == []


async def test_a_change_that_is_rolled_back_leaves_no_trace(database: Database) -> None:
    async def fail() -> None:
        async with database.transaction(Role.APP, tenant_id="TENANT1") as transaction:
            await transaction.execute(
                "INSERT INTO devices (tenant_id, device_id) VALUES ('TENANT1', 'D')"
            )
            raise ZeroDivisionError

    with acting(ACTOR), pytest.raises(ZeroDivisionError):
        await fail()
    assert await audited(database) == []


async def test_a_statement_that_changes_many_rows_is_audited_as_their_count(
    database: Database,
) -> None:
    many = (
        "INSERT INTO devices (tenant_id, device_id)"
        " SELECT 'TENANT1', 'D' || n FROM generate_series(1, $1::int) AS n"
    )
    with acting(ACTOR):
        await run(database, many, 100)
        await run(database, "DELETE FROM devices")
        await run(database, many, 101)
        await run(database, "UPDATE devices SET status = 'REVOKED'")
        await run(database, "DELETE FROM devices")
    rows = await audited(database)
    assert len(rows) == 100 + 100 + 3
    summaries = [(row["target_id"], row["before"], row["after"]) for row in rows[200:]]
    count = {"count": 101}
    assert summaries == [(None, None, count), (None, count, None), (None, count, None)]


async def test_a_task_that_outlives_its_request_does_not_act_in_its_name() -> None:
    seen = []
    began, request_over = trio.Event(), trio.Event()

    async def work() -> None:
        seen.append(current_actor())
        began.set()
        await request_over.wait()
        seen.append(current_actor())

    async with trio.open_nursery() as nursery:
        with acting(ACTOR):
            nursery.start_soon(work)
            await began.wait()
        request_over.set()
    assert seen == [ACTOR, None]
    assert current_actor() is None


async def test_a_subject_of_any_letters_is_written_as_it_is(database: Database) -> None:
    subject = "it's \"Ada\" \\ ünïcode $1 '; RESET ROLE; --"
    with acting(Actor(subject=subject, kind="customer", action="a", request_id="r")):
        await run(database, "INSERT INTO devices (tenant_id, device_id) VALUES ('TENANT1', 'D')")
    (row,) = await audited(database)
    assert row["subject"] == subject


async def test_a_viewer_leaves_no_trace(api: ApiForTests, database: Database) -> None:
    async with api.client(make_token("TENANT1", "customer_viewer")) as client:
        assert (await client.get("/customer/devices")).status_code == 200
        assert (await client.post("/customer/devices", json={})).status_code == 403
    assert await audited(database) == []
