"""The audit log keeps what was changed, and no more of it than a tenant has room for."""

from __future__ import annotations

import hashlib
from typing import Any

import trio

from pulse_router.postgres.database import Database
from pulse_router.runtime.actors import Actor, acting
from pulse_router.stores.roles import Role
from tests.support.api.audit import audited, run
from tests.support.api.server import ROUTE, ApiForTests

KIB = 1024
RENAMES = 30


def customer(*, audit_bytes: int = 0, action: str = "rename", subject: str = "ada") -> Actor:
    return Actor(
        subject=subject, kind="customer", action=action, request_id="r", audit_bytes=audit_bytes
    )


async def used(database: Database, tenant_id: str = "TENANT1") -> int:
    async with database.transaction(Role.OPERATOR, read_only=True) as transaction:
        return int(
            await transaction.fetch_value(
                "SELECT coalesce(sum(bytes), 0) FROM audit_usage WHERE tenant_id = $1", tenant_id
            )
        )


async def test_thirty_renames_of_a_route_with_a_large_filter_keep_thirty_names(
    api: ApiForTests, database: Database
) -> None:
    large = {"a": {"$in": [f"value-{number}" for number in range(900)]}}
    async with api.client() as client:
        made = await client.post("/customer/message-routes", json=ROUTE | {"payload_filter": large})
        one = f"/customer/message-routes/{made.json()['id']}"
        for number in range(RENAMES):
            renamed = await client.patch(one, json={"name": f"again {number}"})
            assert renamed.status_code == 200
    created, *renames = await audited(database)
    assert len(renames) == RENAMES
    for number, entry in enumerate(renames):
        assert entry["after"]["name"] == f"again {number}"
        assert "payload_filter" not in entry["after"]
        assert entry["before"].keys() == entry["after"].keys() <= set(entry["changed"])
    kept = created["after"]["payload_filter"]
    assert kept.keys() == {"begins", "bytes", "sha256"}
    assert kept["bytes"] > 4 * KIB
    assert kept["begins"].startswith('{"a": {"$in": ["value-0"')
    async with database.transaction(Role.OPERATOR) as transaction:
        text = await transaction.fetch_value("SELECT payload_filter::text FROM message_routes")
    assert kept["sha256"] == hashlib.sha256(text.encode()).hexdigest()
    assert await used(database) < 40 * KIB


async def test_above_its_budget_a_tenant_changes_on_and_less_is_kept(database: Database) -> None:
    insert = "INSERT INTO devices (tenant_id, device_id, site_id) VALUES ('TENANT1', $1, $2)"
    move = "UPDATE devices SET site_id = $1 WHERE device_id = 'D'"
    budget = 4 * KIB
    with acting(customer(audit_bytes=budget, action="create")):
        await run(database, insert, "D", "S")
    for number in range(100):
        with acting(customer(audit_bytes=budget)):
            await run(database, move, f"SITE-{number}-{'x' * 200}")
    with acting(customer(audit_bytes=budget, subject="eve")):
        await run(database, move, "the last")
    rows = await audited(database)
    # It is full after some; without values it is twice as full after some more.
    whole = [row for row in rows if row["after"] and "site_id" in row["after"]]
    bare = [row for row in rows if row["after"] and "omitted_bytes" in row["after"]]
    together = [row for row in rows if row["after"] and "until" in row["after"]]
    assert len(whole) + len(bare) + len(together) == len(rows)
    assert len(whole) >= 5
    assert all(row["changed"] == ["site_id"] and row["target_id"] == "D" for row in bare)
    assert len(bare) >= 5
    assert [row["subject"] for row in together] == ["ada", "eve"]
    counted = sum(row["after"]["count"] for row in together)
    assert len(whole) + len(bare) + counted == 102
    assert await used(database) <= 3 * budget
    async with database.transaction(Role.OPERATOR) as transaction:
        site = await transaction.fetch_value("SELECT site_id FROM devices")
    assert site == "the last"


async def test_an_operators_changes_are_kept_whole_and_others_budgets_are_their_own(
    database: Database,
) -> None:
    insert = "INSERT INTO devices (tenant_id, device_id, site_id) VALUES ($1, $2, 'S')"
    for number in range(50):
        with acting(customer(audit_bytes=KIB)):
            await run(database, insert, "TENANT1", f"D{number}")
    with acting(customer(audit_bytes=KIB)):
        await run(database, insert, "TENANT2", "D", tenant_id="TENANT2")
    with acting(Actor(subject="op", kind="operator", action="a", request_id="r")):
        await run(database, "DELETE FROM devices WHERE device_id = 'D7'")
    *_, other, operators = await audited(database)
    assert other["after"]["site_id"] == "S"
    assert operators["before"]["site_id"] == "S"


async def test_nobody_waits_for_anybody_to_be_written_down(database: Database) -> None:
    insert = "INSERT INTO devices (tenant_id, device_id) VALUES ('TENANT1', $1)"

    async def write(number: int) -> None:
        with acting(customer(audit_bytes=2 * KIB)):
            async with database.transaction(Role.APP, tenant_id="TENANT1") as transaction:
                await transaction.execute(insert, f"{number}-a")
                began[number].set()
                for event in began:
                    await event.wait()
                await transaction.execute(insert, f"{number}-b")

    for _ in range(40):  # until it is far above, where entries are shared
        with acting(customer(audit_bytes=2 * KIB)):
            await run(database, insert, f"before-{_}")
    began = [trio.Event() for _ in range(5)]
    with trio.fail_after(20):
        async with trio.open_nursery() as nursery:
            for number in range(len(began)):
                nursery.start_soon(write, number)
    rows: list[dict[str, Any]] = list(await audited(database))
    counted = sum(row["after"].get("count", 1) for row in rows)
    assert counted == 40 + 2 * len(began)


async def test_what_is_removed_for_its_age_makes_room(database: Database) -> None:
    insert = "INSERT INTO devices (tenant_id, device_id) VALUES ('TENANT1', $1)"
    for number in range(50):
        with acting(customer()):
            await run(database, insert, f"D{number}")
    assert await used(database) > 10 * KIB
    async with database.transaction(Role.OPERATOR) as transaction:
        removed = await transaction.change("DELETE FROM audit_log WHERE id % 2 = 0")
        assert removed
        left = await transaction.fetch_value("SELECT sum(weight) FROM audit_log")
    assert await used(database) == left
