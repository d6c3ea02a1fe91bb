"""The books on real servers: every end of a message and of a match is in them, and they balance."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx2
import msgspec

from pulse_router.api.access.tokens import issue_token
from tests.support.commands.router import SECRET, TENANT, World, make_token
from tests.support.delivery.sink import WebhookSink
from tests.support.endurance.books import assert_books_balance, assert_router_says_so
from tests.support.endurance.kills import NOBODY
from tests.support.mqtt.fleet import payload
from tests.support.mqtt.publisher import open_publisher
from tests.support.waiting import wait_until


@asynccontextmanager
async def open_api(world: World) -> AsyncIterator[httpx2.AsyncClient]:
    token = issue_token(
        SECRET, tenant=TENANT, roles=["customer"], expires_seconds=600, now=time.time()
    )
    headers = {"Authorization": f"Bearer {token}"}
    async with httpx2.AsyncClient(base_url=world.router.url, headers=headers, timeout=30) as client:
        yield client


def add_written_route(world: World) -> None:
    world.rows(
        "INSERT INTO message_routes (tenant_id, name, topic_filter, destination_type)"
        f" VALUES ('{TENANT}', 'kept', 'tenant/+/device/DEV-001/+', 'postgresql')"
    )


def add_hopeless_route(world: World) -> int:
    route_id = world.add_webhook(NOBODY, topic_filter="tenant/+/device/DEV-002/+")
    world.rows(
        "UPDATE message_routes SET destination_config = destination_config"
        f' || \'{{"retry": {{"max_attempts": 1}}}}\' WHERE id = {route_id}'
    )
    return route_id


async def publish(world: World, *messages: tuple[str, bytes]) -> None:
    async with open_publisher(world.broker.port) as publisher:
        for topic, body in messages:
            await publisher.publish(topic, body)
        await publisher.wait_for(len(messages))


async def wait_for_rows(world: World, count: int) -> None:
    await wait_until(lambda: world.value("SELECT count(*) FROM telemetry") == str(count))


async def test_every_end_of_a_message_and_of_a_match_is_in_the_books(
    world: World, sink: WebhookSink
) -> None:
    world.add_webhook(f"http://127.0.0.1:{sink.port}/", topic_filter="tenant/+/device/DEV-000/+")
    add_written_route(world)
    hopeless = add_hopeless_route(world)
    doomed = world.add_webhook(NOBODY, topic_filter="tenant/+/device/DEV-003/+")
    await world.router.start_and_wait()
    await publish(
        world,
        *[(world.topic(device), payload(number)) for number, device in enumerate([0, 1, 2] * 4)],
        *[(world.topic(3), payload(number)) for number in (100, 101)],
        (world.topic(0), b"{"),
        ("tenant/TENANT9/device/DEV-000/telemetry", payload(102)),
    )
    await wait_until(lambda: len(sink.received) == 4)
    letters = "SELECT id FROM dead_letter_messages WHERE status = 'FAILED' ORDER BY id"
    await wait_until(lambda: len(world.rows(letters)) == 4)
    async with open_api(world) as api:
        await end_dead_letters(world, api, sink, hopeless, letters)
        assert (await api.delete(f"/customer/message-routes/{doomed}")).status_code == 204
    # What is being settled at that moment is buried a moment later.
    await wait_until(lambda: world.value("SELECT count(*) FROM route_deliveries") == "0")
    books = assert_books_balance(world)
    expected = {"received": 16, "stored": 14, "rejected": 2, "matched": 14, "written": 4}
    expected |= {"delivered": 4, "replayed": 1, "discarded": 3, "dead_lettered": 2, "pending": 0}
    assert {name: books[name] for name in expected} == expected
    totals = (
        "SELECT route_id, sum(delivered), sum(failed), sum(dead_lettered)"
        " FROM (SELECT route_id, delivered, failed, dead_lettered FROM route_totals UNION ALL"
        " SELECT route_id, delivered, failed, dead_lettered FROM route_sums UNION ALL"
        " SELECT route_id, delivered, failed, dead_lettered FROM route_deltas"
        f" WHERE route_id <> {doomed}) AS counts GROUP BY 1 ORDER BY 1"
    )
    kept = hopeless - 1
    assert [list(map(int, row)) for row in world.rows(totals)] == [
        [kept - 1, 4, 0, 0],
        [kept, 4, 0, 0],
        [hopeless, 0, 4, 4],
    ]
    said = await assert_router_says_so(world)
    assert {name: said[name] for name in expected} == expected
    assert_metrics_say_so(world)
    assert_only_operators_see_tenants(world)


async def end_dead_letters(
    world: World, api: httpx2.AsyncClient, sink: WebhookSink, route_id: int, letters: str
) -> None:
    """Replay one of four, discard one, and purge the others, the replayed one too."""
    [first], [second], [third], [fourth] = world.rows(letters)
    config = {"destination_config": {"url": f"http://127.0.0.1:{sink.port}/", "method": "POST"}}
    answer = await api.patch(f"/customer/message-routes/{route_id}", json=config)
    assert answer.status_code == 200, answer.text
    answer = await api.post(f"/customer/dead-letter/{first}/replay")
    assert answer.status_code == 200, answer.text
    assert (await api.delete(f"/customer/dead-letter/{second}")).is_success
    assert_books_balance(world)
    world.rows(
        "UPDATE dead_letter_messages SET created_at = now() - interval '40 days'"
        f" WHERE id IN ({first}, {third}, {fourth})"
    )
    answer = await api.request(
        "DELETE", "/customer/dead-letter/purge", params={"older_than_days": 30}
    )
    assert answer.json() == {"purged": 3}


def assert_metrics_say_so(world: World) -> None:
    answer = world.router.get("/metrics")
    assert answer is not None
    for line in (
        "pulse_ingest_received_total 16.0",
        'pulse_ledger_mismatch{book="matched"} 0.0',
    ):
        assert line in answer.text


def assert_only_operators_see_tenants(world: World) -> None:
    overview = httpx2.get(
        f"{world.router.url}/api/v1/operator/overview",
        headers={"Authorization": f"Bearer {make_token(role='operator')}"},
    )
    tenants = overview.json()["ledger"]["tenants"]
    own = tenants[TENANT]
    assert (own["received"], own["stored"], own["rejected"], own["matched"]) == (15, 14, 1, 14)
    assert list(tenants) == [TENANT]
    for path in ("/health", "/ready", "/metrics"):
        answer = world.router.get(path)
        assert answer is not None
        assert TENANT not in answer.text


async def test_a_delivery_that_vanishes_is_seen_and_said(world: World) -> None:
    world.add_webhook(NOBODY)
    await world.router.start_and_wait()
    await publish(world, *[(world.topic(), payload(number)) for number in range(3)])
    await wait_until(lambda: world.value("SELECT count(*) FROM route_deliveries") == "3")
    await assert_router_says_so(world)
    world.rows("DELETE FROM route_deliveries WHERE id IN (SELECT id FROM route_deliveries LIMIT 2)")

    def health() -> dict[str, object]:
        answer = world.router.get("/health")
        return {} if answer is None else dict(msgspec.json.decode(answer.content))

    await wait_until(lambda: health().get("status") == "degraded")
    ledger = health()["ledger"]
    assert isinstance(ledger, dict)
    assert (ledger["balanced"], ledger["mismatch"]["matched"]) == (False, 2)
    await wait_until(lambda: "the books do not balance" in world.router.text)


async def test_the_books_outlive_a_kill(world: World) -> None:
    add_written_route(world)
    await world.router.start_and_wait()
    for start in (0, 10):
        await publish(world, *[(world.topic(1), payload(start + n)) for n in range(10)])
        await wait_for_rows(world, start + 10)
        world.router.kill()
        assert assert_books_balance(world)["written"] == start + 10
        await world.router.start_and_wait()
        said = await assert_router_says_so(world)
        assert (said["received"], said["matched"]) == (start + 10, start + 10)
