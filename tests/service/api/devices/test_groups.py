"""Device groups over HTTP: named once in a tenant, and made of its own devices."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import msgspec
import trio
from trio_websocket import WebSocketConnection

from pulse_router.domain.messages import TelemetryEvent
from tests.support.api.server import ApiForTests, make_token

PATH = "/api/v1/customer/device-groups"
DEVICES = "/api/v1/customer/devices"


async def test_groups_are_listed_that_a_device_is_in(api: ApiForTests) -> None:
    async with api.client() as client:
        for device_id in ("DEV-1", "DEV-2"):
            await client.post(DEVICES, json={"device_id": device_id})
        for name, device_id in {"Pumps": "DEV-1", "Valves": "DEV-1", "Doors": "DEV-2"}.items():
            group = (await client.post(PATH, json={"name": name})).json()
            await client.put(f"{PATH}/{group['id']}/devices/{device_id}")

        async def names(**query: Any) -> list[str]:
            page = (await client.get(PATH, params=query)).json()
            assert page["total"] == (2 if query["device_id"] == "DEV-1" else 1)
            return [group["name"] for group in page["groups"]]

        assert await names(device_id="DEV-1") == ["Pumps", "Valves"]
        assert await names(device_id="DEV-1", limit=1) == ["Pumps"]
        assert await names(device_id="DEV-2") == ["Doors"]
        assert (await client.get(PATH, params={"device_id": "DEV-9"})).json()["groups"] == []


async def test_a_group_is_made_filled_renamed_and_removed(api: ApiForTests) -> None:
    async with api.client() as client:
        created = await client.post(PATH, json={"name": "Pumps"})
        group = created.json()
        one = f"{PATH}/{group['id']}"
        assert (created.status_code, created.headers["Location"]) == (201, one)
        for device_id in ("DEV-2", "DEV-1", "DEV-3"):
            await client.post(DEVICES, json={"device_id": device_id})
            for _ in range(2):  # it may be in it already
                answer = await client.put(f"{one}/devices/{device_id}")
                assert (answer.status_code, answer.content) == (204, b"")
        group["device_count"] = 3
        assert (await client.get(PATH)).json() == {
            "groups": [group],
            "total": 1,
            "total_is_exact": True,
            "limit": 50,
            "offset": 0,
            "next": None,
        }
        assert (await client.get(one, params={"limit": 1, "offset": 1})).json() == {
            "group": group,
            "device_ids": ["DEV-2"],
            "total": 3,
            "total_is_exact": True,
            "limit": 1,
            "offset": 1,
            "next": "WyJERVYtMiJd",
        }
        renamed = await client.put(one, json={"name": "Pumps in hall 2"})
        assert renamed.json() == group | {"name": "Pumps in hall 2"}
        assert (await client.delete(f"{one}/devices/DEV-2")).status_code == 204
        assert (await client.delete(f"{one}/devices/DEV-2")).status_code == 404
        assert (await client.delete(f"{DEVICES}/DEV-3")).status_code == 204
        assert (await client.get(one)).json()["device_ids"] == ["DEV-1"]
        assert (await client.delete(one)).status_code == 204
        gone = [
            await client.get(one),
            await client.put(one, json={"name": "x"}),
            await client.delete(one),
            await client.put(f"{one}/devices/DEV-1"),
        ]
        assert [answer.status_code for answer in gone] == [404] * 4
        assert (await client.get(f"{DEVICES}/DEV-1")).status_code == 200


async def test_a_name_is_1_to_100_characters_and_taken_once_in_a_tenant(api: ApiForTests) -> None:
    async with api.client() as client:
        await client.post(PATH, json={"name": "Pumps"})
        fans = (await client.post(PATH, json={"name": "Fans"})).json()["id"]
        for answer in (
            await client.post(PATH, json={"name": "Pumps"}),
            await client.put(f"{PATH}/{fans}", json={"name": "Pumps"}),
        ):
            assert answer.status_code == 409
            assert answer.json()["errors"] == [
                {"field": "name", "message": "is taken", "value": "Pumps"}
            ]
        listed = (await client.get(PATH)).json()["groups"]
        for name in ("", "x" * 101, 7, None):
            answer = await client.post(PATH, json={"name": name})
            assert answer.status_code == 422
            assert [fault["field"] for fault in answer.json()["errors"]] == ["name"]
    assert [group["name"] for group in listed] == ["Fans", "Pumps"]
    async with api.client(make_token("TENANT2")) as other:
        assert (await other.post(PATH, json={"name": "Pumps"})).status_code == 201


async def test_another_tenants_group_is_not_found_and_takes_nobody_in(api: ApiForTests) -> None:
    async with api.client() as client:
        await client.post(DEVICES, json={"device_id": "DEV-1"})
        own = (await client.post(PATH, json={"name": "Pumps"})).json()["id"]
        assert (await client.put(f"{PATH}/{own}/devices/NOBODY")).status_code == 404
    async with api.client(make_token("TENANT2")) as other:
        await other.post(DEVICES, json={"device_id": "DEV-2"})
        one = f"{PATH}/{own}"
        answers = [
            await other.get(one),
            await other.put(one, json={"name": "Mine"}),
            await other.delete(one),
            await other.put(f"{one}/devices/DEV-1"),
            await other.put(f"{one}/devices/DEV-2"),
            await other.delete(f"{one}/devices/DEV-1"),
            await other.get(f"{PATH}/99999999999999999999"),
        ]
        assert [answer.status_code for answer in answers] == [404] * 7
        assert (await other.get(PATH)).json()["total"] == 0
    async with api.client() as client:
        assert (await client.get(f"{PATH}/{own}")).json()["group"]["name"] == "Pumps"


def make_event(number: int, device_id: str) -> TelemetryEvent:
    return TelemetryEvent(
        event_id=number,
        tenant_id="TENANT1",
        device_id=device_id,
        site_id=None,
        topic=f"tenant/TENANT1/device/{device_id}/telemetry",
        time=datetime(2026, 2, 16, tzinfo=UTC),
        metrics={"temperature": 90},
    )


async def test_a_stream_that_is_narrowed_to_a_group_follows_it_at_once(api: ApiForTests) -> None:
    """Nothing listens to the database here: the answer itself says that the router has acted."""
    async with api.client() as client:
        await client.post(DEVICES, json={"device_id": "DEV-1"})
        await client.post(DEVICES, json={"device_id": "DEV-2"})
        one = f"{PATH}/{(await client.post(PATH, json={'name': 'Pumps'})).json()['id']}"
        await client.put(f"{one}/devices/DEV-2")
        async with api.stream(f"group_id={one.rpartition('/')[2]}") as stream:
            await read(stream)
            api.broadcaster.publish([make_event(1, "DEV-1"), make_event(2, "DEV-2")])
            assert (await read(stream))["id"] == "2"
            await client.put(f"{one}/devices/DEV-1")
            await client.delete(f"{DEVICES}/DEV-2")
            api.broadcaster.publish([make_event(3, "DEV-2"), make_event(4, "DEV-1")])
            assert (await read(stream))["id"] == "4"
            await client.delete(one)
            api.broadcaster.publish([make_event(5, "DEV-1")])
            await stream.send_message('{"action": "clear_filters"}')
            assert (await read(stream))["type"] == "filters_cleared"


async def read(stream: WebSocketConnection) -> Any:
    with trio.fail_after(20):
        return msgspec.json.decode(await stream.get_message())
