"""Settings of webhooks that change while the router runs: connections to come go by them."""

from __future__ import annotations

from pathlib import Path

import attrs
import pytest

from pulse_router.domain.deliveries import Outcome, Verdict
from pulse_router.options import webhook_tls
from pulse_router.parts.following import follow_webhook_settings
from pulse_router.settings import Settings, load_settings
from pulse_router.settings.live import LiveSettings
from pulse_router.webhook.guard import NetworkGuard
from pulse_router.webhook.sender import open_webhooks
from pulse_router.webhook.tls import WebhookTls
from tests.support.delivery.deliveries import make_delivery, make_route
from tests.support.delivery.endpoints import answer, open_endpoint
from tests.support.delivery.webhooks import LOOPBACK, resolve_to
from tests.support.servers.certificates import TestAuthority
from tests.support.settings import SECRET

BASE = f'[auth]\nsecret = "{SECRET}"\n[delivery]\n'
LOOPBACK_LINE = 'allow_networks = ["127.0.0.0/8"]\n'
CLOSING = answer(200, Connection="close")


@attrs.define
class Reloaded:
    """Settings in a file, and what follows them."""

    folder: Path
    guard: NetworkGuard = attrs.field(init=False)
    tls: WebhookTls = attrs.field(init=False)
    live: LiveSettings = attrs.field(init=False)

    def begin(self, text: str) -> None:
        self.write(text)
        self.live = LiveSettings(self.load(), self.load)
        delivery = self.live.running.delivery
        self.guard = NetworkGuard(delivery.allow_networks)
        self.tls = WebhookTls(webhook_tls(delivery))
        follow_webhook_settings(self.live, self.guard, self.tls)

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
        open_webhooks(
            settings.guard, tls=settings.tls, resolver=resolve_to("127.0.0.1")
        ) as webhooks,
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
    tls = WebhookTls(authority.client_context())
    async with (
        open_endpoint(CLOSING, tls=authority.server_context("127.0.0.1.example")) as endpoint,
        open_webhooks(LOOPBACK, tls=tls, resolver=resolve_to("127.0.0.1")) as webhooks,
    ):
        route = make_route(url=endpoint.url(host="127.0.0.1.example", scheme="https"))
        for _ in range(3):
            outcome = await webhooks.deliver(make_delivery(), route, attempt=1)
            assert outcome.verdict is Verdict.DELIVERED
            tls.exchange(authority.client_context())
        assert endpoint.connections == 3
