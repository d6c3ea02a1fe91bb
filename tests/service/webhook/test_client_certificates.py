"""Client certificates: who shows which, to real servers that ask for one."""

from __future__ import annotations

import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import attrs
import pytest
import trio
from cryptography import x509

from pulse_router.domain.deliveries import Outcome, Verdict
from pulse_router.options import webhook_tls
from pulse_router.settings import ClientCertificate, ClientCertificates, DeliverySettings
from pulse_router.webhook.sender import WebhookDestination, open_webhooks
from pulse_router.webhook.tls import TlsContexts, WebhookTls
from tests.support.delivery.deliveries import make_delivery, make_route
from tests.support.delivery.endpoints import OK, Received, Stream, open_endpoint
from tests.support.delivery.webhooks import LOOPBACK, resolve_to
from tests.support.servers.certificates import TestAuthority
from tests.support.servers.strict_tls import open_strict_server

HOST = "plant.example"


@attrs.define(eq=False)
class Plant:
    """An authority, a server that wants to know its clients, and the certificates of those."""

    folder: Path
    authority: TestAuthority = attrs.field(factory=TestAuthority)
    seen: list[str] = attrs.field(factory=list)
    """By whom each request was made."""

    def files(self, name: str, authority: TestAuthority | None = None) -> tuple[Path, Path]:
        issued = (authority or self.authority).issue(name)
        paths = self.folder / f"{name}.pem", self.folder / f"{name}.key"
        paths[0].write_bytes(issued.certificate)
        paths[1].write_bytes(issued.key)
        return paths

    def settings(self, **more: object) -> DeliverySettings:
        ca_file = self.folder / "ca.pem"
        ca_file.write_bytes(self.authority.pem)
        return DeliverySettings(ca_file=ca_file, **more)  # type: ignore[arg-type]

    def server(
        self, *, wants: bool = True, version: ssl.TLSVersion | None = None
    ) -> ssl.SSLContext:
        context = self.authority.server_context(HOST)
        if wants:
            context.verify_mode = ssl.CERT_REQUIRED
            context.load_verify_locations(cadata=self.authority.pem.decode())
        if version is not None:
            context.maximum_version = version
        return context

    async def answer(self, stream: Stream, _request: Received) -> None:
        while True:
            assert isinstance(stream, trio.SSLStream)
            shown = x509.load_der_x509_certificate(stream.getpeercert(binary_form=True))
            self.seen.append(shown.subject.rfc4514_string())
            await stream.send_all(OK)
            if not await stream.receive_some():
                return


@pytest.fixture
def plant(tmp_path: Path) -> Plant:
    return Plant(tmp_path)


@asynccontextmanager
async def sending(tls: TlsContexts) -> AsyncIterator[tuple[WebhookTls, WebhookDestination]]:
    held = WebhookTls(tls)
    async with open_webhooks(LOOPBACK, tls=held, resolver=resolve_to("127.0.0.1")) as webhooks:
        yield held, webhooks


async def send(webhooks: WebhookDestination, url: str, number: int = 1, **config: Any) -> Outcome:
    route = make_route(number, url=url, timeout_seconds=5, **config)
    return await webhooks.deliver(make_delivery(), route, attempt=1)


async def test_each_route_shows_its_own_and_the_others_that_of_all(plant: Plant) -> None:
    common, line_a, line_b = map(plant.files, ("common", "line-a", "line-b"))
    settings = plant.settings(
        client_cert_file=common[0],
        client_key_file=common[1],
        client_certificates=ClientCertificates(
            {"a": ClientCertificate(*line_a), "b": ClientCertificate(*line_b)}
        ),
    )
    async with open_endpoint(*[plant.answer] * 9, tls=plant.server()) as endpoint:
        url = endpoint.url(host=HOST, scheme="https")
        async with sending(webhook_tls(settings)) as (_, webhooks):
            routes: list[dict[str, str]] = [
                {},
                {"client_certificate": "a"},
                {"client_certificate": "b"},
            ]
            for turn in range(3):
                for number, config in enumerate(routes):
                    outcome = await send(webhooks, url, number, **config)
                    assert outcome.verdict is Verdict.DELIVERED, (turn, outcome)
            assert (endpoint.connections, webhooks.origins) == (3, 3)
    assert plant.seen == ["CN=common", "CN=line-a", "CN=line-b"] * 3


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
async def test_a_server_that_asks_where_there_is_none_is_told_as_that(
    plant: Plant, version: ssl.TLSVersion
) -> None:
    with open_strict_server(plant.server(version=version)) as port:
        async with sending(webhook_tls(plant.settings())) as (_, webhooks):
            for number in range(20):
                outcome = await send(webhooks, f"https://{HOST}:{port}/hook", number)
                assert outcome.verdict is Verdict.RETRY
                assert "ask for a client certificate" in outcome.error.replace("asks", "ask")


async def test_a_server_that_hangs_up_in_the_handshake_may_want_one(plant: Plant) -> None:
    context = plant.server(version=ssl.TLSVersion.TLSv1_2)
    tls = webhook_tls(plant.settings())
    # Its library keeps the reason to itself.
    async with open_endpoint(tls=context) as endpoint, sending(tls) as (_, webhooks):
        outcome = await send(webhooks, endpoint.url(host=HOST, scheme="https"))
    assert "may ask for a client certificate" in outcome.error


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
async def test_a_server_that_does_not_trust_ours_is_told_as_that(
    plant: Plant, version: ssl.TLSVersion
) -> None:
    cert, key = plant.files("stranger", TestAuthority())
    settings = plant.settings(client_cert_file=cert, client_key_file=key)
    with open_strict_server(plant.server(version=version)) as port:
        async with sending(webhook_tls(settings)) as (_, webhooks):
            outcome = await send(webhooks, f"https://{HOST}:{port}/hook")
    assert "does not trust our client certificate" in outcome.error


async def test_who_does_not_ask_is_shown_nothing(plant: Plant) -> None:
    cert, key = plant.files("common")
    settings = plant.settings(client_cert_file=cert, client_key_file=key)
    async with open_endpoint(tls=plant.server(wants=False)) as endpoint:
        url = endpoint.url(host=HOST, scheme="https")
        async with sending(webhook_tls(settings)) as (_, webhooks):
            assert (await send(webhooks, url)).verdict is Verdict.DELIVERED


async def test_another_tenants_certificate_and_one_that_is_gone_are_not_shown(
    plant: Plant,
) -> None:
    cert, key = plant.files("line-a")
    theirs = ClientCertificates({"a": ClientCertificate(cert, key, ("SOMEBODY",))})
    tenants = ("SOMEBODY", make_route().tenant_id)
    ours = ClientCertificates({"a": ClientCertificate(cert, key, tenants)})
    async with open_endpoint(*[plant.answer] * 9, tls=plant.server()) as endpoint:
        url = endpoint.url(host=HOST, scheme="https")
        tls = webhook_tls(plant.settings(client_certificates=ours))
        async with sending(tls) as (held, webhooks):
            assert (await send(webhooks, url, client_certificate="a")).verdict is Verdict.DELIVERED
            for certificates in (theirs, ClientCertificates()):
                held.exchange(webhook_tls(plant.settings(client_certificates=certificates)))
                outcome = await send(webhooks, url, client_certificate="a")
                assert outcome.verdict is Verdict.RETRY
                assert "no client certificate 'a'" in outcome.error
        assert len(endpoint.requests) == 1
