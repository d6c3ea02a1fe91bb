"""The main job, end to end: the sequence of the README, by its own commands, on real servers."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx2
import msgspec
import standardwebhooks
import trio
import trio_websocket

from tests.support.commands.demo import Demo
from tests.support.commands.main_job import (
    TOPIC,
    create_route,
    query,
    route_to,
    wait_for_balanced_books,
)
from tests.support.delivery.sink import WebhookSink
from tests.support.mqtt.publisher import open_publisher
from tests.support.waiting import wait_for, wait_until


async def publish(demo: Demo, temperature: float) -> None:
    """As a newcomer does it: MQTT 3.1.1, QoS 0, an old timestamp."""
    payload = {
        "ts": "2026-02-16T00:00:00Z",
        "site_id": "SITE-1",
        "provision_token": demo.device_token,
        "metrics": {"temperature": temperature},
    }
    await trio.run_process(
        [
            *("mosquitto_pub", "-h", "localhost", "-p", str(demo.mqtt_port)),
            *("-t", TOPIC, "-m", msgspec.json.encode(payload).decode()),
        ]
    )


async def dead_letters(api: httpx2.AsyncClient, route_id: int) -> list[dict[str, Any]]:
    answer = await api.get("/customer/dead-letter", params={"route_id": route_id})
    assert answer.status_code == 200, answer.text
    return list(answer.json()["messages"])


async def test_a_reading_becomes_a_row_and_a_signed_webhook(
    demo: Demo, api: httpx2.AsyncClient, sink: WebhookSink
) -> None:
    secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
    await create_route(api, route_to(sink, secret=secret))
    await publish(demo, 95.5)
    await publish(demo, 79.5)
    await wait_until(lambda: bool(sink.received))
    [request] = sink.received
    assert request.path == "/hook"
    assert request.json() == {
        "ts": "2026-02-16T00:00:00Z",
        "site_id": "SITE-1",
        "metrics": {"temperature": 95.5},
    }
    assert standardwebhooks.Webhook(secret).verify(request.body, request.headers)
    assert request.headers["x-signature-256"].startswith("sha256=")
    assert request.headers["x-pulse-topic"] == TOPIC
    assert request.headers["x-pulse-attempt"] == "1"
    rows = await query(
        demo,
        "SELECT tenant_id, device_id, site_id, time::text, metrics::text FROM telemetry"
        " WHERE metrics @> '{\"temperature\": 95.5}'",
    )
    assert rows == [
        ("TENANT1", "DEV-001", "SITE-1", "2026-02-16 00:00:00+00", '{"temperature": 95.5}')
    ]


async def test_what_cannot_be_delivered_is_retried_buried_and_replayed(
    demo: Demo, api: httpx2.AsyncClient, sink: WebhookSink
) -> None:
    sink.stop()
    route_id = await create_route(api, route_to(sink))
    await publish(demo, 90)
    [letter] = await wait_for(lambda: dead_letters(api, route_id))
    assert letter["status"] == "FAILED"
    assert letter["attempts"] == 5
    assert letter["original_topic"] == TOPIC
    assert letter["payload"]["metrics"] == {"temperature": 90}

    sink.port = 0
    sink.start()
    answer = await api.patch(
        f"/customer/message-routes/{route_id}",
        json={"destination_config": route_to(sink)["destination_config"]},
    )
    assert answer.status_code == 200, answer.text
    answer = await api.post(f"/customer/dead-letter/{letter['id']}/replay")
    assert answer.status_code == 200, answer.text
    assert answer.json() == {"id": letter["id"], "status": "REPLAYED"}
    [request] = sink.received
    assert request.json()["metrics"] == {"temperature": 90}
    [letter] = await dead_letters(api, route_id)
    assert letter["status"] == "REPLAYED"


@asynccontextmanager
async def open_stream(demo: Demo, query: str = "") -> AsyncIterator[Any]:
    url = f"ws://localhost:{demo.http_port}/api/v1/customer/telemetry/stream?token={demo.token()}"
    async with trio_websocket.open_websocket_url(url + query) as websocket:
        yield websocket


async def receive(websocket: Any, kind: str) -> dict[str, Any]:
    with trio.fail_after(20):
        while True:
            message: dict[str, Any] = msgspec.json.decode(await websocket.get_message())
            if message["type"] == kind:
                return message


async def test_a_live_client_sees_telemetry_as_it_is_published(demo: Demo) -> None:
    async with open_stream(demo, "&device_id=DEV-001") as websocket:
        connected = await receive(websocket, "connected")
        assert connected["tenant_id"] == "TENANT1"
        await publish(demo, 33.25)
        event = await receive(websocket, "telemetry")
    assert event["device_id"] == "DEV-001"
    assert event["metrics"] == {"temperature": 33.25}
    assert event["timestamp"] == "2026-02-16T00:00:00Z"
    sql = "SELECT event_id FROM telemetry WHERE metrics @> '{\"temperature\": 33.25}'"
    [(event_id,)] = await wait_for(lambda: query(demo, sql))  # shown before it is committed
    assert event["id"] == str(event_id)


async def test_bad_messages_become_rejections_and_stop_nothing(demo: Demo) -> None:
    good = {"provision_token": demo.device_token, "metrics": {"temperature": 11.5}}
    bad = [
        (TOPIC, b"{not json"),
        ("tenant/TENANT1/device/DEV-001/a b", b"{}"),
        ("tenant/TENANT1/device/NOBODY/telemetry", msgspec.json.encode(good)),
        (TOPIC, msgspec.json.encode(good | {"provision_token": "wrong-token-wrong"})),
    ]
    async with open_publisher(demo.mqtt_port) as publisher:
        for topic, payload in [*bad, (TOPIC, msgspec.json.encode(good))]:
            await publisher.publish(topic, payload)
        await publisher.wait_for(5)
    await wait_for(
        lambda: query(demo, "SELECT 1 FROM telemetry WHERE metrics @> '{\"temperature\": 11.5}'")
    )
    rejected = await query(demo, "SELECT reason, payload FROM rejected_messages ORDER BY id")
    assert [reason for reason, _ in rejected] == [
        "BAD_JSON",
        "BAD_TOPIC",
        "UNREGISTERED_DEVICE",
        "TOKEN_INVALID",
    ]
    for _, payload in rejected:
        assert demo.device_token.encode() not in payload
        assert b"wrong-token-wrong" not in payload
    await wait_for_balanced_books(demo)
