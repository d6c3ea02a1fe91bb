"""The main job, end to end: the sequence of the README, by its own commands, on real servers."""

from __future__ import annotations

import signal
import subprocess
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from typing import Any

import httpx2
import msgspec
import pytest
import standardwebhooks
import trio
import trio_asyncio
import trio_websocket
from tests.support.demo import Demo, open_demo
from tests.support.publisher import open_publisher
from tests.support.sink import WebhookSink

from pulse_router.postgres.database import open_database
from pulse_router.stores.roles import Role
from tests.support.waiting import wait_for, wait_until

ROUTE: dict[str, Any] = {
    "name": "Forward high-temp readings",
    "topic_filter": "tenant/+/device/+/telemetry",
    "destination_type": "webhook",
    "destination_config": {"url": "http://localhost:9999/hook", "method": "POST"},
    "payload_filter": {"temperature": {"$gt": 80}},
    "is_enabled": True,
}
TOPIC = "tenant/TENANT1/device/DEV-001/telemetry"


@pytest.fixture(scope="module")
def demo() -> Iterator[Demo]:
    with open_demo("--no-simulator", "--no-sink") as opened:
        yield opened


@pytest.fixture
def sink() -> Iterator[WebhookSink]:
    opened = WebhookSink()
    opened.start()
    yield opened
    opened.stop()


@pytest.fixture
async def api(demo: Demo) -> AsyncIterator[httpx2.AsyncClient]:
    headers = {"Authorization": f"Bearer {demo.token()}"}
    async with httpx2.AsyncClient(base_url=demo.url, headers=headers, timeout=30) as client:
        yield client
        for route in (await client.get("/customer/message-routes")).json()["routes"]:
            await client.delete(f"/customer/message-routes/{route['id']}")


def route_to(sink: WebhookSink, **changes: Any) -> dict[str, Any]:
    config = {"url": f"http://localhost:{sink.port}/hook", "method": "POST"} | changes
    return ROUTE | {"destination_config": config}


async def create_route(api: httpx2.AsyncClient, body: dict[str, Any]) -> int:
    answer = await api.post("/customer/message-routes", json=body)
    assert answer.status_code == 201, answer.text
    return int(answer.json()["id"])


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


async def wait_for_balanced_books(demo: Demo) -> None:
    """Wait until nothing is in hand; then the router's own books must balance."""
    async with httpx2.AsyncClient(base_url=demo.url, timeout=30) as client:

        async def settled() -> dict[str, Any]:
            ledger: dict[str, Any] = (await client.get("/health")).json()["ledger"]
            return ledger if ledger["in_hand"] == 0 else {}

        ledger = await wait_for(settled)
    assert ledger["balanced"], ledger


async def query(demo: Demo, sql: str) -> list[tuple[Any, ...]]:
    async with (
        trio_asyncio.open_loop(),
        open_database(demo.database_url) as database,
        database.transaction(Role.OPERATOR, read_only=True) as transaction,
    ):
        return [tuple(row) for row in await transaction.fetch(sql)]


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


def numbered(demo: Demo, first: int, count: int) -> Iterator[tuple[str, bytes]]:
    for number in range(first, first + count):
        yield (
            TOPIC,
            msgspec.json.encode(
                {
                    "provision_token": demo.device_token,
                    "metrics": {"temperature": 90, "number": number},
                }
            ),
        )


async def wait_for_numbers(demo: Demo, first: int, count: int) -> None:
    """Wait until every number is stored; then none may be missing and none doubled."""
    sql = (
        "SELECT (metrics->>'number')::bigint AS number, count(*) FROM telemetry"
        f" WHERE (metrics->>'number')::bigint BETWEEN {first} AND {first + count - 1} GROUP BY 1"
    )

    async def all_rows() -> list[tuple[Any, ...]]:
        rows = await query(demo, sql)
        return rows if len(rows) >= count else []

    rows = await wait_for(all_rows)
    assert [number for number, times in rows if times != 1] == []


async def test_kill_9_under_load_loses_no_row_and_no_delivery(
    demo: Demo, api: httpx2.AsyncClient, sink: WebhookSink
) -> None:
    count = 4_000
    await create_route(api, route_to(sink))
    async with open_publisher(demo.mqtt_port) as publisher, trio.open_nursery() as nursery:
        messages = list(numbered(demo, 0, count))

        async def publish_all() -> None:
            await publisher.publish_all(messages, per_second=2_000)

        nursery.start_soon(publish_all)
        await wait_until(lambda: len(sink.received) > 50)
        demo.kill()
        await trio.to_thread.run_sync(demo.start)
        await publisher.wait_for(count)
    await wait_for_numbers(demo, 0, count)

    def delivered() -> set[int]:
        return {request.json()["metrics"]["number"] for request in list(sink.received)}

    await wait_until(lambda: len(delivered()) == count)
    by_number: dict[int, set[str]] = {}
    for request in sink.received:
        ids = by_number.setdefault(request.json()["metrics"]["number"], set())
        ids.add(request.headers["webhook-id"])
    assert [number for number, ids in by_number.items() if len(ids) != 1] == []
    await wait_for(lambda: query(demo, "SELECT 1 WHERE NOT EXISTS (SELECT FROM route_deliveries)"))


async def test_sigterm_under_load_stops_in_good_order_and_loses_nothing(
    demo: Demo, api: httpx2.AsyncClient, sink: WebhookSink
) -> None:
    first, count = 10_000, 3_000
    await create_route(api, route_to(sink))
    # The demo takes the broker down with it, so only what the broker acknowledged is promised.
    async with open_publisher(demo.mqtt_port) as publisher:
        await publisher.publish_all(numbered(demo, first, count), per_second=3_000)
        await publisher.wait_for(count)
    status = await trio.to_thread.run_sync(demo.stop, signal.SIGTERM)
    assert status == 0, demo.text
    await trio.to_thread.run_sync(demo.start)
    await wait_for_numbers(demo, first, count)
    await wait_for_balanced_books(demo)


async def test_children_end_with_the_demo_and_a_second_start_goes_on(demo: Demo) -> None:
    children = await trio.run_process(
        ["pgrep", "-f", str(demo.folder)], capture_stdout=True, check=False
    )
    assert children.stdout
    before = demo.device_token
    assert await trio.to_thread.run_sync(demo.stop, signal.SIGINT) == 0, demo.text
    left = await trio.run_process(
        ["pgrep", "-f", str(demo.folder)], capture_stdout=True, check=False
    )
    assert left.stdout == b""
    await trio.to_thread.run_sync(demo.start)
    assert demo.device_token == before


def test_a_second_demo_on_the_same_folder_is_refused(demo: Demo) -> None:
    second = Demo(demo.folder, demo.http_port, demo.mqtt_port)
    with pytest.raises(AssertionError, match="did not become ready"):
        second.start()
    assert str(demo.folder) in second.text
    assert second.process is not None
    assert second.process.returncode == 1
    subprocess.run(["kill", "-0", str(demo.pid)], check=True)
