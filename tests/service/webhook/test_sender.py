"""The webhook sender against real sockets: what it sends, and what it makes of every answer."""

from __future__ import annotations

import hashlib
import hmac
import json
import time
from datetime import UTC, datetime

import attrs
import pytest
from standardwebhooks.webhooks import Webhook, WebhookVerificationError

from pulse_router.domain.deliveries import Verdict
from pulse_router.domain.secrets.signing_secrets import SigningSecret, make_secret
from pulse_router.webhook.sender import open_webhooks
from tests.support.delivery.deliveries import PAYLOAD, TOPIC, make_delivery, make_route
from tests.support.delivery.endpoints import open_endpoint
from tests.support.delivery.webhooks import LOOPBACK, attempt


async def test_a_webhook_carries_the_devices_json_and_the_headers_of_the_contract() -> None:
    async with open_endpoint() as endpoint, open_webhooks(LOOPBACK) as webhooks:
        route = make_route(
            url=endpoint.url("/hook?a=b"), method="PUT", headers={"X-Mine": "1"}, secrets=("s",)
        )
        outcome = await webhooks.deliver(make_delivery(42), route, attempt=3)
    assert (outcome.verdict, outcome.status) == (Verdict.DELIVERED, 200)
    (request,) = endpoint.requests
    assert (request.method, request.target, request.body) == ("PUT", "/hook?a=b", PAYLOAD.encode())
    assert request.headers["host"] == f"127.0.0.1:{endpoint.port}"
    assert request.headers["content-type"] == "application/json"
    assert request.headers["user-agent"].startswith("pulse-router/")
    assert request.headers["webhook-id"] == "42"
    assert request.headers["x-pulse-topic"] == TOPIC
    assert request.headers["x-pulse-attempt"] == "3"
    assert request.headers["x-mine"] == "1"
    signature = hmac.new(b"s", request.body, hashlib.sha256).hexdigest()
    assert request.headers["x-signature-256"] == f"sha256={signature}"
    Webhook(b"s").verify(request.body, request.headers)


async def test_rotated_secrets_sign_side_by_side_until_the_overlap_ends_without_a_reload() -> None:
    now = int(time.time())
    new, old = (make_secret(bytes([number]) * 24) for number in (1, 2))
    overlap = SigningSecret(old, expires_at=datetime.fromtimestamp(now + 60, UTC))
    times = [now, now + 59, now + 60]
    async with (
        open_endpoint() as endpoint,
        open_webhooks(LOOPBACK, clock=lambda: times[len(endpoint.requests)]) as webhooks,
    ):
        route = attrs.evolve(make_route(url=endpoint.url()), secrets=(SigningSecret(new), overlap))
        for _ in times:
            await webhooks.deliver(make_delivery(), route, attempt=1)
    both, last, after = endpoint.requests
    for request in (both, last):
        Webhook(new).verify(request.body, request.headers)
        Webhook(old).verify(request.body, request.headers)
    Webhook(new).verify(after.body, after.headers)
    with pytest.raises(WebhookVerificationError):
        Webhook(old).verify(after.body, after.headers)
    newest = hmac.new(b"\1" * 24, both.body, hashlib.sha256).hexdigest()
    assert {each.headers["x-signature-256"] for each in endpoint.requests} == {f"sha256={newest}"}


async def test_a_route_whose_secrets_cannot_be_read_sends_nothing() -> None:
    async with open_endpoint() as endpoint, open_webhooks(LOOPBACK) as webhooks:
        route = attrs.evolve(make_route(url=endpoint.url()), fault="its secrets cannot be read")
        outcomes = [
            await webhooks.deliver(make_delivery(), route, attempt=1),
            await webhooks.deliver_batch([make_delivery()], route),
        ]
        assert endpoint.connections == 0
    assert {outcome.verdict for outcome in outcomes} == {Verdict.RETRY}
    assert {outcome.error for outcome in outcomes} == {"its secrets cannot be read"}


async def test_a_test_has_an_id_that_no_delivery_has() -> None:
    async with open_endpoint() as endpoint, open_webhooks(LOOPBACK) as webhooks:
        route = make_route(url=endpoint.url(), format="cloudevents")
        await webhooks.deliver(make_delivery(-42), route, attempt=1)
    (request,) = endpoint.requests
    assert request.headers["webhook-id"] == json.loads(request.body)["id"] == "test_42"


async def test_an_unsigned_webhook_has_no_signature() -> None:
    async with open_endpoint() as endpoint:
        await attempt(endpoint.url())
    headers = endpoint.requests[0].headers
    assert "webhook-id" in headers
    assert not {"x-signature-256", "webhook-signature"} & set(headers)


async def test_a_cloudevent_wraps_the_devices_json() -> None:
    async with open_endpoint() as endpoint:
        await attempt(endpoint.url(), format="cloudevents")
    (request,) = endpoint.requests
    assert request.headers["content-type"] == "application/cloudevents+json"
    assert json.loads(request.body) == {
        "specversion": "1.0",
        "id": "1",
        "source": "/tenant/TENANT1/device/DEV-001",
        "type": "telemetry",
        "subject": TOPIC,
        "time": "2026-02-16T12:00:00Z",
        "datacontenttype": "application/json",
        "data": json.loads(PAYLOAD),
    }


async def test_a_batch_is_a_list_of_events_with_ids_and_an_id_of_its_own_at_every_attempt() -> None:
    async with open_endpoint() as endpoint, open_webhooks(LOOPBACK) as webhooks:
        route = make_route(url=endpoint.url(), secrets=("s",), batch={"max_messages": 10})
        deliveries = [make_delivery(number) for number in (7, 8, 9)]
        for _ in range(2):
            outcome = await webhooks.deliver_batch(deliveries, route)
            assert outcome.verdict is Verdict.DELIVERED
    first, second = endpoint.requests
    assert first.headers["content-type"] == "application/cloudevents-batch+json"
    events = json.loads(first.body)
    assert [event["id"] for event in events] == ["7", "8", "9"]
    assert events[0]["data"] == json.loads(PAYLOAD)
    assert {event["specversion"] for event in events} == {"1.0"}
    assert first.headers["webhook-id"] != second.headers["webhook-id"]
    assert not {"x-pulse-topic", "x-pulse-attempt"} & set(first.headers)
    Webhook(b"s").verify(first.body, first.headers)


async def test_a_replay_to_a_route_with_batches_is_a_batch_of_one() -> None:
    async with open_endpoint() as endpoint:
        await attempt(endpoint.url(), batch={})
    (request,) = endpoint.requests
    assert [event["id"] for event in json.loads(request.body)] == ["1"]


async def test_one_connection_serves_many_webhooks() -> None:
    async with open_endpoint() as endpoint, open_webhooks(LOOPBACK) as webhooks:
        route = make_route(url=endpoint.url())
        for number in range(10):
            await webhooks.deliver(make_delivery(number), route, attempt=1)
    assert (len(endpoint.requests), endpoint.connections) == (10, 1)


async def test_a_changed_route_is_used_at_once() -> None:
    async with open_endpoint() as old, open_endpoint() as new, open_webhooks(LOOPBACK) as webhooks:
        await webhooks.deliver(make_delivery(1), make_route(url=old.url()), attempt=1)
        await webhooks.deliver(make_delivery(2), make_route(url=new.url()), attempt=1)
    assert (len(old.requests), len(new.requests)) == (1, 1)
