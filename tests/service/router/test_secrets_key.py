"""The whole router with a key for secrets: what is stored, sent, held back and sent after all."""

from __future__ import annotations

import base64
from typing import Any

import attrs
import httpx2
import trio
from standardwebhooks.webhooks import Webhook

from pulse_router.domain.routes import DestinationType, RouteDraft
from pulse_router.domain.secrets.sealing import Sealer, parse_keys
from pulse_router.domain.secrets.signing_secrets import SigningSecret
from pulse_router.postgres.database import Database
from pulse_router.stores.routes.routes import PostgresRouteStore
from tests.support.commands.router import TENANT, World, make_token
from tests.support.delivery.sink import WebhookSink
from tests.support.endurance.books import assert_books_balance
from tests.support.mqtt.fleet import payload
from tests.support.mqtt.publisher import open_publisher
from tests.support.waiting import wait_until

OLD, NEW = (base64.b64encode(byte * 32).decode() for byte in (b"o", b"n"))
ROUTES = "/api/v1/customer/message-routes"
SECRETS = ("hush-secret", "hush-header")


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


async def test_what_is_encrypted_waits_for_its_key_and_is_signed_with_it(
    world: World, sink: WebhookSink, database: Database
) -> None:
    secret, header = SECRETS
    config = {"url": f"http://127.0.0.1:{sink.port}/hook", "headers": {"X-Key": header}}
    kind = DestinationType.WEBHOOK
    draft = RouteDraft("signed", "tenant/+/device/+/telemetry", kind, config, None, True)
    draft = attrs.evolve(draft, secrets=(SigningSecret(secret),))
    store = PostgresRouteStore(database, Sealer(parse_keys(OLD)))
    path = f"{ROUTES}/{(await store.create_route(TENANT, draft)).id}"

    await begin(world, NEW)  # and the old one forgotten
    await publish(world, 1)
    shown = await ask(world, "GET", path)
    assert "is not in delivery.secrets_key" in shown["fault"]
    stats = await ask(world, "GET", f"{path}/stats")
    assert (stats["delivered"], stats["failed"], stats["pending"]) == (0, 0, 1)
    await wait_until(lambda: "add the key that they were encrypted with" in world.router.text)
    metrics = world.router.get("/metrics")
    assert metrics is not None
    assert "pulse_routes_unreadable 1.0" in metrics.text
    assert sink.received == []

    await begin(world, f"{NEW},{OLD}")
    await wait_until(lambda: len(sink.received) == 1)
    first = sink.received[0]
    assert (first.headers["x-pulse-attempt"], first.headers["x-key"]) == ("1", header)
    Webhook(secret.encode()).verify(first.body, first.headers)
    await wait_until(lambda: "encrypted with the newest key" in world.router.text)
    assert (await ask(world, "GET", path))["fault"] is None

    rotated = await ask(world, "POST", f"{path}/rotate-secret")
    message = {"topic": world.topic(), "payload": {"metrics": {"a": 1}}, "deliver": True}
    tested = await ask(world, "POST", f"{path}/test", message)
    assert tested["delivery"]["verdict"] == "delivered"
    await publish(world, 2)
    await wait_until(lambda: len(sink.received) == 3)
    _, test, last = sink.received
    assert test.headers["webhook-id"].startswith("test_")
    for received in (test, last):
        for each in (rotated["secret"], secret.encode()):
            Webhook(each).verify(received.body, received.headers)

    await wait_until(lambda: world.value("SELECT count(*) FROM route_deliveries") == "0")
    stats = await ask(world, "GET", f"{path}/stats")
    assert (stats["delivered"], stats["pending"], stats["breaker"]) == (2, 0, "closed")
    assert stats["latency"]["attempts"] == 3
    hidden = (*SECRETS, rotated["secret"])
    assert not [each for each in hidden if each in stored(world) + world.router.text]
    assert assert_books_balance(world)["delivered"] == 2
