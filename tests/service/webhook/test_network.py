"""Where webhooks may go, on real sockets: addresses, names, certificates and connections."""

from __future__ import annotations

from collections.abc import Sequence
from ipaddress import ip_network
from pathlib import Path
from typing import Any

import attrs
import pytest
import trio

from pulse_router.domain.deliveries import Verdict
from pulse_router.options import webhook_tls
from pulse_router.settings import DeliverySettings
from pulse_router.webhook.guard import NetworkGuard
from pulse_router.webhook.sender import WebhookDestination, open_webhooks
from pulse_router.webhook.tls import TlsContexts, WebhookTls
from tests.support.delivery.deliveries import make_delivery, make_route
from tests.support.delivery.endpoints import OK, Received, Stream, open_endpoint
from tests.support.delivery.webhooks import LOOPBACK, attempt, resolve_to
from tests.support.servers.certificates import TestAuthority

# Where it goes ----------------------------------------------------------------------------------


async def test_localhost_works_when_only_ipv6_listens() -> None:
    async with open_endpoint(host="::1") as endpoint:
        resolver = resolve_to("127.0.0.1", "::1")
        outcome = await attempt(endpoint.url(host="localhost"), resolver=resolver)
    assert outcome.verdict is Verdict.DELIVERED


async def test_localhost_works_when_only_ipv4_listens() -> None:
    async with open_endpoint() as endpoint:
        resolver = resolve_to("::1", "127.0.0.1")
        outcome = await attempt(endpoint.url(host="localhost"), resolver=resolver)
    assert outcome.verdict is Verdict.DELIVERED


async def test_the_system_resolves_localhost() -> None:
    async with open_endpoint() as endpoint:
        assert (await attempt(endpoint.url(host="localhost"))).verdict is Verdict.DELIVERED


async def test_a_refused_address_beside_an_allowed_one_is_never_connected_to() -> None:
    async with (
        open_endpoint(host="127.0.0.2") as forbidden,
        open_webhooks(
            NetworkGuard([ip_network("127.0.0.1/32")]),
            resolver=resolve_to("127.0.0.2", "127.0.0.1"),
        ) as webhooks,
    ):
        route = make_route(url=forbidden.url(host="rebound.example"))
        outcome = await webhooks.deliver(make_delivery(), route, attempt=1)
        assert forbidden.connections == 0
    assert outcome.verdict is Verdict.RETRY


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1",
        "[::1]",
        "[::ffff:127.0.0.1]",
        "[::ffff:0:127.0.0.1]",
        "[::127.0.0.1]",
        "[64:ff9b::7f00:1]",
        "[64:ff9b:1:7f00:0:100:808:808]",
        "[2001:0:808:808::80ff:fffe]",
        "[2600::5efe:7f00:1]",
        "[2002:7f00:1::]",
        "0.0.0.0",
        "10.0.0.1",
        "169.254.169.254",
        "[fd00:ec2::254]",
        "[fe80::a9fe:a9fe]",
    ],
)
async def test_an_address_that_is_not_public_is_refused_at_once(host: str) -> None:
    async with open_webhooks(NetworkGuard()) as webhooks:
        route = make_route(url=f"http://{host}:8080/hook")
        outcome = await webhooks.deliver(make_delivery(), route, attempt=1)
    assert outcome.verdict is Verdict.DEAD
    assert "refused" in outcome.error


async def test_a_name_that_leads_to_an_address_that_is_not_public_is_refused() -> None:
    async with open_endpoint() as endpoint:
        async with open_webhooks(
            NetworkGuard(), resolver=resolve_to("127.0.0.1", "::ffff:127.0.0.1")
        ) as webhooks:
            route = make_route(url=endpoint.url(host="rebound.example"))
            outcome = await webhooks.deliver(make_delivery(), route, attempt=1)
        assert endpoint.connections == 0
    assert outcome.verdict is Verdict.RETRY
    assert "delivery.allow_networks" in outcome.error


async def test_numbers_that_hide_loopback_are_refused() -> None:
    async with open_webhooks(NetworkGuard()) as webhooks:
        for host in ("2130706433", "0x7f.1", "127.1", "017700000001"):
            route = make_route(url=f"http://{host}:8080/")
            outcome = await webhooks.deliver(make_delivery(), route, attempt=1)
            assert outcome.verdict is not Verdict.DELIVERED
            assert "loopback" in outcome.error


THIS_HOST = NetworkGuard(map(ip_network, ["127.0.0.0/8", "::1/128", "0.0.0.0/8", "::/128"]))


@pytest.mark.parametrize(
    ("host", "addresses"),
    [
        ("127.0.0.1", ()),
        ("127.1", ()),
        ("2130706433", ()),
        ("0x7f000001", ()),
        ("017700000001", ()),
        ("0.0.0.0", ()),
        ("0", ()),
        ("[::ffff:127.0.0.1]", ()),
        ("[::ffff:7f00:1]", ()),
        ("[0:0:0:0:0:ffff:7f00:0001]", ()),
        ("localhost", ()),
        ("LOCALHOST", ()),
        ("plain.example", ("127.0.0.1",)),
        ("mapped.example", ("::ffff:127.0.0.1",)),
        ("any.example", ("0.0.0.0",)),
    ],
)
async def test_a_closed_listener_gets_no_connection_whatever_the_way_of_naming_it(
    host: str, addresses: Sequence[str]
) -> None:
    resolver = resolve_to(*addresses) if addresses else None
    async with open_endpoint() as endpoint:
        route = make_route(url=endpoint.url(host=host), timeout_seconds=5)
        async with open_webhooks(THIS_HOST, resolver=resolver) as webhooks:
            reached = await webhooks.deliver(make_delivery(), route, attempt=1)
        assert (reached.verdict, endpoint.connections) == (Verdict.DELIVERED, 1)
        async with open_webhooks(NetworkGuard(), resolver=resolver) as webhooks:
            refused = await webhooks.deliver(make_delivery(), route, attempt=1)
        assert endpoint.connections == 1
    assert refused.verdict is not Verdict.DELIVERED
    assert "is refused" in refused.error


async def test_a_name_is_resolved_once_and_what_was_judged_is_connected_to() -> None:
    asked: list[str] = []

    async def rebind(host: str) -> Sequence[str]:
        await trio.lowlevel.checkpoint()
        asked.append(host)
        return ["127.0.0.1"] if len(asked) == 1 else ["127.0.0.2"]

    guard = NetworkGuard([ip_network("127.0.0.1/32")])
    async with (
        open_endpoint() as judged,
        open_endpoint(host="127.0.0.2", port=judged.port) as closed,
        open_webhooks(guard, resolver=rebind) as webhooks,
    ):
        route = make_route(url=judged.url(host="rebound.example"))
        first = await webhooks.deliver(make_delivery(), route, attempt=1)
        assert asked == ["rebound.example"]
        assert (first.verdict, judged.connections) == (Verdict.DELIVERED, 1)
        again = attrs.evolve(route, destination_config={"url": closed.url(host="rebound2.example")})
        second = await webhooks.deliver(make_delivery(), again, attempt=2)
        assert (len(asked), closed.connections) == (2, 0)
    assert "127.0.0.2 is a loopback address" in second.error


async def test_proxy_variables_are_ignored(monkeypatch: pytest.MonkeyPatch) -> None:
    async with open_endpoint() as endpoint, open_endpoint() as proxy:
        for name in ("http_proxy", "HTTP_PROXY", "ALL_PROXY"):
            monkeypatch.setenv(name, proxy.url(""))
        assert (await attempt(endpoint.url())).verdict is Verdict.DELIVERED
        assert proxy.connections == 0


# TLS --------------------------------------------------------------------------------------------


async def test_tls_is_verified_against_the_name_in_the_url() -> None:
    authority = TestAuthority()
    resolver = resolve_to("127.0.0.1")
    async with (
        open_endpoint(tls=authority.server_context("right.example")) as endpoint,
        open_webhooks(
            LOOPBACK, resolver=resolver, tls=WebhookTls(TlsContexts(authority.client_context()))
        ) as webhooks,
    ):
        right = make_route(1, url=endpoint.url(host="right.example", scheme="https"))
        wrong = make_route(2, url=endpoint.url(host="wrong.example", scheme="https"))
        delivered = await webhooks.deliver(make_delivery(), right, attempt=1)
        refused = await webhooks.deliver(make_delivery(), wrong, attempt=1)
    assert delivered.verdict is Verdict.DELIVERED
    assert refused.verdict is Verdict.RETRY
    assert "the certificate is not valid" in refused.error


async def test_a_private_authority_is_trusted_by_its_file_beside_the_systems(
    tmp_path: Path,
) -> None:
    authority, stranger = TestAuthority(), TestAuthority()
    file = tmp_path / "ca.pem"
    file.write_bytes(authority.pem)
    tls = webhook_tls(DeliverySettings(ca_file=file))
    known = len(webhook_tls(DeliverySettings()).common.get_ca_certs())
    assert len(tls.common.get_ca_certs()) == known + 1
    resolver = resolve_to("127.0.0.1")
    async with (
        open_endpoint(tls=authority.server_context("plant.example")) as endpoint,
        open_endpoint(tls=stranger.server_context("plant.example")) as imposter,
        open_webhooks(LOOPBACK, resolver=resolver, tls=WebhookTls(tls)) as webhooks,
    ):
        outcomes = [
            await webhooks.deliver(make_delivery(), make_route(number, url=url), attempt=1)
            for number, url in enumerate(
                [
                    endpoint.url(host="plant.example", scheme="https"),
                    endpoint.url(host="other.example", scheme="https"),
                    imposter.url(host="plant.example", scheme="https"),
                ]
            )
        ]
    assert [outcome.verdict for outcome in outcomes] == [
        Verdict.DELIVERED,
        Verdict.RETRY,
        Verdict.RETRY,
    ]
    assert all("the certificate is not valid" in outcome.error for outcome in outcomes[1:])
    assert (len(endpoint.requests), imposter.requests) == (1, [])


async def test_an_unknown_authority_is_refused_by_default() -> None:
    async with open_endpoint(tls=TestAuthority().server_context("localhost")) as endpoint:
        outcome = await attempt(endpoint.url(host="localhost", scheme="https"))
    assert "the certificate is not valid" in outcome.error


async def test_a_server_that_speaks_no_tls_is_retried() -> None:
    async def send(stream: Stream, _request: Received) -> None:
        await stream.send_all(OK)

    async with open_endpoint(send) as endpoint:
        outcome = await attempt(endpoint.url(scheme="https"), timeout_seconds=0.5)
    assert outcome.verdict is Verdict.RETRY


# Bounds -----------------------------------------------------------------------------------------


async def test_a_cancelled_attempt_closes_its_connection() -> None:
    asked = trio.Event()

    async def hang(_stream: Stream, _request: Received) -> None:
        asked.set()
        await trio.sleep_forever()

    async with open_endpoint(hang) as endpoint, open_webhooks(LOOPBACK) as webhooks:
        async with trio.open_nursery() as nursery:
            route = make_route(url=endpoint.url())
            nursery.start_soon(deliver_one, webhooks, route)
            await asked.wait()
            assert webhooks.connections == 1
            nursery.cancel_scope.cancel()
        assert webhooks.connections == 0


async def deliver_one(webhooks: WebhookDestination, route: Any) -> None:
    await webhooks.deliver(make_delivery(), route, attempt=1)


async def test_only_so_many_origins_keep_their_connections() -> None:
    async with open_endpoint() as endpoint, open_webhooks(LOOPBACK, max_origins=4) as webhooks:
        for number in range(1, 20):
            route = make_route(number, url=endpoint.url(host=f"127.0.0.{number}"))
            await webhooks.deliver(make_delivery(), route, attempt=1)
        url = endpoint.url()
        for number in range(20):
            route = make_route(number, url=url.replace("127.0.0.1", f"host{number}.example"))
            await webhooks.deliver(make_delivery(), route, attempt=1)
        assert webhooks.origins <= 4
