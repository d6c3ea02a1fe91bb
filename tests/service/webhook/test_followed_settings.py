"""Settings of webhooks that change while the router runs: connections to come go by them."""

from __future__ import annotations

import ssl
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import Any

import attrs
import pytest
import trio
from cryptography import x509

from pulse_router.domain.deliveries import Outcome, Verdict
from pulse_router.parts.ways_out import WaysOut, make_ways_out
from pulse_router.settings import Settings, load_settings
from pulse_router.settings.live import LiveSettings
from pulse_router.webhook.sender import WebhookDestination, open_webhooks
from pulse_router.webhook.tls import TlsContexts, WebhookTls
from tests.support.delivery.deliveries import make_delivery, make_route
from tests.support.delivery.endpoints import Received, Stream, answer, open_endpoint
from tests.support.delivery.webhooks import LOOPBACK, resolve_to
from tests.support.servers.certificates import TestAuthority
from tests.support.servers.connect_proxy import open_connect_proxy
from tests.support.settings import SECRET

BASE = f'[auth]\nsecret = "{SECRET}"\n[delivery]\n'
LOOPBACK_LINE = 'allow_networks = ["127.0.0.0/8"]\n'
CLOSING = answer(200, Connection="close")


@attrs.define
class Reloaded:
    """Settings in a file, and what follows them."""

    folder: Path
    ways: WaysOut = attrs.field(init=False)
    live: LiveSettings = attrs.field(init=False)

    def begin(self, text: str) -> None:
        self.write(text)
        self.live = LiveSettings(self.load(), self.load)
        self.ways = make_ways_out(self.live.running.delivery)
        self.ways.follow(self.live)

    def open(self, *addresses: str) -> AbstractAsyncContextManager[WebhookDestination]:
        delivery = self.live.running.delivery
        return self.ways.open(delivery, resolver=resolve_to(*(addresses or ("127.0.0.1",))))

    async def change(self, text: str) -> None:
        self.write(text)
        await self.live.reload()

    def write(self, text: str) -> None:
        (self.folder / "pulse-router.toml").write_text(BASE + text)

    def load(self) -> Settings:
        return load_settings(self.folder / "pulse-router.toml", {})


@pytest.fixture
def settings(tmp_path: Path) -> Reloaded:
    return Reloaded(tmp_path)


async def test_webhooks_follow_networks_and_authorities(settings: Reloaded) -> None:
    first, second = TestAuthority(), TestAuthority()
    authority = settings.folder / "ca.pem"
    authority.write_bytes(first.pem)
    settings.begin('ca_file = "ca.pem"\n')
    async with (
        open_endpoint(CLOSING, tls=first.server_context("plant.example")) as of_first,
        open_endpoint(CLOSING, tls=second.server_context("plant.example")) as of_second,
        settings.open() as webhooks,
    ):

        async def attempt_both() -> list[Outcome]:
            return [
                await webhooks.deliver(
                    make_delivery(),
                    make_route(number, url=endpoint.url(host="plant.example", scheme="https")),
                    attempt=1,
                )
                for number, endpoint in enumerate((of_first, of_second))
            ]

        assert all("delivery.allow_networks" in told.error for told in await attempt_both())
        await settings.change(f'ca_file = "ca.pem"\n{LOOPBACK_LINE}')
        told = await attempt_both()
        assert told[0].verdict is Verdict.DELIVERED
        assert "the certificate is not valid" in told[1].error
        # The same file, renewed.
        authority.write_bytes(second.pem)
        await settings.change(f'ca_file = "ca.pem"\n{LOOPBACK_LINE}')
        told = await attempt_both()
        assert "the certificate is not valid" in told[0].error
        assert told[1].verdict is Verdict.DELIVERED


async def test_a_session_of_tls_that_was_begun_before_a_change_is_not_resumed() -> None:
    """The library refuses it with an error that is none of the network's."""
    authority = TestAuthority()
    tls = WebhookTls(TlsContexts(authority.client_context()))
    async with (
        open_endpoint(CLOSING, tls=authority.server_context("127.0.0.1.example")) as endpoint,
        open_webhooks(LOOPBACK, tls=tls, resolver=resolve_to("127.0.0.1")) as webhooks,
    ):
        route = make_route(url=endpoint.url(host="127.0.0.1.example", scheme="https"))
        for _ in range(3):
            outcome = await webhooks.deliver(make_delivery(), route, attempt=1)
            assert outcome.verdict is Verdict.DELIVERED
            tls.exchange(TlsContexts(authority.client_context()))
        assert endpoint.connections == 3


async def test_a_certificate_that_is_renewed_or_named_anew_is_shown(settings: Reloaded) -> None:
    authority = TestAuthority()
    (settings.folder / "ca.pem").write_bytes(authority.pem)
    common = 'ca_file = "ca.pem"\n' + LOOPBACK_LINE
    seen: list[str] = []

    async def note(stream: Stream, _request: Received) -> None:
        assert isinstance(stream, trio.SSLStream)
        shown = x509.load_der_x509_certificate(stream.getpeercert(binary_form=True))
        seen.append(shown.subject.rfc4514_string())
        await stream.send_all(CLOSING)

    def issue(name: str) -> None:
        issued = authority.issue(name)
        (settings.folder / "ours.pem").write_bytes(issued.key + issued.certificate)

    issue("first")
    settings.begin(f'{common}client_cert_file = "ours.pem"\n')
    context = authority.server_context("plant.example")
    context.verify_mode = ssl.CERT_REQUIRED
    context.load_verify_locations(cadata=authority.pem.decode())
    async with (
        open_endpoint(*[note] * 9, tls=context) as endpoint,
        settings.open() as webhooks,
    ):
        url = endpoint.url(host="plant.example", scheme="https")

        async def send(**config: Any) -> Verdict:
            route = make_route(url=url, **config)
            return (await webhooks.deliver(make_delivery(), route, attempt=1)).verdict

        assert await send() is Verdict.DELIVERED
        issue("second")
        await settings.change(f'{common}client_cert_file = "ours.pem"\n')
        assert await send() is Verdict.DELIVERED
        # One that cannot be used leaves what is.
        await settings.change(f'{common}client_cert_file = "away.pem"\n')
        assert await send() is Verdict.DELIVERED
        assert await send(client_certificate="plant") is Verdict.RETRY
        issue("third")
        table = '[delivery.client_certificates.plant]\ncert_file = "ours.pem"\n'
        await settings.change(common + table)
        assert await send(client_certificate="plant") is Verdict.DELIVERED
    assert seen == ["CN=first", "CN=second", "CN=second", "CN=third"]


async def test_a_proxy_is_taken_and_left_as_the_settings_say(settings: Reloaded) -> None:
    settings.begin(LOOPBACK_LINE)
    async with (
        open_endpoint(CLOSING) as endpoint,
        open_connect_proxy() as proxy,
        settings.open() as webhooks,
    ):
        proxy.names = {"plant.example": "127.0.0.1"}
        route = make_route(url=endpoint.url(host="plant.example"))
        by_name = f'proxy = "{proxy.url}"\nproxy_resolves = true\n'
        for text, asked in (
            ("", []),
            (f'proxy = "{proxy.url}"\n', [f"127.0.0.1:{endpoint.port}"]),
            (by_name, [f"plant.example:{endpoint.port}"]),
            ("", []),
        ):
            proxy.asked.clear()
            await settings.change(LOOPBACK_LINE + text)
            outcome = await webhooks.deliver(make_delivery(), route, attempt=1)
            assert (outcome.verdict, proxy.asked) == (Verdict.DELIVERED, asked)
