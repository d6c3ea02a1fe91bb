"""Republishing, on a real broker and database: what arrives, what is refused, and no loop."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from typing import Any

import attrs
import httpx2
import mqtt5
import pytest
import trio

from pulse_router.embedded.ports import find_free
from tests.support.commands.router import TENANT, RouterProcess, World, make_token
from tests.support.endurance.books import assert_books_balance, assert_router_says_so
from tests.support.mqtt.fleet import Fleet, payload
from tests.support.mqtt.publisher import open_publisher
from tests.support.mqtt.receiver import Receiver, session_of
from tests.support.waiting import wait_until


def add_route(world: World, device: int, topic: str, **config: Any) -> int:
    """A route for one device's messages."""
    stored = json.dumps({"topic": topic, **config})
    return int(
        world.value(
            "INSERT INTO message_routes"
            " (tenant_id, name, topic_filter, destination_type, destination_config) VALUES"
            f" ('{TENANT}', 'r', '{world.topic(device)}', 'mqtt_republish', '{stored}')"
            " RETURNING id"
        )
    )


async def publish(world: World, *devices: int) -> None:
    async with open_publisher(world.broker.port) as publisher:
        for device in devices:
            await publisher.publish(world.topic(device), payload(device))
        await publisher.wait_for(len(devices))


@asynccontextmanager
async def watching(world: World, *topics: str) -> AsyncIterator[Receiver]:
    async with session_of(world.broker, client_id="watcher", topics=topics) as receiver:
        yield receiver


def properties(publication: mqtt5.PublishPacket) -> dict[str, str]:
    return dict(publication.user_properties)


async def settled(world: World) -> None:
    await wait_until(lambda: world.value("SELECT count(*) FROM route_deliveries") == "0")


def dead_letters(world: World) -> dict[str, str]:
    """The errors of what has died, by the device."""
    rows = world.rows("SELECT device_id, error_message FROM dead_letter_messages")
    return {row[0]: row[1] for row in rows}


def restrict(world: World) -> None:
    """Have the broker refuse what is written to `actions/secret`."""
    access = world.broker.folder / "access"
    rules = ["topic readwrite tenant/#", "topic readwrite actions/open/#", "topic read actions/#"]
    access.write_text("\n".join(rules) + "\n")
    access.chmod(0o644)
    world.broker.configure(f"acl_file {access}")
    world.broker.stop()
    world.broker.start()


async def assert_only_what_stays_inside_can_be_saved(world: World) -> None:
    path = "/customer/message-routes"
    body = {"name": "r", "topic_filter": "nothing", "destination_type": "mqtt_republish"}
    headers = {"Authorization": f"Bearer {make_token()}"}
    async with httpx2.AsyncClient(base_url=world.router.url, headers=headers) as client:
        for topic in ("tenant/T2/x", "all/T2/x", "tenant/{device_id}/x", "elsewhere"):
            refused = await client.post(path, json=body | {"destination_config": {"topic": topic}})
            assert refused.status_code == 422
            [fault] = refused.json()["errors"]
            assert fault["field"] == "destination_config.topic"
            assert fault["message"].startswith("must begin with tenant/TENANT1/ or actions/ or all")
        config = {"topic": "all/{tenant_id}/{device_id}"}
        made = await client.post(path, json=body | {"destination_config": config})
        assert made.status_code == 201
        moved = {"destination_config": {"topic": "tenant/+/x"}}
        one = f"{path}/{made.json()['id']}"
        assert (await client.patch(one, json=moved)).status_code == 422


async def test_what_matches_is_published_confirmed_and_counted(world: World) -> None:
    restrict(world)
    world.router.environment["PULSE_DELIVERY_REPUBLISH_PREFIXES"] = "actions/,all/{tenant_id}/"
    add_route(world, 0, "tenant/{tenant_id}/alerts/{site_id}/{device_id}-{msg_type}")
    add_route(world, 1, "actions/open/kept", qos=0, retain=True)
    add_route(world, 2, "actions/open/once", qos=2)
    add_route(world, 3, "actions/secret")
    add_route(world, 4, "elsewhere/{device_id}")
    await world.router.start_and_wait()
    await assert_only_what_stays_inside_can_be_saved(world)
    alerts, actions = f"tenant/{TENANT}/alerts/#", "actions/#"
    async with watching(world, alerts, actions) as watcher:
        await publish(world, 0, 1, 2, 3, 4)
        await settled(world)
        await watcher.got(3)
        # This broker cuts the line for each message that it refuses; its neighbour must not die.
        await publish(world, *([0, 3] * 25))
        await settled(world)
        await wait_until(lambda: len(delivery_ids(watcher)) == 3 + 25)
    by_topic = {publication.topic: publication for publication in watcher.publications}
    assert sorted(by_topic) == [
        "actions/open/kept",
        "actions/open/once",
        f"tenant/{TENANT}/alerts/SITE-1/DEV-000-telemetry",
    ]
    for publication in by_topic.values():
        assert properties(publication)["pulse-hops"] == "1"
        assert int(properties(publication)["pulse-delivery-id"]) > 0
        assert b"provision_token" not in publication.payload
    said = json.loads(by_topic[f"tenant/{TENANT}/alerts/SITE-1/DEV-000-telemetry"].payload)
    assert said["metrics"]["number"] == 0

    async with session_of(world.broker, client_id="late", topics=[actions]) as late:
        await late.got(1)
    [kept] = late.publications
    assert (kept.topic, kept.retain, int(kept.qos)) == ("actions/open/kept", True, 0)

    errors = dead_letters(world)
    assert sorted(errors) == ["DEV-003", "DEV-004"]
    assert "not authorized; let the broker's access list" in errors["DEV-003"]
    assert "topic must begin with tenant/TENANT1/ or actions/ or all/TENANT1/" in errors["DEV-004"]
    books = assert_books_balance(world)
    assert (books["delivered"], books["dead_lettered"]) == (3 + 25, 2 + 25)
    assert books["duplicate"] == 0
    await assert_router_says_so(world)
    assert world.router.stop() == 0


@attrs.define
class Pair:
    """Two routers that share one subscription and one queue."""

    first: RouterProcess
    second: RouterProcess


@pytest.fixture
def pair(world: World) -> Iterator[Pair]:
    shared = world.router.environment | {"PULSE_MQTT_SHARE_GROUP": "routers"}
    world.router.environment = shared | {"PULSE_MQTT_CLIENT_ID": "router-a"}
    other = RouterProcess(
        shared | {"PULSE_MQTT_CLIENT_ID": "router-b"},
        http_port=find_free(),
    )
    yield Pair(world.router, other)
    if other.is_running:
        other.stop()


async def test_what_is_republished_into_the_subscription_does_not_go_round(
    world: World, pair: Pair
) -> None:
    routes = 3
    for device in range(routes):  # each leads to the next, and the last one to the first
        add_route(world, device, world.topic((device + 1) % routes))
    await pair.first.start_and_wait()
    await pair.second.start_and_wait()
    sent = 60
    async with watching(world, world.topic(0), world.topic(1), world.topic(2)) as watcher:
        await publish(world, *(number % routes for number in range(sent)))
        # One more for each: what the devices sent, and what the routes made of it.
        await watcher.got(2 * sent)
        await settled(world)
        await wait_until(lambda: counted(world, "duplicate") == sent)
    assert len(watcher.publications) == 2 * sent
    assert world.value("SELECT count(*) FROM telemetry") == str(sent)
    books = assert_books_balance(world)
    assert (books["received"], books["stored"], books["matched"]) == (2 * sent, sent, sent)
    assert books["delivered"] == sent


def counted(world: World, name: str) -> int:
    """What the router has counted so far."""
    return int(world.value(f"SELECT coalesce(sum({name}), 0) FROM ingest_batches"))


async def test_neither_a_restarted_broker_nor_a_killed_router_costs_a_message(
    world: World,
) -> None:
    add_route(world, 0, "tenant/{tenant_id}/copy", qos=1)
    await world.router.start_and_wait()
    fleet = Fleet(world, devices=1)
    has_restarted = trio.Event()

    async def publish_all() -> None:
        await fleet.publish(range(300), per_second=300)
        await has_restarted.wait()
        await fleet.publish(range(300, 600), per_second=300)

    async with watching(world, f"tenant/{TENANT}/copy") as watcher:
        async with trio.open_nursery() as nursery:
            nursery.start_soon(publish_all)
            await watcher.got(50)
            await trio.to_thread.run_sync(world.broker.stop)
            await trio.to_thread.run_sync(world.broker.start)
            seen = len(watcher.publications)
            has_restarted.set()
            await watcher.got(seen + 50)
            await trio.to_thread.run_sync(world.router.kill)
            await world.router.start_and_wait()
        await settled(world)
        stored = int(world.value("SELECT count(*) FROM telemetry"))
        assert stored >= len(fleet.acknowledged) == 600
        await wait_until(lambda: len(delivery_ids(watcher)) == stored)
    books = assert_books_balance(world)
    assert books["delivered"] == stored
    assert world.router.stop() == 0


def delivery_ids(watcher: Receiver) -> set[str]:
    return {properties(one)["pulse-delivery-id"] for one in watcher.publications}
