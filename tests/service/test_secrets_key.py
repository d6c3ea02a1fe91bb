"""The whole router with a key for secrets: what is stored, sent, held back and sent after all."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from typing import Any

import httpx2
import pytest
import trio
from standardwebhooks.webhooks import Webhook

from tests.support.books import assert_books_balance
from tests.support.fleet import payload
from tests.support.publisher import open_publisher
from tests.support.router import World, make_token
from tests.support.sink import WebhookSink
from tests.support.waiting import wait_until

OLD, NEW = (base64.b64encode(byte * 32).decode() for byte in (b"o", b"n"))
ROUTES = "/api/v1/customer/message-routes"
SECRETS = ("hush-secret", "hush-header")


@pytest.fixture
def sink() -> Iterator[WebhookSink]:
    opened = WebhookSink()
    opened.start()
    yield opened
    opened.stop()


async def ask(world: World, method: str, path: str, body: dict[str, Any] | None = None) -> Any:
    headers = {"Authorization": f"Bearer {make_token()}"}
    async with httpx2.AsyncClient(trust_env=False, timeout=30) as client:
        answer = await client.request(method, world.router.url + path, json=body, headers=headers)
    assert answer.is_success, answer.text
    return answer.json()


async def begin(world: World, key: str) -> None:
    if world.router.is_running:
        await trio.to_thread.run_sync(world.router.stop)
    world.router.environment["PULSE_DELIVERY_SECRETS_KEY"] = key
    await world.router.start_and_wait()


async def publish(world: World, number: int) -> None:
    async with open_publisher(world.broker.port) as publisher:
        await publisher.publish(world.topic(), payload(number))
        await publisher.wait_for(1)


def stored(world: World) -> str:
    [[row]] = world.rows("SELECT to_jsonb(message_routes) - 'updated_at' FROM message_routes")
    return row


async def test_what_is_encrypted_is_signed_with_and_waits_for_its_key(
    world: World, sink: WebhookSink
) -> None:
    secret, header = SECRETS
    config = {
        "url": f"http://127.0.0.1:{sink.port}/hook",
        "secret": secret,
        "headers": {"X-Key": header},
    }
    route = {
        "name": "signed",
        "topic_filter": "tenant/+/device/+/telemetry",
        "destination_type": "webhook",
        "destination_config": config,
    }
    await begin(world, OLD)
    path = f"{ROUTES}/{(await ask(world, 'POST', ROUTES, route))['id']}"
    await publish(world, 1)
    await wait_until(lambda: len(sink.received) == 1)
    rotated = await ask(world, "POST", f"{path}/rotate-secret")
    message = {"topic": world.topic(), "payload": {"metrics": {"a": 1}}, "deliver": True}
    tested = await ask(world, "POST", f"{path}/test", message)
    first, test = sink.received
    assert tested["delivery"]["verdict"] == "delivered"
    assert test.headers["webhook-id"].startswith("test_")
    Webhook(secret.encode()).verify(first.body, first.headers)
    for each in (rotated["secret"], secret.encode()):
        Webhook(each).verify(test.body, test.headers)
    assert not [each for each in SECRETS if each in stored(world)]

    await begin(world, NEW)  # and the old one forgotten
    await publish(world, 2)
    shown = await ask(world, "GET", path)
    assert "is not in delivery.secrets_key" in shown["fault"]
    stats = await ask(world, "GET", f"{path}/stats")
    assert (stats["delivered"], stats["failed"], stats["pending"]) == (1, 0, 1)
    assert len(sink.received) == 2
    assert "add the key that they were encrypted with" in world.router.text
    metrics = world.router.get("/metrics")
    assert metrics is not None
    assert "pulse_routes_unreadable 1.0" in metrics.text

    await begin(world, f"{NEW},{OLD}")
    await wait_until(lambda: len(sink.received) == 3)
    last = sink.received[2]
    assert (last.headers["x-pulse-attempt"], last.headers["x-key"]) == ("1", header)
    for each in (rotated["secret"], secret.encode()):
        Webhook(each).verify(last.body, last.headers)
    await wait_until(lambda: "encrypted with the newest key" in world.router.text)
    assert (await ask(world, "GET", path))["fault"] is None
    await wait_until(lambda: world.value("SELECT count(*) FROM route_deliveries") == "0")
    stats = await ask(world, "GET", f"{path}/stats")
    assert (stats["delivered"], stats["pending"], stats["breaker"]) == (2, 0, "closed")
    assert stats["latency"]["attempts"] == 1
    assert not [each for each in SECRETS if each in stored(world) + world.router.text]
    assert assert_books_balance(world)["delivered"] == 2
