"""Whatever a name is, and whatever a name server answers costs that attempt, in bounded time."""

from __future__ import annotations

import contextlib
import socket
from collections.abc import Sequence
from contextlib import closing
from ipaddress import IPv6Address, ip_network

import pytest
import trio
from hypothesis import given, settings
from hypothesis import strategies as st

from pulse_router.domain.deliveries import Verdict
from pulse_router.domain.webhook_config import WebhookUrl, parse_url
from pulse_router.webhook.connecting import CannotConnect
from pulse_router.webhook.guard import NetworkGuard
from pulse_router.webhook.names import MAX_ANSWERS, Resolver, SystemResolver
from pulse_router.webhook.neighbours import Neighbourhood
from pulse_router.webhook.network import MAX_ADDRESSES, AddressForbidden, GuardedNetwork
from pulse_router.webhook.proxy import WayOut
from pulse_router.webhook.sender import open_webhooks
from pulse_router.webhook.tls import TlsContexts, WebhookTls
from tests.support.delivery.deliveries import make_delivery, make_route

CURSED_NAMES = [
    "",
    ".",
    "..",
    "a..b",
    ".example.com",
    "x" * 64 + ".example",
    "x" * 254,
    "x." * 1000,
    "xn--" + "9" * 59,
    "xn--zzzz\u0301",
    "\ud800.example",
    "ß.example",
    "a\0b",
    "a b",
    "localhost%lo",
    "fe80::1%nope",
    "[::1]",
    "-",
    "_._",
]
CURSED_ANSWERS = [
    "",
    "fe80::1%",
    "fe80::1%nope",
    "fe80::1%a\0b",
    "fe80::1%99999999999999999999",
    "::ffff:169.254.169.254",
    "::ffff:127.0.0.1",
    "::",
    "0.0.0.0",
    "255.255.255.255",
    "ff02::1",
    "1.2.3",
    "127.0.0.1\0",
    "a.example",
    "::1%1",
]
names = st.text(max_size=300) | st.sampled_from(CURSED_NAMES)
answers = st.lists(
    st.sampled_from(CURSED_ANSWERS) | st.ip_addresses().map(str) | st.text(max_size=20),
    max_size=12,
)


def resolve_by_system(host: str) -> Sequence[str]:
    """Ask the system as the router does, but no server."""
    found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM, flags=socket.AI_NUMERICHOST)
    return [str(entry[4][0]) for entry in found]


@given(names)
@settings(max_examples=200, deadline=None)
def test_whatever_a_name_is_it_is_resolved_or_an_error_of_the_system(name: str) -> None:
    async def main() -> None:
        async with trio.open_nursery() as nursery:
            resolver = SystemResolver(nursery, resolve_by_system)
            for _ in range(2):
                with contextlib.suppress(OSError):
                    assert len(await resolver(name)) <= MAX_ANSWERS
            nursery.cancel_scope.cancel()

    trio.run(main)


@pytest.mark.parametrize("error", [ValueError("x"), RecursionError(), MemoryError(), KeyError("x")])
async def test_a_lookup_that_fails_in_whatever_way_costs_its_name_only(error: Exception) -> None:
    def look_up(host: str) -> Sequence[str]:
        if host == "bad.example":
            raise error
        return ["203.0.113.7"]

    async with trio.open_nursery() as nursery:
        resolver = SystemResolver(nursery, look_up)
        for _ in range(3):
            with pytest.raises(OSError, match=type(error).__name__):
                await resolver("bad.example")
            assert await resolver("good.example") == ["203.0.113.7"]
        nursery.cancel_scope.cancel()


async def test_of_thousands_of_addresses_a_few_are_judged_and_fewer_tried() -> None:
    many = [f"198.51.{n // 250}.{n % 250}" for n in range(20_000)]

    class CountingGuard(NetworkGuard):
        judged = 0

        def refusal(self, address: object) -> str | None:  # noqa: ARG002 - all are refused
            self.judged += 1
            return "it is refused"

    async with trio.open_nursery() as nursery:
        resolver = SystemResolver(nursery, lambda _host: many)
        guard = CountingGuard()
        network = network_of(guard, resolver)
        with pytest.raises(AddressForbidden):
            await network.connect(url_of("many.example", 80))
        assert guard.judged == MAX_ANSWERS
        network = network_of(NetworkGuard([ip_network("127.0.0.0/8")]), resolver)
        many[:] = [f"127.0.{n // 250}.{n % 250 + 1}" for n in range(20_000)]
        with pytest.raises(CannotConnect) as refused:
            await network.connect(url_of("many.example", closed_port()))
        assert str(refused.value).count("port") == MAX_ADDRESSES
        nursery.cancel_scope.cancel()


def network_of(guard: NetworkGuard, resolver: Resolver) -> GuardedNetwork:
    return GuardedNetwork(guard, resolver, WebhookTls(TlsContexts()), WayOut(), Neighbourhood())


def url_of(host: str, port: int) -> WebhookUrl:
    return WebhookUrl("https", host, port, "/")


def closed_port() -> int:
    with closing(socket.socket()) as one:
        one.bind(("127.0.0.1", 0))
        port: int = one.getsockname()[1]
    return port


@given(answers)
@settings(max_examples=100, deadline=None)
def test_whatever_a_name_server_answers_costs_that_attempt_only(given_answers: list[str]) -> None:
    async def resolve(_host: str) -> Sequence[str]:
        await trio.lowlevel.checkpoint()
        return given_answers

    async def main() -> None:
        # Nothing is opened, so that only what the guard takes for public is connected to.
        guard = NoPublicGuard()
        async with open_webhooks(guard, resolver=resolve) as webhooks:
            for number, scheme in enumerate(("http", "https")):
                url = f"{scheme}://hostile.example:{port}/"
                route = make_route(number, url=url, timeout_seconds=5)
                outcome = await webhooks.deliver(make_delivery(), route, attempt=1)
                assert outcome.verdict is Verdict.RETRY
                assert "hostile.example" in outcome.error
                assert len(outcome.error) < 2000

    port = closed_port()
    trio.run(main)


class NoPublicGuard(NetworkGuard):
    """Lets this machine's addresses through alone, so that a test sends nothing anywhere."""

    def refusal(self, address: object) -> str | None:
        return None if str(address) in ("127.0.0.1", "::1%1", "fe80::1%nope") else "not public"


@pytest.mark.parametrize("zone", ["nope", "99999999999999999999", "x" * 5000, "a\0b"])
async def test_a_zone_that_is_not_there_asks_nobody(zone: str) -> None:
    async def resolve(_host: str) -> Sequence[str]:
        await trio.lowlevel.checkpoint()
        return [f"fe80::1%{zone}"]

    guard = NetworkGuard([ip_network("fe80::/10")])
    network = network_of(guard, resolve)
    assert IPv6Address(f"fe80::1%{zone}").scope_id == zone
    with pytest.raises(CannotConnect, match="No such device"):
        await network.connect(url_of("zoned.example", 9))


@pytest.mark.parametrize("name", ["a..b", "." + "x" * 64, "x" * 64, "\ud800", "a\0b", ""])
async def test_a_name_that_no_certificate_can_have_is_a_failed_handshake(name: str) -> None:
    ours, theirs = socket.socketpair()
    network = network_of(NetworkGuard(), resolve_nothing)
    with closing(theirs), pytest.raises(CannotConnect, match="malformed"):
        await network.secure(ours, url_of(name, 443), None, None)
    assert ours.fileno() == -1


async def resolve_nothing(_host: str) -> Sequence[str]:
    await trio.lowlevel.checkpoint()
    return ()


@given(st.text(max_size=300))
@settings(max_examples=300)
def test_whatever_stands_in_a_url_a_host_of_it_has_few_characters(text: str) -> None:
    try:
        url = parse_url(f"https://{text}/")
    except ValueError:
        return
    assert url.host.isascii()
    assert len(url.host) <= 253
