"""Bodies of the user's shape from device to destination, by a whole router."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import msgspec
import trio

from tests.support.commands.router import DEVICE_TOKEN, TENANT, World
from tests.support.delivery.sink import WebhookSink
from tests.support.endurance.books import assert_books_balance
from tests.support.mqtt.publisher import open_publisher
from tests.support.mqtt.receiver import session_of
from tests.support.waiting import wait_until

TOKEN = "xoxb-0123456789"
EVERYTHING = ["{{ payload }}", "{{ payload.provision_token }}", "{{ provision_token }}"]
PATH = "/customer/message-routes"


def reading(**fields: Any) -> bytes:
    said = {"provision_token": DEVICE_TOKEN, "note": f"it is {DEVICE_TOKEN}", "metrics": {}}
    return msgspec.json.encode(said | fields)


async def publish(world: World, *payloads: bytes) -> None:
    async with open_publisher(world.broker.port) as publisher:
        for each in payloads:
            await publisher.publish(world.topic(0), each)
        await publisher.wait_for(len(payloads))


async def create(world: World, kind: str, config: dict[str, Any]) -> str:
    route = {"name": "Too hot", "topic_filter": "tenant/+/device/+/telemetry"}
    async with world.router.open_client() as client:
        made = await client.post(
            PATH, json=route | {"destination_type": kind, "destination_config": config}
        )
    assert made.status_code == 201, made.text
    return f"{PATH}/{made.json()['id']}"


async def settled(world: World) -> None:
    await wait_until(lambda: world.value("SELECT count(*) FROM route_deliveries") == "0")


@asynccontextmanager
async def running(world: World) -> AsyncIterator[WebhookSink]:
    """A router that works, and an endpoint; nothing of either holds a token afterwards."""
    sink = WebhookSink()
    sink.start()
    await world.router.start_and_wait()
    try:
        yield sink
    finally:
        sink.stop()
    tables = ("telemetry", "route_deliveries", "dead_letter_messages", "rejected_messages")
    for table in tables:
        held = f"SELECT count(*) FROM {table} AS t WHERE t::text LIKE '%{DEVICE_TOKEN}%'"
        assert world.value(held) == "0"
    assert await trio.to_thread.run_sync(world.router.stop) == 0
    for hidden in (TOKEN, DEVICE_TOKEN):
        assert hidden not in world.router.text


async def test_a_webhook_and_a_topic_get_the_body_that_their_routes_shape(world: World) -> None:
    async with running(world) as sink:
        url = f"http://127.0.0.1:{sink.port}/{{device_id}}/{{site_id}}?type={{msg_type}}"
        secret = {"template_secrets": {"token": TOKEN}, "format": "template"}
        template = {
            "token": "{{ secrets.token }}",
            "text": "{{ route.name }}: {{ device_id }} at {{ site_id }}, {{ temperature }}",
            "all": EVERYTHING,
        }
        await create(world, "webhook", {"url": url, "template": template, **secret})
        topic = f"tenant/{TENANT}/lines"
        line = {"format": "text", "template": "d={{ device_id }} s={{ site_id }} {{ payload }}"}
        await create(world, "mqtt_republish", {"topic": topic, "content_type": "text/csv", **line})
        async with session_of(world.broker, client_id="hall", topics=[topic]) as hall:
            await publish(world, reading(metrics={"temperature": 95.5}))
            await hall.got(1)
        await settled(world)
        [request], [line_got] = sink.received, hall.payloads
        said = {"note": "it is ********", "metrics": {"temperature": 95.5}}
        assert request.path == "/DEV-000/SITE-1?type=telemetry"
        assert request.json() == {
            "token": TOKEN,
            "text": "Too hot: DEV-000 at SITE-1, 95.5",
            "all": [said, None, None],
        }
        head, _, payload = line_got.decode().partition(" {")
        assert head == "d=DEV-000 s=SITE-1"
        assert json.loads("{" + payload) == said
        assert dict(hall.publications[0].user_properties)["pulse-hops"] == "1"
        assert assert_books_balance(world)["delivered"] == 2


async def test_a_mended_template_mends_what_is_pending_and_what_is_replayed(world: World) -> None:
    async with running(world) as sink:
        sink.status_of = lambda request: 204 if request.json().get("fit") else 503
        config = {
            "url": f"http://127.0.0.1:{sink.port}/",
            "format": "template",
            "template": {"t": "{{ temperature }}"},
            "retry": {"initial_seconds": 0.2, "max_seconds": 0.2, "max_attempts": 1000},
        }
        path = await create(world, "webhook", config)
        await publish(world, reading(metrics={"temperature": 1}))
        await wait_until(lambda: len(sink.received) >= 2)
        mended = {"template": {"fit": True, "t": "{{ temperature }}"}}
        async with world.router.open_client() as client:
            await client.patch(path, json={"destination_config": mended})
        await settled(world)
        assert sink.received[-1].json() == {"fit": True, "t": 1}
        ids = {request.headers["webhook-id"] for request in sink.received}
        assert len(ids) == 1

        growing = {"template": {"fit": True, "t": "{{ text | replace('a', 'aaaaaaaaaa') }}"}}
        async with world.router.open_client() as client:
            await client.patch(path, json={"destination_config": growing})
            before = len(sink.received)
            await publish(world, reading(text="a" * 50_000))
            await wait_until(
                lambda: world.value("SELECT count(*) FROM dead_letter_messages") == "1"
            )
            assert len(sink.received) == before
            [letter] = (await client.get("/customer/dead-letter")).json()["messages"]
            assert letter["error_message"] == (
                "the request cannot be made: a value in it is larger than 256 KiB"
            )
            assert letter["attempts"] == 1
            await client.patch(path, json={"destination_config": mended})
            replayed = await client.post(f"/customer/dead-letter/{letter['id']}/replay")
        assert replayed.json()["status"] == "REPLAYED"
        assert sink.received[-1].json() == {"fit": True, "t": None}


async def test_a_batch_of_templates_leaves_out_what_cannot_be_made(world: World) -> None:
    async with running(world) as sink:
        config = {
            "url": f"http://127.0.0.1:{sink.port}/",
            "format": "template",
            "template": {"n": "{{ n }}", "x": "{{ text | replace('a', 'aaaaaaaaaa') }}"},
            "batch": {"max_messages": 10, "max_wait_ms": 2000},
        }
        await create(world, "webhook", config)
        texts = ["a", "b", "a" * 50_000, "c"]
        await publish(world, *(reading(n=n, text=text) for n, text in enumerate(texts)))
        buried = "SELECT count(*) FROM dead_letter_messages"
        await wait_until(lambda: world.value(buried) == "1")
        await settled(world)
        got = [body["n"] for request in sink.received for body in request.json()]
        assert sorted(got) == [0, 1, 3]
        assert world.value("SELECT error_message FROM dead_letter_messages") == (
            "the request cannot be made: a value in it is larger than 256 KiB"
        )
        assert assert_books_balance(world)["delivered"] == 3
