"""Names with several addresses, and names that move while they are in use."""

from __future__ import annotations

import socket
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from ipaddress import IPv4Address, IPv6Address, ip_network

import pytest
import trio
from hypothesis import given
from hypothesis import strategies as st

from pulse_router.domain.deliveries import Verdict
from pulse_router.webhook import lines
from pulse_router.webhook.connecting import STAGGER_SECONDS, interleaved
from pulse_router.webhook.guard import NetworkGuard
from pulse_router.webhook.network import MAX_ADDRESSES
from pulse_router.webhook.proxy import Proxy, WayOut
from pulse_router.webhook.sender import open_webhooks
from tests.support.delivery.deliveries import make_delivery, make_route
from tests.support.delivery.endpoints import open_endpoint
from tests.support.delivery.webhooks import attempt, resolve_to
from tests.support.servers.connect_proxy import open_connect_proxy
from tests.support.waiting import wait_until

AGE_SECONDS = 0.3
SENDERS = 8


@contextmanager
def silent_address(host: str, port: int) -> Iterator[None]:
    """Have an address drop whoever wants to connect, as a host does that is gone."""
    with ExitStack() as stack:
        listener = stack.enter_context(socket.socket())
        listener.bind((host, port))
        listener.listen(0)
        for _ in range(4):  # more than may wait there
            waiting = stack.enter_context(socket.socket())
            waiting.setblocking(False)
            waiting.connect_ex((host, port))
        yield


async def test_an_address_that_is_silent_holds_up_the_next_one_for_a_moment_only() -> None:
    async with open_endpoint() as endpoint:
        with silent_address("127.0.0.2", endpoint.port), silent_address("127.0.0.3", endpoint.port):
            outcome = await attempt(
                endpoint.url(host="several.example"),
                resolver=resolve_to("127.0.0.2", "127.0.0.3", "127.0.0.1"),
            )
    assert outcome.verdict is Verdict.DELIVERED
    assert 2 * STAGGER_SECONDS <= outcome.duration_seconds < 3


async def test_of_many_addresses_of_one_version_none_keeps_the_other_version_from_its_turn() -> (
    None
):
    """All of IPv6 may be dead here, and what is tried is bounded."""
    dead = [f"::ffff:127.0.0.{number}" for number in range(10, 10 + 2 * MAX_ADDRESSES)]
    async with open_endpoint() as endpoint:
        outcome = await attempt(
            endpoint.url(host="many.example"), resolver=resolve_to(*dead, "127.0.0.1")
        )
    assert outcome.verdict is Verdict.DELIVERED


@given(st.lists(st.ip_addresses(), unique=True))
def test_versions_take_turns_and_each_keeps_its_order(
    addresses: list[IPv4Address | IPv6Address],
) -> None:
    found = interleaved(addresses)
    assert sorted(map(str, found)) == sorted(map(str, addresses))
    assert list(found[:1]) == addresses[:1]
    for version in (4, 6):
        assert [it for it in found if it.version == version] == [
            it for it in addresses if it.version == version
        ]
    fewer = min(sum(it.version == version for it in addresses) for version in (4, 6))
    assert all(found[n].version != found[n + 1].version for n in range(2 * fewer - 1))


@pytest.mark.parametrize("by_proxy", [False, True])
async def test_a_name_that_moves_under_steady_traffic_is_followed_and_nothing_fails(
    monkeypatch: pytest.MonkeyPatch, by_proxy: bool
) -> None:
    monkeypatch.setattr(lines, "GREATEST_AGE_SECONDS", AGE_SECONDS)
    addresses = ["127.0.0.1"]
    verdicts: list[Verdict] = []

    async def resolve(host: str) -> Sequence[str]:
        return await resolve_to(*addresses)(host)

    async with (
        open_endpoint() as old,
        open_endpoint(host="127.0.0.2", port=old.port) as new,
        open_connect_proxy() as proxy,
        open_webhooks(
            NetworkGuard([ip_network("127.0.0.0/8")]),
            resolver=resolve,
            way_out=WayOut(Proxy("127.0.0.1", proxy.port) if by_proxy else None),
        ) as webhooks,
        trio.open_nursery() as nursery,
    ):
        route = make_route(url=old.url(host="moves.example"), timeout_seconds=10)

        async def send_for_ever() -> None:
            while True:
                outcome = await webhooks.deliver(make_delivery(), route, attempt=1)
                verdicts.append(outcome.verdict)

        for _ in range(SENDERS):
            nursery.start_soon(send_for_ever)
        await wait_until(lambda: len(old.requests) >= 50)
        addresses[:] = ["127.0.0.2"]
        await wait_until(lambda: old.open_connections == 0)
        told, more = len(old.requests), len(new.requests) + 200
        await wait_until(lambda: len(new.requests) >= more)
        assert len(old.requests) == told
        nursery.cancel_scope.cancel()
    assert set(verdicts) == {Verdict.DELIVERED}
