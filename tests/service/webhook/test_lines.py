"""Whether a used connection is fit is asked in one place, and one that broke costs no attempt."""

from __future__ import annotations

import os
import ssl
from collections.abc import Awaitable, Callable

import pytest
import trio

from pulse_router.domain.deliveries import Outcome, Verdict
from pulse_router.webhook import lines, pools
from pulse_router.webhook.sender import WebhookDestination, open_webhooks
from pulse_router.webhook.tls import TlsContexts, WebhookTls
from tests.support.delivery.deliveries import make_delivery, make_route
from tests.support.delivery.endpoints import OK, Received, Stream, open_endpoint
from tests.support.delivery.webhooks import LOOPBACK, resolve_to
from tests.support.endurance.soak import Vitals
from tests.support.servers.certificates import TestAuthority

REUSED = [
    OK,
    b"HTTP/1.1 204 No\r\n\r\n",
    b"HTTP/1.1 503 Busy\r\nContent-Length: 4\r\n\r\nbusy",
    b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n",
    b"HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nContent-Length: 2\r\n\r\nok",
    b"HTTP/1.1 200 OK\r\nKeep-Alive: timeout=60\r\nContent-Length: 2\r\n\r\nok",
]
NOT_REUSED = [
    b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nok",
    b"HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nok",
    b"HTTP/1.1 200 OK\r\nKeep-Alive: timeout=1\r\nContent-Length: 2\r\n\r\nok",
    b"HTTP/1.1 200 OK\r\nX Y: z\r\nContent-Length: 2\r\n\r\nok",
    b"HTTP/1.1 200 OK\r\nContent-Length: 20000\r\n\r\n" + b"x" * 20000,
    OK + b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n",
    OK + b"x",
]


@pytest.fixture(params=[1, 0], ids=["alone", "by the outbox"], autouse=True)
def _way_of_sending(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each law holds for what is sent at once, and for what is sent with others."""
    monkeypatch.setattr(pools, "ALONE", request.param)


def sending(webhooks: WebhookDestination, url: str) -> Callable[[], Awaitable[Outcome]]:
    route = make_route(url=url, timeout_seconds=5)

    async def send() -> Outcome:
        return await webhooks.deliver(make_delivery(), route, attempt=1)

    return send


@pytest.mark.parametrize("answer", REUSED)
async def test_a_connection_that_is_clean_is_used_again(answer: bytes) -> None:
    async with open_endpoint(answer) as endpoint, open_webhooks(LOOPBACK) as webhooks:
        send = sending(webhooks, endpoint.url())
        for _ in range(5):
            assert (await send()).status is not None
        assert (endpoint.connections, len(endpoint.requests)) == (1, 5)


@pytest.mark.parametrize("answer", NOT_REUSED)
async def test_a_connection_about_which_there_is_doubt_is_not(answer: bytes) -> None:
    async with open_endpoint(answer) as endpoint, open_webhooks(LOOPBACK) as webhooks:
        send = sending(webhooks, endpoint.url())
        for _ in range(5):
            assert (await send()).verdict is Verdict.DELIVERED
        assert (endpoint.connections, len(endpoint.requests)) == (5, 5)


async def test_a_connection_that_was_closed_meanwhile_costs_nothing() -> None:
    """Whether its end has been heard of before the next request, or comes beside it."""

    async def answer_and_close(stream: Stream, _request: Received) -> None:
        await stream.send_all(OK)
        await stream.aclose()

    async with open_endpoint(answer_and_close) as endpoint, open_webhooks(LOOPBACK) as webhooks:
        send = sending(webhooks, endpoint.url())
        for number in range(50):
            assert (await send()).verdict is Verdict.DELIVERED
            for _ in range(number % 5):
                await trio.lowlevel.checkpoint()
        assert len(endpoint.requests) == 50


async def test_a_used_connection_that_breaks_is_tried_once_more_at_once() -> None:
    """The server reads the request, and its end of the line goes without a byte of an answer."""

    async def hang_up(stream: Stream, _request: Received) -> None:
        await stream.aclose()

    async with (
        open_endpoint(OK, OK, hang_up, OK) as endpoint,
        open_webhooks(LOOPBACK) as webhooks,
    ):
        send = sending(webhooks, endpoint.url())
        for _ in range(3):
            assert (await send()).verdict is Verdict.DELIVERED
        assert (endpoint.connections, len(endpoint.requests)) == (2, 4)


async def test_a_new_connection_that_breaks_spends_the_attempt() -> None:
    async def hang_up(stream: Stream, _request: Received) -> None:
        await stream.aclose()

    async with open_endpoint(hang_up, OK) as endpoint, open_webhooks(LOOPBACK) as webhooks:
        outcome = await sending(webhooks, endpoint.url())()
        assert outcome.verdict is Verdict.RETRY
        assert "without an answer" in outcome.error
        assert len(endpoint.requests) == 1


async def test_a_used_connection_that_breaks_in_its_answer_spends_the_attempt() -> None:
    """The request may have been acted on: nobody repeats it behind the route's back."""

    async def begin_and_hang_up(stream: Stream, _request: Received) -> None:
        await stream.send_all(b"HTTP/1.1 2")
        await stream.aclose()

    async with (
        open_endpoint(OK, begin_and_hang_up, OK) as endpoint,
        open_webhooks(LOOPBACK) as webhooks,
    ):
        send = sending(webhooks, endpoint.url())
        assert (await send()).verdict is Verdict.DELIVERED
        assert (await send()).verdict is Verdict.RETRY
        assert len(endpoint.requests) == 2


async def test_a_name_that_moves_is_followed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Connections have a greatest age, however busy they are."""
    monkeypatch.setattr(lines, "GREATEST_AGE_SECONDS", 0.2)
    addresses = ["127.0.0.1"]

    async def resolve(host: str) -> list[str]:
        return list(await resolve_to(*addresses)(host))

    async with (
        open_endpoint() as old,
        open_endpoint(host="127.0.0.2", port=old.port) as new,
        open_webhooks(LOOPBACK, resolver=resolve) as webhooks,
    ):
        send = sending(webhooks, old.url(host="moves.example"))
        assert (await send()).verdict is Verdict.DELIVERED
        addresses[:] = ["127.0.0.2"]
        with trio.fail_after(10):
            while not new.requests:
                assert (await send()).verdict is Verdict.DELIVERED
        assert old.connections == 1


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
async def test_a_session_of_tls_is_resumed_by_the_next_connection(version: ssl.TLSVersion) -> None:
    authority = TestAuthority()
    server = authority.server_context("localhost")
    server.maximum_version = server.minimum_version = version
    resumed: list[bool] = []

    async def answer(stream: Stream, _request: Received) -> None:
        assert isinstance(stream, trio.SSLStream)
        resumed.append(stream.session_reused)
        await stream.send_all(OK.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n", 1))

    async with (
        open_endpoint(answer, tls=server) as endpoint,
        open_webhooks(
            LOOPBACK, tls=WebhookTls(TlsContexts(authority.client_context()))
        ) as webhooks,
    ):
        send = sending(webhooks, endpoint.url(host="localhost", scheme="https"))
        for _ in range(3):
            assert (await send()).verdict is Verdict.DELIVERED
        assert resumed == [False, True, True]


async def test_a_connection_whose_answer_was_not_read_to_its_end_is_not_used_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The rest would be taken for the answer to the next request."""
    monkeypatch.setattr(lines, "BODY_SECONDS", 0.05)

    async def say_the_rest_later(stream: Stream, _request: Received) -> None:
        await stream.send_all(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf")
        await stream.receive_some()  # another request, or the end
        await stream.send_all(b"x" * 96 + OK)

    refusal = b"HTTP/1.1 404 No\r\nContent-Length: 0\r\n\r\n"
    async with (
        open_endpoint(say_the_rest_later, refusal) as endpoint,
        open_webhooks(LOOPBACK) as webhooks,
    ):
        send = sending(webhooks, endpoint.url())
        assert (await send()).verdict is Verdict.DELIVERED
        assert webhooks.connections == 0
        assert (await send()).status == 404
        assert endpoint.connections == 2


async def test_encrypted_webhooks_lose_no_memory() -> None:
    """Some Pythons lose 5 KB at each look at a session of TLS."""
    authority = TestAuthority()
    before = Vitals.of(os.getpid())
    closing = OK.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n", 1)
    async with (
        open_endpoint(closing, tls=authority.server_context("localhost")) as endpoint,
        open_webhooks(
            LOOPBACK, tls=WebhookTls(TlsContexts(authority.client_context()))
        ) as webhooks,
    ):
        send = sending(webhooks, endpoint.url(host="localhost", scheme="https"))
        for number in range(700):
            if number == 200:
                before = Vitals.of(os.getpid())
            assert (await send()).verdict is Verdict.DELIVERED
            endpoint.requests.clear()
        after = Vitals.of(os.getpid())
    assert after.megabytes - before.megabytes < 1.5, "it was 5 when each look was taken"
