"""A row of another version is left out of its list, and asked for by its id it is named."""

from __future__ import annotations

import pytest

from pulse_router.api.server.problem_body import CONTENT_TYPE
from tests.support.api.server import ApiForTests
from tests.support.hostile.ways import ANOTHER_VERSION
from tests.support.servers.postgres import PostgresForTests

ALERT = """
    INSERT INTO alerts (tenant_id, device_id, severity, title, key, status)
    VALUES ('TENANT1', 'D', {severity}, 't', {severity}, 'OPEN')
    """
DEVICE = """
    INSERT INTO devices (tenant_id, device_id, status) VALUES ('TENANT1', {status}, {status})
    """
LETTER = """
    INSERT INTO dead_letter_messages
      (delivery_id, tenant_id, route_id, device_id, event_id, event_time, original_topic, payload,
       destination_type, destination_config, error_message, attempts, status)
    VALUES ({id}, 'TENANT1', 1, 'D', 1, now(), 'a', '{{}}', 'webhook', '{{}}', 'e', 1, {status})
    """


@pytest.mark.parametrize(
    ("path", "list_name", "good", "foreign", "one"),
    [
        (
            "alerts",
            "alerts",
            ALERT.format(severity="'INFO'"),
            ALERT.format(severity="'AWFUL'"),
            "SELECT id FROM alerts WHERE severity = 'AWFUL'",
        ),
        (
            "devices",
            "devices",
            DEVICE.format(status="'ACTIVE'"),
            DEVICE.format(status="'ASLEEP'"),
            "SELECT device_id FROM devices WHERE status = 'ASLEEP'",
        ),
        (
            "dead-letter",
            "messages",
            LETTER.format(id=1, status="'FAILED'"),
            LETTER.format(id=2, status="'ARCHIVED'"),
            "SELECT id FROM dead_letter_messages WHERE status = 'ARCHIVED'",
        ),
    ],
)
async def test_a_row_of_another_version_costs_itself_only(
    api: ApiForTests,
    postgres_server: PostgresForTests,
    database_name: str,
    path: str,
    list_name: str,
    good: str,
    foreign: str,
    one: str,
) -> None:
    postgres_server.psql(database_name, f"{ANOTHER_VERSION} {good}; {foreign}")
    name = postgres_server.psql(database_name, one).strip()
    async with api.client() as client:
        listed = await client.get(f"/api/v1/customer/{path}")
        assert listed.status_code == 200
        assert len(listed.json()[list_name]) == 1
        assert listed.json()["total"] == 2
        asked = await client.get(f"/api/v1/customer/{path}/{name}")
    assert asked.status_code == 500
    assert asked.headers["Content-Type"] == CONTENT_TYPE
    assert name in asked.json()["detail"]
    assert "cannot read" in asked.json()["detail"]


async def test_a_route_of_another_version_is_shown_with_its_fault_and_replaced_as_a_whole(
    api: ApiForTests, postgres_server: PostgresForTests, database_name: str
) -> None:
    postgres_server.psql(
        database_name,
        f"""{ANOTHER_VERSION}
        INSERT INTO message_routes (tenant_id, name, topic_filter, destination_type, payload_filter)
        VALUES ('TENANT1', 'n', '#', 'carrier_pigeon', '[]')""",
    )
    async with api.client() as client:
        [route] = (await client.get("/api/v1/customer/message-routes")).json()["routes"]
        assert route["destination_type"] == "carrier_pigeon"
        assert "carrier_pigeon" in route["fault"]
        one = f"/api/v1/customer/message-routes/{route['id']}"
        # What cannot be read would be lost: its filter, for one.
        assert (await client.patch(one, json={"name": "m"})).status_code == 409
        whole = {"name": "m", "topic_filter": "#", "destination_type": "postgresql"}
        replaced = await client.put(one, json=whole)
        assert replaced.status_code == 200
        assert replaced.json()["fault"] is None
