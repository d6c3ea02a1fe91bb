"""The laws of the network guard: no form of an address gets past it."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address, ip_network

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pulse_router.webhook.guard import METADATA_ADDRESSES, NetworkGuard

CLOSED = NetworkGuard()
EVERYTHING = NetworkGuard([ip_network("0.0.0.0/0"), ip_network("::/0")])


def translated(address: IPv4Address, prefix: IPv6Network) -> IPv6Address:
    """An IPv4 address behind a prefix of a translator (RFC 6052, section 2.2).

    The suffix that is left hides it: it looks like the address of a public host.
    """
    bits = f"{int(prefix.network_address):0128b}"[: prefix.prefixlen] + f"{int(address):032b}"
    if prefix.prefixlen < 96:
        bits = bits[:64] + "0" * 8 + bits[64:]
    public = f"{int(IPv4Address('8.8.8.8')):032b}"
    filled = bits + "0" * (128 - len(bits))
    return IPv6Address(int(filled if len(bits) > 96 else filled[:96] + public, 2))


def wrap(address: IPv4Address) -> dict[str, IPv6Address]:
    """Every way to carry an IPv4 address inside an IPv6 one."""
    number = int(address)
    prefixes = {"/48": "64:ff9b:1::/48", "/56": "64:ff9b:1:100::/56", "/64": "64:ff9b:1:808::/64"}
    # What begins with zeros cannot be told from what a longer prefix carries, and leads nowhere.
    local = {} if number < 1 << 24 else prefixes
    return {
        f"NAT64, local, {name}": translated(address, IPv6Network(prefix))
        for name, prefix in local.items()
    } | {
        "mapped": IPv6Address((0xFFFF << 32) | number),
        "translated (SIIT)": IPv6Address((0xFFFF << 48) | number),
        "NAT64": IPv6Address(int(IPv6Address("64:ff9b::")) | number),
        "NAT64, local": IPv6Address(int(IPv6Address("64:ff9b:1::")) | number),
        "6to4": IPv6Address((0x2002 << 112) | (number << 80) | 1),
        "Teredo client": IPv6Address(
            (0x20010000 << 96) | (int(IPv4Address("8.8.8.8")) << 64) | (number ^ 0xFFFFFFFF)
        ),
        "Teredo server": IPv6Address(
            (0x20010000 << 96) | (number << 64) | (int(IPv4Address("8.8.8.8")) ^ 0xFFFFFFFF)
        ),
        "ISATAP": IPv6Address(int(IPv6Address("2600::5efe:0:0")) | number),
    }


@pytest.mark.parametrize(
    "address",
    [
        "0.0.0.0",
        "0.1.2.3",
        "10.1.2.3",
        "100.64.0.1",
        "127.0.0.1",
        "127.255.255.254",
        "169.254.1.1",
        "172.16.0.1",
        "172.31.255.255",
        "192.0.0.1",
        "192.0.2.1",
        "192.168.0.1",
        "198.18.0.1",
        "224.0.0.1",
        "239.255.255.255",
        "240.0.0.1",
        "255.255.255.255",
        "::",
        "::1",
        "::2",
        "fe80::1",
        "fe80::1%eth0",
        "fc00::1",
        "fd12:3456::1",
        "fec0::1",
        "ff02::1",
        "ff0e::1",
        "2001:db8::1",
        "100::1",
    ],
)
def test_what_is_not_public_is_refused_unless_opened(address: str) -> None:
    assert CLOSED.refusal(ip_address(address)) is not None
    assert EVERYTHING.refusal(ip_address(address)) is None


@pytest.mark.parametrize("address", ["8.8.8.8", "1.1.1.1", "2606:4700:4700::1111", "2a00::1"])
def test_what_is_public_may_be_reached(address: str) -> None:
    assert CLOSED.refusal(ip_address(address)) is None


@given(st.ip_addresses(v=4))
def test_an_address_is_refused_in_every_wrapping_when_it_is_refused_bare(
    address: IPv4Address,
) -> None:
    if CLOSED.refusal(address) is not None:
        for form, wrapped in wrap(address).items():
            assert CLOSED.refusal(wrapped) is not None, form


@pytest.mark.parametrize("address", ["127.0.0.1", "10.0.0.1", "192.168.1.1"])
def test_private_networks_are_refused_in_every_wrapping(address: str) -> None:
    for form, wrapped in wrap(IPv4Address(address)).items():
        assert CLOSED.refusal(wrapped) is not None, form


@pytest.mark.parametrize("address", sorted(METADATA_ADDRESSES, key=str))
def test_metadata_is_never_opened_in_any_form(address: IPv4Address | IPv6Address) -> None:
    assert EVERYTHING.refusal(address) is not None
    if isinstance(address, IPv4Address):
        for form, wrapped in wrap(address).items():
            assert EVERYTHING.refusal(wrapped) is not None, form


@pytest.mark.parametrize(
    "address",
    ["64:ff9b::808:808", "64:ff9b:1::808:808", "64:ff9b:1:808:8:800:808:808", "2002:808:808::1"],
)
def test_what_is_public_may_be_reached_through_a_translator(address: str) -> None:
    assert CLOSED.refusal(ip_address(address)) is None


def test_an_opened_network_opens_nothing_else() -> None:
    guard = NetworkGuard([ip_network("192.168.7.0/24"), ip_network("::1/128")])
    assert guard.refusal(ip_address("192.168.7.9")) is None
    assert guard.refusal(ip_address("::ffff:192.168.7.9")) is None
    assert guard.refusal(ip_address("::1")) is None
    assert guard.refusal(ip_address("192.168.8.9")) is not None
    assert guard.refusal(ip_address("127.0.0.1")) is not None


@given(st.ip_addresses())
def test_every_address_gets_a_verdict(address: IPv4Address | IPv6Address) -> None:
    refusal = CLOSED.refusal(address)
    assert refusal is None or str(address) in refusal
