"""Devices over HTTP: registered once, changed, and shown without their token."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime, timedelta
from typing import Any

from pulse_router.postgres.database import Database
from pulse_router.stores.devices.source import PostgresDeviceSource
from tests.support.api.server import ApiForTests, make_token
from tests.support.servers.postgres import PostgresForTests

PATH = "/api/v1/customer/devices"


async def test_a_registered_device_shows_its_token_once_and_only_its_hash_is_stored(
    api: ApiForTests, postgres_server: PostgresForTests, database_name: str
) -> None:
    async with api.client() as client:
        answer = await client.post(PATH, json={"device_id": "DEV-1", "site_id": "SITE-1"})
        assert answer.status_code == 201
        assert answer.headers["Location"] == f"{PATH}/DEV-1"
        created = answer.json()
        token = created.pop("provision_token")
        listed = (await client.get(PATH)).json()
    assert listed == {
        "devices": [created],
        "total": 1,
        "total_is_exact": True,
        "limit": 50,
        "offset": 0,
        "next": None,
    }
    assert (created["status"], created["site_id"]) == ("ACTIVE", "SITE-1")
    assert len(token) >= 32
    stored = postgres_server.psql(
        database_name, "SELECT encode(provision_token_hash, 'hex') FROM devices"
    )
    assert stored.strip() == hashlib.sha256(token.encode()).hexdigest()
    assert api.device_changes == [("TENANT1", "DEV-1")]


async def test_a_token_of_ones_own_is_taken(api: ApiForTests) -> None:
    async with api.client() as client:
        body = {"device_id": "DEV-1", "provision_token": "my own token"}
        answer = await client.post(PATH, json=body)
    assert answer.json()["provision_token"] == "my own token"
    assert answer.json()["site_id"] is None


async def test_a_device_is_registered_once_in_each_tenant(api: ApiForTests) -> None:
    async with api.client() as client:
        await client.post(PATH, json={"device_id": "DEV-1"})
        again = await client.post(PATH, json={"device_id": "DEV-1"})
    assert again.status_code == 409
    assert again.json()["errors"][0]["field"] == "device_id"
    async with api.client(make_token("TENANT2")) as other:
        assert (await other.get(PATH)).json()["total"] == 0
        assert (await other.post(PATH, json={"device_id": "DEV-1"})).status_code == 201


async def test_a_wrong_field_is_named(api: ApiForTests) -> None:
    wrong: list[dict[str, Any]] = [
        {"device_id": "a/b"},
        {"device_id": "a\n"},
        {"device_id": ""},
        {"device_id": "x" * 129},
        {"device_id": 7},
        {"site_id": ""},
        {"provision_token": "short"},
        {"status": "ACTIVE"},
        {"tenant_id": "TENANT2"},
    ]
    async with api.client() as client:
        for change in wrong:
            answer = await client.post(PATH, json={"device_id": "DEV-1"} | change)
            assert answer.status_code == 422
            assert [fault["field"] for fault in answer.json()["errors"]] == list(change)
    assert api.device_changes == []


async def test_what_an_id_may_be_is_said_in_words(api: ApiForTests) -> None:
    async with api.client() as client:
        answer = await client.post(PATH, json={"device_id": "a/b"})
    assert answer.json()["errors"][0]["message"] == (
        "expected str of 1 to 128 characters of A-Z a-z 0-9 _ . : -"
    )


async def test_a_device_is_moved_revoked_reinstated_and_removed(api: ApiForTests) -> None:
    async with api.client() as client:
        created = (await client.post(PATH, json={"device_id": "a:B_1.-", "site_id": "S"})).json()
        del created["provision_token"]
        one = f"{PATH}/a:B_1.-"
        assert (await client.get(one)).json() == created
        for change in (
            {"status": "REVOKED"},
            {"site_id": "Hall 2", "status": "ACTIVE"},
            {"site_id": None},
            {},
        ):
            created |= change
            answer = await client.patch(one, json=change)
            assert (answer.status_code, answer.json()) == (200, created)
        api.device_changes.clear()
        assert (await client.delete(one)).status_code == 204
        assert api.device_changes == [("TENANT1", "a:B_1.-")]
        gone = [
            await client.get(one),
            await client.patch(one, json={}),
            await client.delete(one),
            await client.post(f"{one}/rotate-token"),
        ]
    assert [answer.status_code for answer in gone] == [404] * 4


FILTERS: list[tuple[str, list[str]]] = [
    ("", ["DEV-1", "DEV-2", "PUMP-1", "PUMP-2"]),
    ("status=REVOKED", ["PUMP-2"]),
    ("site_id=S2", ["DEV-2", "PUMP-2"]),
    ("q=pump", ["PUMP-1", "PUMP-2"]),
    ("q=-1&site_id=S1", ["DEV-1", "PUMP-1"]),
    ("q=%25", []),
    ("q=", ["DEV-1", "DEV-2", "PUMP-1", "PUMP-2"]),
    ("group_id=1", ["DEV-1", "PUMP-2"]),
    ("group_id=1&status=ACTIVE", ["DEV-1"]),
    ("group_id=9223372036854775807", []),
    ("limit=1&offset=1", ["DEV-2"]),
]
WRONG = ["status=active", "group_id=0", "group_id=x", f"q={'x' * 129}", "site=S1", "q=%00"]


async def test_a_list_is_narrowed_and_a_wrong_filter_is_named(
    api: ApiForTests, postgres_server: PostgresForTests, database_name: str
) -> None:
    postgres_server.psql(
        database_name,
        """
        INSERT INTO devices (tenant_id, device_id, site_id, status) VALUES
          ('TENANT1', 'DEV-1', 'S1', 'ACTIVE'), ('TENANT1', 'DEV-2', 'S2', 'ACTIVE'),
          ('TENANT1', 'PUMP-1', 'S1', 'ACTIVE'), ('TENANT1', 'PUMP-2', 'S2', 'REVOKED'),
          ('TENANT2', 'PUMP-3', 'S1', 'ACTIVE');
        INSERT INTO device_groups (tenant_id, name) VALUES ('TENANT1', 'a group');
        INSERT INTO device_group_members (tenant_id, group_id, device_id) VALUES
          ('TENANT1', 1, 'DEV-1'), ('TENANT1', 1, 'PUMP-2');
        """,
    )
    async with api.client() as client:
        for query, found in FILTERS:
            listed = (await client.get(f"{PATH}?{query}")).json()
            assert [device["device_id"] for device in listed["devices"]] == found, query
            assert listed["total"] == (4 if "limit" in query else len(found))
        for query in WRONG:
            answer = await client.get(f"{PATH}?{query}")
            assert answer.status_code == 400
            assert [fault["field"] for fault in answer.json()["errors"]] == [query.split("=")[0]]


async def test_a_token_is_rotated_with_an_overlap_and_without(
    api: ApiForTests, database: Database
) -> None:
    source = PostgresDeviceSource(database)

    async def accepted(*tokens: str, at: datetime) -> list[bool]:
        found = await source.load_devices([("TENANT1", "DEV-1")])
        device = found.devices["TENANT1", "DEV-1"]
        return [device.accepts(hashlib.sha256(t.encode()).digest(), at) for t in tokens]

    rotate = f"{PATH}/DEV-1/rotate-token"
    now = datetime.now(UTC)
    async with api.client() as client:
        first = (await client.post(PATH, json={"device_id": "DEV-1"})).json()["provision_token"]
        answer = await client.post(rotate, json={"overlap_hours": 24})
        assert answer.status_code == 200
        assert answer.headers["Cache-Control"] == "no-store"
        second = answer.json()["provision_token"]
        until = datetime.fromisoformat(answer.json()["previous_token_until"])
        assert timedelta(0) <= until - now - timedelta(hours=24) < timedelta(minutes=1)
        assert (await client.get(f"{PATH}/DEV-1")).json()["previous_token_until"]
        assert await accepted(first, second, at=until - timedelta(seconds=1)) == [True, True]
        assert await accepted(first, second, at=until) == [False, True]

        at_once = await client.post(rotate, json={"provision_token": "a token of my own"})
        third = at_once.json()["provision_token"]
        assert third == "a token of my own"
        assert at_once.json()["previous_token_until"] is None
    assert await accepted(first, second, third, at=now) == [False, False, True]
    assert api.device_changes == [("TENANT1", "DEV-1")] * 3


async def test_a_rotation_that_is_wrong_changes_nothing(api: ApiForTests) -> None:
    wrong: list[dict[str, Any]] = [
        {"overlap_hours": -1},
        {"overlap_hours": 1e300},
        {"overlap_hours": "24"},
        {"provision_token": "short"},
        {"hours": 1},
    ]
    async with api.client() as client:
        await client.post(PATH, json={"device_id": "DEV-1"})
        for body in wrong:
            answer = await client.post(f"{PATH}/DEV-1/rotate-token", json=body)
            assert answer.status_code == 422
            assert [fault["field"] for fault in answer.json()["errors"]] == list(body)
    assert len(api.device_changes) == 1


async def test_another_tenants_device_is_not_found(api: ApiForTests) -> None:
    async with api.client() as client:
        await client.post(PATH, json={"device_id": "DEV-1"})
    async with api.client(make_token("TENANT2")) as other:
        answers = [
            await other.get(f"{PATH}/DEV-1"),
            await other.patch(f"{PATH}/DEV-1", json={"status": "REVOKED"}),
            await other.delete(f"{PATH}/DEV-1"),
            await other.post(f"{PATH}/DEV-1/rotate-token"),
            await other.get(f"{PATH}/DEV-1%2F..%2F"),
            await other.get(f"{PATH}/%F0%9F%A6%86'"),
        ]
    assert [answer.status_code for answer in answers] == [404] * 6
    async with api.client() as client:
        assert (await client.get(f"{PATH}/DEV-1")).json()["status"] == "ACTIVE"
