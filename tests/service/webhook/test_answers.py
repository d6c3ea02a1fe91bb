"""What the webhook sender makes of every answer, and of none, from real sockets."""

from __future__ import annotations

from collections.abc import Sequence

import attrs
import pytest
import trio

from pulse_router.domain.deliveries import Outcome, Verdict
from pulse_router.webhook import lines
from pulse_router.webhook.sender import open_webhooks
from tests.support.delivery.deliveries import make_delivery, make_route
from tests.support.delivery.endpoints import OK, Received, Stream, answer, open_endpoint, taken_port
from tests.support.delivery.webhooks import LOOPBACK, attempt


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
        monkeypatch.setattr(lines, "BODY_SECONDS", 60.0)
    async with open_endpoint(send) as endpoint:
        outcome = await attempt(endpoint.url(), timeout_seconds=timeout_seconds)
    assert (outcome.verdict, outcome.status) == (Verdict.DELIVERED, 200)
    assert outcome.duration_seconds < 30


@attrs.define
class Flood:
    """Answers with more than anybody wants, a piece after the other."""

    head: bytes
    pieces: int
    piece_bytes: int
    sent: int = 0

    async def answer(self, stream: Stream, _request: Received) -> None:
        await stream.send_all(self.head)
        for _ in range(self.pieces):
            await stream.send_all(b"x" * self.piece_bytes)
            self.sent += self.piece_bytes

    async def outcome(self) -> Outcome:
        """What is made of it, once its connection is closed."""
        async with open_endpoint(self.answer) as endpoint, open_webhooks(LOOPBACK) as webhooks:
            route = make_route(url=endpoint.url())
            outcome = await webhooks.deliver(make_delivery(), route, attempt=1)
            assert webhooks.connections == 0
            await endpoint.closed.wait()
        return outcome


async def test_a_big_answer_is_not_read_and_its_connection_is_closed() -> None:
    flood = Flood(b"HTTP/1.1 500 Oops\r\nContent-Length: 1000000000\r\n\r\n", 1000, 1_000_000)
    outcome = await flood.outcome()
    assert outcome.status == 500
    assert len(outcome.error) < 1100
    assert flood.sent < 100_000_000


async def test_a_success_with_ten_megabytes_is_delivered_without_reading_them() -> None:
    flood = Flood(b"HTTP/1.1 200 OK\r\nContent-Length: 10000000\r\n\r\n", 100, 100_000)
    outcome = await flood.outcome()
    assert outcome.verdict is Verdict.DELIVERED
    assert len(outcome.response) <= 1024
    assert flood.sent < 10_000_000


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
