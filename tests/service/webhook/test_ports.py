"""Ports that webhooks may not go to: told at once, before anybody is asked for a name."""

from __future__ import annotations

from ipaddress import ip_network

import pytest
import trio

from pulse_router.domain.deliveries import Verdict
from pulse_router.webhook.guard import NetworkGuard
from pulse_router.webhook.proxy import Proxy, WayOut
from pulse_router.webhook.sender import open_webhooks
from tests.support.delivery.deliveries import make_delivery, make_route
from tests.support.delivery.endpoints import open_endpoint


async def nobody(host: str) -> list[str]:
    await trio.lowlevel.checkpoint()
    raise AssertionError(f"{host} was looked for")


@pytest.mark.parametrize("way_out", [WayOut(), WayOut(Proxy("127.0.0.1", 1, resolves=True))])
async def test_a_closed_port_is_refused_like_an_address_that_is(way_out: WayOut) -> None:
    async with open_webhooks(NetworkGuard(), resolver=nobody, way_out=way_out) as webhooks:
        for host in ("mail.example", "8.8.8.8", "[2606:4700::1111]"):
            route = make_route(url=f"https://{host}:25/hook?token=hush")
            outcome = await webhooks.deliver(make_delivery(), route, attempt=1)
            assert outcome.verdict is Verdict.DEAD
            assert outcome.error == (
                f"https://{host}:25 is refused: port 25 is that of another protocol; the operator"
                " can open it by delivery.allow_ports"
            )


async def test_where_ports_are_named_no_other_is_open() -> None:
    async with open_endpoint() as named, open_endpoint() as other:
        guard = NetworkGuard([ip_network("127.0.0.0/8")], [named.port])
        async with open_webhooks(guard) as webhooks:
            delivered, refused = [
                await webhooks.deliver(make_delivery(), make_route(number, url=it.url()), attempt=1)
                for number, it in enumerate((named, other))
            ]
        assert delivered.verdict is Verdict.DELIVERED
        assert other.connections == 0
    assert refused.verdict is Verdict.DEAD
    assert f"port {other.port} is not among delivery.allow_ports" in refused.error
