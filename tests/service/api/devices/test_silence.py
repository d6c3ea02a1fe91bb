"""Silent devices: listed, in the order of their silence, and counted by site."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.api.server import ApiForTests, make_token
from tests.support.servers.postgres import PostgresForTests

PATH = "/api/v1/customer/devices"
COUNTS = "/api/v1/customer/device-counts"
FILL = """
INSERT INTO devices (tenant_id, device_id, site_id, status, created_at, last_seen_at)
SELECT tenant, device, site, status, now() - made * interval '1 minute',
       now() - heard * interval '1 minute'
FROM (VALUES
  ('TENANT1', 'FRESH', 'A', 'ACTIVE', 600, 1),
  ('TENANT1', 'QUIET', 'A', 'ACTIVE', 600, 590),
  ('TENANT1', 'LONG', 'B', 'ACTIVE', 500, 400),
  ('TENANT1', 'NEVER', NULL, 'ACTIVE', 60, NULL),
  ('TENANT1', 'NEW', NULL, 'ACTIVE', 2, NULL),
  ('TENANT1', 'GONE', 'A', 'REVOKED', 600, 500),
  ('TENANT2', 'OTHER', 'A', 'ACTIVE', 600, 600)
) AS given (tenant, device, site, status, made, heard);
INSERT INTO device_last_seen (tenant_id, device_id, at)
VALUES ('TENANT1', 'QUIET', now() - interval '30 minutes'),
       ('TENANT2', 'LONG', now())
"""


@pytest.fixture(autouse=True)
def devices(postgres_server: PostgresForTests, database_name: str) -> None:
    postgres_server.psql(database_name, FILL)


async def get(api: ApiForTests, path: str, *, token: str = "") -> Any:
    async with api.client(token) as client:
        answer = await client.get(path)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def ids(api: ApiForTests, query: str) -> list[str]:
    """The ids of a list, a page of two after the other."""
    found: list[str] = []
    after = ""
    while True:
        page = await get(api, f"{PATH}?limit=2&{query}{after}")
        found += [device["device_id"] for device in page["devices"]]
        if page["next"] is None:
            assert page["total"] == len(found)
            return found
        after = f"&after={page['next']}"


async def test_devices_are_silent_since_they_were_heard_of_or_registered(api: ApiForTests) -> None:
    assert await ids(api, "silent_for=900") == ["GONE", "LONG", "NEVER", "QUIET"]
    assert await ids(api, "silent_for=900&status=ACTIVE&site_id=A") == ["QUIET"]
    assert await ids(api, "silent_for=864000") == []


async def test_the_order_is_by_silence_or_by_age_also_from_page_to_page(api: ApiForTests) -> None:
    in_order = ["GONE", "LONG", "NEVER", "QUIET", "NEW", "FRESH"]
    assert await ids(api, "sort=silent") == in_order
    assert await ids(api, "sort=silent&silent_for=900&status=ACTIVE") == in_order[1:4]
    assert await ids(api, "sort=newest") == ["NEW", "NEVER", "LONG", "QUIET", "GONE", "FRESH"]
    assert await ids(api, "sort=device_id") == sorted(in_order)


async def test_counts_are_by_site_and_status(api: ApiForTests) -> None:
    told = await get(api, f"{COUNTS}?silent_for=900")
    assert told == {
        "total": 6,
        "active": 5,
        "revoked": 1,
        "silent": 3,
        "sites": [
            {"site_id": "A", "active": 2, "revoked": 1, "silent": 1},
            {"site_id": None, "active": 2, "revoked": 0, "silent": 1},
            {"site_id": "B", "active": 1, "revoked": 0, "silent": 1},
        ],
        "sites_are_all": True,
    }
    told = await get(api, COUNTS)
    assert (told["silent"], told["sites"][0]["silent"]) == (None, None)
    nobody = await get(api, COUNTS, token=make_token("TENANT3"))
    assert (nobody["total"], nobody["sites"]) == (0, [])


async def test_a_place_of_another_order_is_refused(api: ApiForTests) -> None:
    async with api.client() as client:
        page = (await client.get(f"{PATH}?limit=1&sort=silent")).json()
        answer = await client.get(f"{PATH}?after={page['next']}")
        bad = await client.get(f"{PATH}?sort=loud")
    assert (answer.status_code, bad.status_code) == (400, 400)
