"""Devices over HTTP: registered once, shown without their token, kept from other tenants."""

from __future__ import annotations

import hashlib
from typing import Any

import pytest

from tests.support.api import ApiForTests, make_token
from tests.support.postgres import PostgresForTests

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
    assert listed == {"devices": [created], "total": 1, "limit": 50, "offset": 0}
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


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"device_id": "a/b"}, "device_id"),
        ({"device_id": "a\n"}, "device_id"),
        ({"device_id": ""}, "device_id"),
        ({"device_id": "x" * 129}, "device_id"),
        ({"device_id": 7}, "device_id"),
        ({"site_id": ""}, "site_id"),
        ({"provision_token": "short"}, "provision_token"),
        ({"status": "ACTIVE"}, "status"),
        ({"tenant_id": "TENANT2"}, "tenant_id"),
    ],
)
async def test_a_wrong_field_is_named(api: ApiForTests, change: dict[str, Any], field: str) -> None:
    async with api.client() as client:
        answer = await client.post(PATH, json={"device_id": "DEV-1"} | change)
    assert answer.status_code == 422
    assert [fault["field"] for fault in answer.json()["errors"]] == [field]
    assert api.device_changes == []
