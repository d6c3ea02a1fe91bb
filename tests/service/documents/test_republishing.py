"""What docs/republishing.md shows and promises, on a real broker, as it stands there."""

from __future__ import annotations

import re
from typing import Any

import httpx2
import msgspec

from tests.support.commands.router import DEVICE_TOKEN, TENANT, World, make_token
from tests.support.documents import DOCS, examples
from tests.support.endurance.books import assert_books_balance
from tests.support.mqtt.fleet import payload
from tests.support.mqtt.publisher import open_publisher
from tests.support.mqtt.receiver import session_of
from tests.support.waiting import wait_until

DOCUMENT = "republishing.md"
MESSAGES = 60


def column(heading: str, place: int) -> dict[str, str]:
    """A column of the table whose first cell has this heading, by the first column."""
    lines = (DOCS / DOCUMENT).read_text().splitlines()
    start = next(n for n, line in enumerate(lines) if line.startswith(f"| {heading} |"))
    found = {}
    for line in lines[start + 2 :]:
        if not line.startswith("|"):
            break
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        found[cells[0].strip("`")] = cells[place]
    return found


async def create(world: World, route: dict[str, Any]) -> dict[str, Any]:
    headers = {"Authorization": f"Bearer {make_token()}"}
    async with httpx2.AsyncClient(base_url=world.router.url, headers=headers) as client:
        made = await client.post("/customer/message-routes", json=route)
    assert made.status_code == 201, made.text
    return dict(made.json())


async def publish(world: World, *payloads: bytes) -> None:
    async with open_publisher(world.broker.port) as publisher:
        for each in payloads:
            await publisher.publish(world.topic(0), each)
        await publisher.wait_for(len(payloads))


def reading(temperature: float) -> bytes:
    said = {"provision_token": DEVICE_TOKEN, "metrics": {"temperature": temperature}}
    return msgspec.json.encode(said)


async def test_the_route_of_the_document_sends_on_what_it_says(world: World) -> None:
    [example] = examples(DOCUMENT, "json")
    shown = msgspec.json.decode(example.text)
    await world.router.start_and_wait()
    made = await create(world, shown)
    assert {name: made[name] for name in shown} == shown
    async with session_of(world.broker, client_id="display", topics=["tenant/+/alerts/#"]) as hall:
        await publish(world, reading(70), reading(95.5), reading(80))
        await hall.got(1)
        await wait_until(lambda: world.value("SELECT count(*) FROM route_deliveries") == "0")
    [alert] = hall.publications
    config = shown["destination_config"]
    topic = config["topic"].format(tenant_id=TENANT, site_id="SITE-1", device_id="DEV-000")
    assert (alert.topic, int(alert.qos), alert.retain) == (topic, config["qos"], config["retain"])
    assert msgspec.json.decode(alert.payload) == {"metrics": {"temperature": 95.5}}
    told = column("property", 1)
    assert dict(alert.user_properties).keys() == told.keys()
    assert f"`{dict(alert.user_properties)['pulse-hops']}`" in told["pulse-hops"]
    books = assert_books_balance(world)
    assert (books["matched"], books["delivered"]) == (1, 1)


async def test_every_field_of_the_document_is_one_and_no_other(world: World) -> None:
    await world.router.start_and_wait()
    defaults = column("field", 2)
    config: dict[str, Any] = {"topic": f"tenant/{TENANT}/x", "max_in_flight": 5, "retry": {}}
    config |= {
        name: msgspec.json.decode(text.strip("`"))
        for name, text in defaults.items()
        if name not in config
    }
    assert config.keys() == defaults.keys()
    route = {"name": "r", "topic_filter": "nothing", "destination_type": "mqtt_republish"}
    assert (await create(world, route | {"destination_config": config}))["is_enabled"]
    headers = {"Authorization": f"Bearer {make_token()}"}
    async with httpx2.AsyncClient(base_url=world.router.url, headers=headers) as client:
        unknown = {"destination_config": config | {"url": "http://a/"}}
        refused = await client.post("/customer/message-routes", json=route | unknown)
    assert refused.status_code == 422
    [fault] = refused.json()["errors"]
    allowed = re.sub(r".*allowed are ", "", fault["message"]).split(", ")
    assert set(allowed) == defaults.keys()


async def test_an_ordered_route_keeps_the_order_and_leaves_the_newest_with_the_broker(
    world: World,
) -> None:
    topic = f"tenant/{TENANT}/state"
    await world.router.start_and_wait()
    config = {"topic": topic, "retain": True, "ordered": True}
    route = {"name": "r", "topic_filter": world.topic(0), "destination_type": "mqtt_republish"}
    await create(world, route | {"destination_config": config})
    async with session_of(world.broker, client_id="watcher", topics=[topic]) as watcher:
        await publish(world, *map(payload, range(MESSAGES)))
        await watcher.got(MESSAGES)
    numbers = [msgspec.json.decode(each)["metrics"]["number"] for each in watcher.payloads]
    assert numbers == list(range(MESSAGES))
    async with session_of(world.broker, client_id="late", topics=[topic]) as late:
        await late.got(1)
    [newest] = late.payloads
    assert msgspec.json.decode(newest)["metrics"]["number"] == MESSAGES - 1
    await wait_until(lambda: world.value("SELECT count(*) FROM route_deliveries") == "0")
    assert assert_books_balance(world)["delivered"] == MESSAGES
