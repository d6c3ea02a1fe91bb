"""Single attempts at webhooks on this machine, whose names lead where a test says."""

from __future__ import annotations

from collections.abc import Sequence
from ipaddress import ip_network
from typing import Any

import trio

from pulse_router.domain.deliveries import Outcome
from pulse_router.webhook.guard import NetworkGuard
from pulse_router.webhook.names import Resolver
from pulse_router.webhook.sender import open_webhooks
from tests.support.delivery.deliveries import make_delivery, make_route

LOOPBACK = NetworkGuard([ip_network("127.0.0.0/8"), ip_network("::1/128")])


def resolve_to(*addresses: str) -> Resolver:
    async def resolve(_host: str) -> Sequence[str]:
        await trio.lowlevel.checkpoint()
        return addresses

    return resolve


async def attempt(url: str, *, resolver: Resolver | None = None, **config: Any) -> Outcome:
    route = make_route(**{"url": url, "timeout_seconds": 5, **config})
    async with open_webhooks(LOOPBACK, resolver=resolver) as webhooks:
        return await webhooks.deliver(make_delivery(), route, attempt=1)
