"""The webhook sender against real sockets: what it sends, and what it makes of every answer."""

from __future__ import annotations

import hashlib
import hmac
import json
import time
from collections.abc import Sequence
from datetime import UTC, datetime

import attrs
import pytest
import trio
from standardwebhooks.webhooks import Webhook, WebhookVerificationError

from pulse_router.domain.deliveries import Verdict
from pulse_router.domain.signing_secrets import SigningSecret, make_secret
from pulse_router.webhook import sender
from pulse_router.webhook.sender import open_webhooks
from tests.support.delivery.deliveries import PAYLOAD, TOPIC, make_delivery, make_route
from tests.support.delivery.endpoints import OK, Received, Stream, answer, open_endpoint, taken_port
from tests.support.delivery.webhooks import LOOPBACK, attempt

# What is sent -----------------------------------------------------------------------------------


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


# What becomes of answers ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("status", "verdict"),
    [
        (204, Verdict.DELIVERED),
        (400, Verdict.DEAD),
        (404, Verdict.DEAD),
        (408, Verdict.RETRY),
        (429, Verdict.RETRY),
        (500, Verdict.RETRY),
        (599, Verdict.RETRY),
    ],
)
async def test_a_status_means_what_the_contract_says(status: int, verdict: Verdict) -> None:
    async with open_endpoint(answer(status)) as endpoint:
        outcome = await attempt(endpoint.url())
    assert (outcome.verdict, outcome.status) == (verdict, status)
    assert ("" if verdict is Verdict.DELIVERED else str(status)) in outcome.error


async def test_gone_disables_the_route() -> None:
    async with open_endpoint(answer(410)) as endpoint:
        outcome = await attempt(endpoint.url())
    assert outcome.verdict is Verdict.DEAD
    assert outcome.disable_route


@pytest.mark.parametrize(
    ("value", "seconds"), [("7", 7.0), ("Mon, 16 Feb 2026 12:00:30 GMT", 30.0), ("never", None)]
)
async def test_retry_after_is_read(value: str, seconds: float | None) -> None:
    async with (
        open_endpoint(answer(503, Retry_After=value)) as endpoint,
        open_webhooks(LOOPBACK, clock=lambda: 1_771_243_200.0) as webhooks,
    ):
        outcome = await webhooks.deliver(make_delivery(), make_route(url=endpoint.url()), attempt=1)
    assert outcome.retry_after_seconds == seconds


async def test_a_redirect_is_retried_and_not_followed() -> None:
    async with open_endpoint() as inner:
        async with open_endpoint(answer(302, Location=inner.url())) as endpoint:
            outcome = await attempt(endpoint.url())
        assert inner.requests == []
    assert outcome.verdict is Verdict.RETRY
    assert "not followed" in outcome.error


async def test_no_answer_within_the_timeout_is_retried_and_its_connection_closed() -> None:
    async def hang(_stream: Stream, _request: Received) -> None:
        await trio.sleep_forever()

    async with open_endpoint(hang) as endpoint, open_webhooks(LOOPBACK) as webhooks:
        route = make_route(url=endpoint.url(), timeout_seconds=0.2)
        outcome = await webhooks.deliver(make_delivery(), route, attempt=1)
        assert webhooks.connections == 0
    assert outcome == attrs.evolve(outcome, verdict=Verdict.RETRY, error="no answer within 0.2 s")


async def test_an_answer_that_drips_is_cut_at_the_timeout() -> None:
    async def drip(stream: Stream, _request: Received) -> None:
        await stream.send_all(b"HTTP/1.1 200 OK\r\n")
        while True:
            await stream.send_all(b"X-More: 1\r\n")
            await trio.sleep(0.02)

    async with open_endpoint(drip) as endpoint:
        outcome = await attempt(endpoint.url(), timeout_seconds=0.2)
    assert outcome.verdict is Verdict.RETRY


@pytest.mark.parametrize(
    "garbage",
    [
        b"SSH-2.0-OpenSSH_9.2\r\n",
        b"\0\1\2\3" * 100,
        b"HTTP/1.1 abc OK\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n",
        b"HTTP/1.1 200 OK\r\n" + b"X-Big: " + b"a" * 200_000 + b"\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Le",
        b"",
    ],
)
async def test_garbage_and_half_an_answer_are_retried(garbage: bytes) -> None:
    async def send(stream: Stream, _request: Received) -> None:
        await stream.send_all(garbage)

    async with open_endpoint(send) as endpoint:
        outcome = await attempt(endpoint.url())
    assert outcome.verdict is Verdict.RETRY
    assert len(outcome.error) < 500


@pytest.mark.parametrize("rest", ["cut", "hang", "hang beyond the deadline"])
async def test_a_success_stands_whatever_befalls_its_body(
    rest: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def send(stream: Stream, _request: Received) -> None:
        await stream.send_all(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf")
        if rest != "cut":
            await trio.sleep_forever()

    timeout_seconds = 60.0
    if rest == "hang beyond the deadline":
        timeout_seconds = 2.0
        monkeypatch.setattr(sender, "BODY_SECONDS", 60.0)
    async with open_endpoint(send) as endpoint:
        outcome = await attempt(endpoint.url(), timeout_seconds=timeout_seconds)
    assert (outcome.verdict, outcome.status) == (Verdict.DELIVERED, 200)
    assert outcome.duration_seconds < 30


async def test_a_big_answer_is_not_read_and_its_connection_is_closed() -> None:
    sent = 0

    async def send(stream: Stream, _request: Received) -> None:
        nonlocal sent
        await stream.send_all(b"HTTP/1.1 500 Oops\r\nContent-Length: 1000000000\r\n\r\n")
        for _ in range(1000):
            await stream.send_all(b"x" * 1_000_000)
            sent += 1_000_000

    async with open_endpoint(send) as endpoint, open_webhooks(LOOPBACK) as webhooks:
        outcome = await webhooks.deliver(make_delivery(), make_route(url=endpoint.url()), attempt=1)
        assert webhooks.connections == 0
        await endpoint.closed.wait()
    assert outcome.status == 500
    assert len(outcome.error) < 1100
    assert sent < 100_000_000


async def test_a_success_with_ten_megabytes_is_delivered_without_reading_them() -> None:
    sent = 0

    async def send(stream: Stream, _request: Received) -> None:
        nonlocal sent
        await stream.send_all(b"HTTP/1.1 200 OK\r\nContent-Length: 10000000\r\n\r\n")
        for _ in range(100):
            await stream.send_all(b"x" * 100_000)
            sent += 100_000

    async with open_endpoint(send) as endpoint, open_webhooks(LOOPBACK) as webhooks:
        outcome = await webhooks.deliver(make_delivery(), make_route(url=endpoint.url()), attempt=1)
        assert webhooks.connections == 0
        await endpoint.closed.wait()
    assert outcome.verdict is Verdict.DELIVERED
    assert len(outcome.response) <= 1024
    assert sent < 10_000_000


async def test_an_answer_that_is_slow_but_in_time_is_a_success() -> None:
    async def slow(stream: Stream, _request: Received) -> None:
        for byte in OK:
            await stream.send_all(bytes([byte]))
            await trio.sleep(0.002)

    async with open_endpoint(slow) as endpoint:
        outcome = await attempt(endpoint.url())
    assert outcome.verdict is Verdict.DELIVERED
    assert outcome.duration_seconds > 0.05


async def test_the_first_kilobyte_of_a_failure_is_kept() -> None:
    async with open_endpoint(answer(500, b"because " * 1000)) as endpoint:
        outcome = await attempt(endpoint.url())
    assert outcome.response == ("because " * 128).strip()


@pytest.mark.parametrize("status", [408, 429, 500, 503])
async def test_a_batch_ends_as_its_answer_says(status: int) -> None:
    async with (
        open_endpoint(answer(status, Retry_After="7")) as endpoint,
        open_webhooks(LOOPBACK) as webhooks,
    ):
        route = make_route(url=endpoint.url(), batch={"max_messages": 2})
        outcome = await webhooks.deliver_batch([make_delivery(1), make_delivery(2)], route)
    assert (outcome.verdict, outcome.status) == (Verdict.RETRY, status)
    assert outcome.retry_after_seconds == 7


async def test_what_the_server_says_is_in_the_error_but_no_secret() -> None:
    async def echo(stream: Stream, request: Received) -> None:
        said = f"{request.target} {request.headers} s\u00fcper\0\n".encode()
        await stream.send_all(answer(400, said))

    async with open_endpoint(echo) as endpoint, open_webhooks(LOOPBACK) as webhooks:
        route = make_route(
            url=endpoint.url("/hook?token=hush-query"),
            headers={"Authorization": "Bearer hush-header"},
            secrets=("hush-secret",),
        )
        outcome = await webhooks.deliver(make_delivery(), route, attempt=1)
    assert "/hook?" in outcome.error
    assert "s\u00fcper" in outcome.error
    assert "hush" not in outcome.error
    assert "\0" not in outcome.error
    assert "hush" not in repr(outcome)


async def test_no_part_of_a_secret_is_kept_where_the_answer_is_cut() -> None:
    secret = "husch-\u00fcber-secret"
    said = b""

    async def echo(stream: Stream, _request: Received) -> None:
        await stream.send_all(answer(400, said))

    async with open_endpoint(echo) as endpoint, open_webhooks(LOOPBACK) as webhooks:
        route = make_route(url=endpoint.url(), secrets=(secret,))
        for shown in range(1, len(secret.encode()) + 1):
            said = b"x" * (1024 - shown) + secret.encode() * 2
            outcome = await webhooks.deliver(make_delivery(), route, attempt=1)
            assert outcome.status == 400
            for text in (outcome.response, outcome.error):
                assert "xxxx" in text
                assert secret[:4] not in text


async def test_a_refused_connection_is_retried() -> None:
    with taken_port() as port:
        outcome = await attempt(f"http://127.0.0.1:{port}/hook?token=hush")
    assert outcome.verdict is Verdict.RETRY
    assert "Connection refused" in outcome.error
    assert "hush" not in outcome.error


async def test_a_name_that_does_not_resolve_is_retried() -> None:
    async def resolve(_host: str) -> Sequence[str]:
        await trio.lowlevel.checkpoint()
        raise OSError(-2, "Name or service not known")

    outcome = await attempt("http://nowhere.example/", resolver=resolve)
    assert outcome.verdict is Verdict.RETRY
    assert "nowhere.example cannot be resolved" in outcome.error


async def test_an_idle_connection_that_the_server_closed_is_not_used_again() -> None:
    async def once(stream: Stream, _request: Received) -> None:
        await stream.send_all(OK)

    async with open_endpoint(once, once) as endpoint, open_webhooks(LOOPBACK) as webhooks:
        route = make_route(url=endpoint.url())
        for number in range(2):
            outcome = await webhooks.deliver(make_delivery(number), route, attempt=1)
            assert outcome.verdict is Verdict.DELIVERED
            await endpoint.closed.wait()
    assert endpoint.connections == 2


async def test_a_stored_configuration_that_is_not_valid_is_dead_with_the_reason() -> None:
    outcome = await attempt("ftp://example.com/?token=hush")
    assert outcome.verdict is Verdict.DEAD
    assert "url must begin with http" in outcome.error
    assert "hush" not in outcome.error
