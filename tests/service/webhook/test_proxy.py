"""Webhooks through an HTTP proxy: what it is asked for, and what is made of what it says."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
import trio

from pulse_router.domain.deliveries import Outcome, Verdict
from pulse_router.options import webhook_proxy
from pulse_router.settings import DeliverySettings
from pulse_router.webhook.guard import NetworkGuard
from pulse_router.webhook.names import Resolver
from pulse_router.webhook.proxy import Proxy, WayOut
from pulse_router.webhook.sender import WebhookDestination, open_webhooks
from pulse_router.webhook.tls import TlsContexts, WebhookTls
from tests.support.delivery.deliveries import make_delivery, make_route
from tests.support.delivery.endpoints import (
    OK,
    Received,
    Stream,
    answer,
    open_endpoint,
    taken_port,
)
from tests.support.delivery.webhooks import LOOPBACK, resolve_to
from tests.support.servers.certificates import TestAuthority
from tests.support.servers.connect_proxy import GIVEN, ConnectProxy, open_connect_proxy
from tests.support.servers.tinyproxy import open_tinyproxy

TO_LOOPBACK = resolve_to("127.0.0.1")


async def nobody(host: str) -> Sequence[str]:  # noqa: ASYNC124 - a resolver
    raise OSError(f"nobody may be asked for {host}")


@asynccontextmanager
async def through(
    proxy: ConnectProxy | Proxy,
    *,
    guard: NetworkGuard = LOOPBACK,
    resolver: Resolver = TO_LOOPBACK,
    tls: WebhookTls | None = None,
    credentials: str | None = None,
    resolves: bool = False,
) -> AsyncIterator[WebhookDestination]:
    if isinstance(proxy, ConnectProxy):
        proxy = Proxy("127.0.0.1", proxy.port, credentials=credentials, resolves=resolves)
    way_out = WayOut(proxy)
    async with open_webhooks(guard, resolver=resolver, tls=tls, way_out=way_out) as webhooks:
        yield webhooks


async def send(webhooks: WebhookDestination, url: str, number: int = 1) -> Outcome:
    route = make_route(number, url=url, timeout_seconds=5)
    return await webhooks.deliver(make_delivery(), route, attempt=1)


# What it is asked for ----------------------------------------------------------------------------


async def test_it_is_asked_for_the_address_that_was_judged_and_the_line_is_used_again() -> None:
    authority = TestAuthority()
    tls = WebhookTls(TlsContexts(authority.client_context()))
    async with (
        open_endpoint() as plain,
        open_endpoint(tls=authority.server_context("plant.example")) as secured,
        open_connect_proxy() as proxy,
        through(proxy, tls=tls) as webhooks,
    ):
        urls = [plain.url(host="plain.example"), secured.url(host="plant.example", scheme="https")]
        for _ in range(3):
            for number, url in enumerate(urls):
                assert (await send(webhooks, url, number)).verdict is Verdict.DELIVERED
        assert proxy.asked == [f"127.0.0.1:{plain.port}", f"127.0.0.1:{secured.port}"]
        assert (plain.connections, secured.connections, webhooks.connections) == (1, 1, 2)
        assert plain.requests[0].headers["host"] == f"plain.example:{plain.port}"
        assert plain.requests[0].target == "/hook"
        assert all("proxy-authorization" not in said for said in proxy.headers)


async def test_it_is_asked_for_the_name_where_it_resolves_and_nobody_else_is() -> None:
    async with open_endpoint() as endpoint, open_connect_proxy() as proxy:
        proxy.names = {"inside.example": "127.0.0.1"}
        async with through(proxy, guard=NetworkGuard(), resolver=nobody, resolves=True) as webhooks:
            outcome = await send(webhooks, endpoint.url(host="inside.example."))
        assert outcome.verdict is Verdict.DELIVERED
        assert proxy.asked == [f"inside.example:{endpoint.port}"]


@pytest.mark.parametrize("resolves", [True, False])
@pytest.mark.parametrize(
    "host", ["127.0.0.1", "[::1]", "169.254.169.254", "10.1.2.3", "[::ffff:10.1.2.3]"]
)
async def test_an_address_is_judged_whoever_resolves_names(host: str, resolves: bool) -> None:
    async with (
        open_connect_proxy() as proxy,
        through(proxy, guard=NetworkGuard(), resolves=resolves) as webhooks,
    ):
        outcome = await send(webhooks, f"http://{host}:8080/")
        assert proxy.asked == []
    assert (outcome.verdict, "is refused" in outcome.error) == (Verdict.DEAD, True)


@pytest.mark.parametrize("host", ["127.1", "0x7f.1", "2130706433", "0", "0xa9fea9fe"])
async def test_numbers_that_are_addresses_to_some_are_judged_as_these(host: str) -> None:
    async with (
        open_connect_proxy() as proxy,
        open_webhooks(
            NetworkGuard(), way_out=WayOut(Proxy("127.0.0.1", proxy.port, resolves=True))
        ) as webhooks,
    ):
        outcome = await send(webhooks, f"http://{host}:8080/")
        assert proxy.asked == []
    assert "is refused" in outcome.error


async def test_a_name_that_leads_to_a_forbidden_address_is_refused_before_it_is_asked() -> None:
    async with (
        open_connect_proxy() as proxy,
        through(proxy, guard=NetworkGuard(), resolver=resolve_to("10.0.0.1")) as webhooks,
    ):
        outcome = await send(webhooks, "http://rebound.example/")
        assert proxy.asked == []
    assert "10.0.0.1 is a private address" in outcome.error


async def test_the_next_address_is_asked_for_when_it_cannot_connect_to_one() -> None:
    async with open_endpoint() as endpoint, open_connect_proxy() as proxy:
        resolver = resolve_to("::1", "127.0.0.9", "127.0.0.1")
        async with through(proxy, resolver=resolver) as webhooks:
            outcome = await send(webhooks, endpoint.url(host="several.example"))
        assert outcome.verdict is Verdict.DELIVERED
        port = endpoint.port
        assert proxy.asked == [f"[::1]:{port}", f"127.0.0.9:{port}", f"127.0.0.1:{port}"]


async def test_it_is_told_who_asks_and_the_endpoint_is_not() -> None:
    async with open_endpoint() as endpoint, open_connect_proxy() as proxy:
        async with through(proxy, credentials="router:hush:hush") as webhooks:
            assert (await send(webhooks, endpoint.url())).verdict is Verdict.DELIVERED
        assert proxy.headers[0]["proxy-authorization"] == "Basic cm91dGVyOmh1c2g6aHVzaA=="
        assert "proxy-authorization" not in endpoint.requests[0].headers


# What it says ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("said", "error"),
    [
        (answer(407), "the proxy answers 407 Proxy Authentication Required; delivery.proxy_creden"),
        (answer(401), "the proxy answers 401 Unauthorized; delivery.proxy_creden"),
        (answer(403, b"<h1>Blocked</h1>"), "the proxy answers 403 Forbidden"),
        (answer(502), "the proxy answers 502 Bad Gateway"),
        (answer(410), "the proxy answers 410 Gone"),
        (answer(301, Location="http://elsewhere.example/"), "the proxy answers 301 Moved Perm"),
        (answer(429, Retry_After="3600"), "the proxy answers 429 Too Many Requests"),
        (answer(299, b""), ""),
        (b"HTTP/1.1 999 Odd\r\n\r\n", "the proxy answers 999"),
        (b"", "the proxy closed the connection without an answer"),
        (b"HTTP/1.1 200 OK\r\n", "the proxy closed the connection without an answer"),
        (b"SSH-2.0-OpenSSH_9.2\r\n", "what answers as the proxy is none"),
        (b"H", "the proxy closed the connection without an answer"),
        (b"HTTP/1.1 OK\r\n\r\n", "what answers as the proxy is none"),
        (GIVEN + b"HTTP/1.1 200 OK\r\n\r\n", "the proxy says more than that there is a line"),
        (b"HTTP/1.1 200 OK\r\nX: " + b"x" * 20_000, "longer than 16384 bytes"),
    ],
)
async def test_a_refusal_is_the_proxys_and_not_taken_for_the_endpoints_answer(
    said: bytes, error: str
) -> None:
    async with open_endpoint() as endpoint, open_connect_proxy() as proxy:
        proxy.answer = said
        async with through(proxy, credentials="me:hush") as webhooks:
            outcome = await send(webhooks, endpoint.url(host="plant.example"))
            assert webhooks.connections == 0
        assert endpoint.connections == 0
    assert (outcome.verdict, outcome.status) == (Verdict.RETRY, None)
    assert (outcome.disable_route, outcome.retry_after_seconds) == (False, None)
    assert error in outcome.error
    assert "hush" not in outcome.error


async def test_a_proxy_that_is_not_there_is_told_as_that_and_not_where_it_is() -> None:
    with taken_port() as port:
        async with through(Proxy("127.0.0.1", port)) as webhooks:
            outcome = await send(webhooks, "http://plant.example/")
    assert outcome.error == (
        "http://plant.example: cannot connect: the proxy cannot be reached: Connection refused"
    )


async def test_a_proxy_that_hangs_is_given_up_at_the_deadline() -> None:
    listeners = await trio.open_tcp_listeners(0, host="127.0.0.1")
    proxy = Proxy("127.0.0.1", listeners[0].socket.getsockname()[1])
    async with through(proxy) as webhooks:
        route = make_route(url="http://plant.example/", timeout_seconds=0.2)
        outcome = await webhooks.deliver(make_delivery(), route, attempt=1)
        assert webhooks.connections == 0
    assert outcome.error == "no answer within 0.2 s"
    await listeners[0].aclose()


async def test_a_line_that_broke_is_asked_for_once_more_at_once() -> None:
    async def hang_up(stream: Stream, _request: Received) -> None:
        await stream.aclose()

    async with (
        open_endpoint(OK, hang_up, OK) as endpoint,
        open_connect_proxy() as proxy,
        through(proxy) as webhooks,
    ):
        for _ in range(3):
            assert (await send(webhooks, endpoint.url())).verdict is Verdict.DELIVERED
        assert (proxy.lines, len(endpoint.requests)) == (2, 4)


# A real one --------------------------------------------------------------------------------------


async def test_a_real_proxy_gives_lines_to_whom_it_knows(tmp_path: Path) -> None:
    authority = TestAuthority()
    tls = WebhookTls(TlsContexts(authority.client_context()))
    async with (
        open_endpoint() as plain,
        open_endpoint(tls=authority.server_context("plant.example")) as secured,
        open_tinyproxy(tmp_path, user="router", password="hushhush") as port,
    ):
        urls = [plain.url(host="localhost"), secured.url(host="plant.example", scheme="https")]
        for given, status in ((None, 407), ("router:wrong", 401), ("router:hushhush", None)):
            async with through(Proxy("127.0.0.1", port, credentials=given), tls=tls) as webhooks:
                for number, url in enumerate(urls * 2):
                    outcome = await send(webhooks, url, number)
                    if status is None:
                        assert outcome.verdict is Verdict.DELIVERED
                    else:
                        assert f"the proxy answers {status}" in outcome.error
                        assert "delivery.proxy_credentials" in outcome.error
        resolving = Proxy("127.0.0.1", port, credentials="router:hushhush", resolves=True)
        async with through(resolving, resolver=nobody) as webhooks:
            assert (await send(webhooks, urls[0])).verdict is Verdict.DELIVERED
            outcome = await send(webhooks, "http://nobody.invalid/")
            assert "the proxy answers 5" in outcome.error
        assert (plain.connections, secured.connections) == (2, 1)


# How it is set -----------------------------------------------------------------------------------


def test_the_settings_say_where_it_is_and_never_show_the_password() -> None:
    settings = DeliverySettings(
        proxy="http://[fd00::1]:3128", proxy_credentials="me:hush", proxy_resolves=True
    )
    proxy = webhook_proxy(settings)
    assert proxy == Proxy("fd00::1", 3128, credentials="me:hush", resolves=True)
    assert "hush" not in f"{proxy!r} {settings!r}"
    assert webhook_proxy(DeliverySettings()) is None
