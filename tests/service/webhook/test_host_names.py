"""A dot at the end of a host's name: it is for the one who resolves names, and for nobody else."""

from __future__ import annotations

from collections.abc import Sequence

import trio

from pulse_router.domain.deliveries import Verdict
from pulse_router.webhook.sender import open_webhooks
from pulse_router.webhook.tls import TlsContexts, WebhookTls
from tests.support.delivery.deliveries import make_delivery, make_route
from tests.support.delivery.endpoints import open_endpoint
from tests.support.delivery.webhooks import LOOPBACK, attempt
from tests.support.servers.certificates import TestAuthority


async def test_a_dot_at_the_end_is_none_of_certificate_server_and_host_header() -> None:
    authority = TestAuthority()
    asked: list[str] = []
    names: list[str | None] = []

    async def resolve(host: str) -> Sequence[str]:
        await trio.lowlevel.checkpoint()
        asked.append(host)
        return ["127.0.0.1"]

    context = authority.server_context("plant.example")
    context.sni_callback = lambda _socket, name, _context: names.append(name)
    async with (
        open_endpoint(tls=context) as endpoint,
        open_webhooks(
            LOOPBACK, resolver=resolve, tls=WebhookTls(TlsContexts(authority.client_context()))
        ) as webhooks,
    ):
        for number, host in enumerate(["plant.example.", "PLANT.example", "plant.example."]):
            route = make_route(number, url=endpoint.url(host=host, scheme="https"))
            outcome = await webhooks.deliver(make_delivery(), route, attempt=1)
            assert outcome.verdict is Verdict.DELIVERED, outcome
        assert (endpoint.connections, webhooks.origins) == (1, 1)
        assert {request.headers["host"] for request in endpoint.requests} == {
            f"plant.example:{endpoint.port}"
        }
    assert (asked, names) == (["plant.example."], ["plant.example"])


async def test_a_dot_behind_an_address_hides_nothing() -> None:
    async with open_endpoint() as endpoint:
        assert (await attempt(endpoint.url(host="127.0.0.1."))).verdict is Verdict.DELIVERED
    for host in ("10.0.0.1.", "169.254.169.254."):
        outcome = await attempt(f"http://{host}/")
        assert (outcome.verdict, "is refused" in outcome.error) == (Verdict.DEAD, True)
