"""Live clients see what somebody else changes in the database, and how the books move."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import Any

import httpx2
import msgspec
import pytest
import trio

from tests.support.commands.router import DEVICE_TOKEN, TENANT, World, make_token
from tests.support.mqtt.publisher import Publisher, open_publisher
from tests.support.streams.bare_websocket import BareClient, masked, open_bare

SECONDS = 60
PATH = "/customer/telemetry/stream"


async def shown(
    world: World, publisher: Publisher, client: BareClient, rounds: Iterator[int]
) -> set[str]:
    """Publish for two devices in turn, and give whom the client sees; DEV-001 is in its group."""
    number = next(rounds)
    for device in (0, 1):
        payload = {"provision_token": DEVICE_TOKEN, "metrics": {"round": number}}
        await publisher.publish(world.topic(device), msgspec.json.encode(payload))
    seen: set[str] = set()
    while "DEV-001" not in seen:
        message = await client.message()
        assert message["metrics"] == {"round": number}
        seen.add(message["device_id"])
    return seen


@pytest.fixture(params=["listening", "polling"])
def told(world: World, request: pytest.FixtureRequest) -> World:
    """A router that the database tells of changes, and one that has to look for them."""
    if request.param == "polling":
        world.router.environment["PULSE_DATABASE_PGBOUNCER"] = "true"  # and no direct_url
    return world


async def test_a_device_is_shown_from_when_it_joins_a_group_until_it_leaves(told: World) -> None:
    world = told
    await world.router.start_and_wait()
    group = world.value(
        f"INSERT INTO device_groups (tenant_id, name) VALUES ('{TENANT}', 'g') RETURNING id"
    )

    def add(device: str) -> None:
        world.rows(
            "INSERT INTO device_group_members (group_id, tenant_id, device_id)"
            f" VALUES ({group}, '{TENANT}', '{device}')"
        )

    await trio.to_thread.run_sync(add, "DEV-001")
    rounds = itertools.count()
    bearer = f"Bearer {make_token()}"
    with trio.fail_after(SECONDS):
        async with (
            open_publisher(world.broker.port) as publisher,
            open_bare(
                world.router.http_port, f"{PATH}?group_id={group}", Authorization=bearer
            ) as client,
        ):
            assert (await client.message())["filters"]["group_ids"] == [int(group)]
            assert await shown(world, publisher, client, rounds) == {"DEV-001"}
            await trio.to_thread.run_sync(add, "DEV-000")
            while await shown(world, publisher, client, rounds) != {"DEV-000", "DEV-001"}:
                pass
            await trio.to_thread.run_sync(
                world.rows, "DELETE FROM device_group_members WHERE device_id = 'DEV-000'"
            )
            while await shown(world, publisher, client, rounds) != {"DEV-001"}:
                pass


async def test_alerts_are_shown_as_they_are_raised_and_closed(told: World) -> None:
    world = told
    await world.router.start_and_wait()
    bearer = f"Bearer {make_token()}"
    with trio.fail_after(SECONDS):
        async with open_bare(world.router.http_port, "/api/v2/ws", Authorization=bearer) as client:

            async def titles() -> list[str]:
                return [alert["title"] for alert in (await client.message())["alerts"]]

            await client.send(masked(b'{"action":"subscribe","type":"alerts"}'))
            assert (await client.message())["type"] == "subscribed"
            assert await titles() == []
            await trio.to_thread.run_sync(
                world.rows,
                "INSERT INTO alerts (tenant_id, device_id, severity, title, key) VALUES"
                f" ('{TENANT}', 'DEV-001', 'WARNING', 'hot', 'a'),"
                f" ('{TENANT}', 'DEV-001', 'INFO', 'old', 'b'),"
                " ('TENANT2', 'DEV-001', 'INFO', 'foreign', 'c')",
            )
            assert await titles() == ["old", "hot"]
            await trio.to_thread.run_sync(
                world.rows,
                "UPDATE alerts SET status = 'CLOSED', closed_at = now() WHERE title = 'hot'",
            )
            assert await titles() == ["old"]


async def test_an_overview_follows_the_books_and_is_told_what_is_changed(told: World) -> None:
    world = told
    await world.router.start_and_wait()
    bearer: dict[str, Any] = {"Authorization": f"Bearer {make_token()}"}
    made = {
        "name": "kept",
        "topic_filter": "tenant/+/device/+/telemetry",
        "destination_type": "postgresql",
    }
    with trio.fail_after(SECONDS):
        async with (
            open_publisher(world.broker.port) as publisher,
            open_bare(world.router.http_port, "/api/v2/ws", **bearer) as client,
            httpx2.AsyncClient(base_url=world.router.url, headers=bearer) as http,
        ):
            for channel in ("changes", "figures"):
                wish = msgspec.json.encode({"action": "subscribe", "type": channel})
                await client.send(masked(wish))
                assert (await client.message())["channel"] == channel
            route = (await http.post("/customer/message-routes", json=made)).json()["id"]
            await trio.to_thread.run_sync(
                world.rows, "UPDATE devices SET site_id = 'S' WHERE device_id = 'DEV-001'"
            )
            named: dict[str, set[object]] = {}
            while not named.keys() >= {"routes", "devices"}:
                for each in (await client.message()).get("changes", ()):
                    named.setdefault(each["kind"], set()).update(each["ids"] or ())
            # A router that polls says at its first look that anything may have changed.
            assert named["routes"] <= {route}
            assert named["devices"] <= {"DEV-001"}
            for number in range(5):
                payload = {"provision_token": DEVICE_TOKEN, "metrics": {"round": number}}
                await publisher.publish(world.topic(1), msgspec.json.encode(payload))
            added = {"stored": 0, "written": 0, "route": 0}
            while set(added.values()) != {5}:
                message = await client.message()
                if message["type"] == "figures":
                    added["stored"] += message["books"]["stored"]
                    added["written"] += message["books"]["written"]
                    moved = {each["route_id"]: each["delivered"] for each in message["routes"]}
                    added["route"] += moved.get(route, 0)
