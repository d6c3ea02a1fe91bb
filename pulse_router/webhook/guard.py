"""The network guard: which addresses and ports a webhook may go to.

It judges addresses, never names: what is judged is what is connected to. It does no I/O.
"""

from __future__ import annotations

import enum
from collections.abc import Callable, Iterable
from ipaddress import (
    IPv4Address,
    IPv4Network,
    IPv6Address,
    IPv6Network,
    ip_address,
    ip_network,
)
from socket import inet_aton
from typing import Final, TypeAlias

Address: TypeAlias = IPv4Address | IPv6Address
Network: TypeAlias = IPv4Network | IPv6Network

METADATA_ADDRESSES: Final = frozenset(
    map(
        ip_address,
        (
            "169.254.169.254",  # AWS, Azure, Google and many others
            "fe80::a9fe:a9fe",  # OpenStack by IPv6
            "169.254.170.2",  # AWS containers
            "169.254.170.23",  # AWS pod identity
            "100.100.100.200",  # Alibaba
            "169.254.0.23",  # Tencent
            "169.254.42.42",  # Scaleway
            "fd00:42::42",  # Scaleway by IPv6
            "168.63.129.16",  # Azure's wire server
            "192.0.0.192",  # Oracle
            "fd00:ec2::254",  # AWS by IPv6
            "fd00:ec2::23",  # AWS pod identity by IPv6
            "fd20:ce::254",  # Google by IPv6
        ),
    )
)
"""Where clouds hand out credentials; no setting opens them."""

OTHER_PROTOCOLS: Final = frozenset(
    {
        *(21, 22, 23, 25, 53, 110, 119, 135, 139, 143, 389, 445, 465, 514, 515, 587, 636, 993, 995),
        *(1433, 1521, 1723, 2049, 3306, 3389, 5060, 5061, 5432, 6000, 6379, 6566),
        *(6665, 6666, 6667, 6668, 6669, 6697, 9100, 11211, 27017),
    }
)
"""Ports of mail, shells, databases, printers and the like, which act on lines of a request."""

_ADVICE: Final = "the operator can open it by delivery.allow_networks"
_COMPATIBLE: Final = IPv6Network("::/96")
# NAT64 by its two prefixes, and SIIT.
_TRANSLATED_LOCALLY: Final = IPv6Network("64:ff9b:1::/48")
_TRANSLATED: Final = (*map(IPv6Network, ("64:ff9b::/96", "::ffff:0:0:0/96")), _TRANSLATED_LOCALLY)
_ISATAP_MARKS: Final = frozenset({0x00005EFE, 0x02005EFE})
_THIS_NETWORK: Final = ip_network("0.0.0.0/8")


def literal_address(host: str) -> Address | None:
    """Read a host that is an address; None where it is a name."""
    try:
        return ip_address(host)
    except ValueError:
        return None


def numeric_address(host: str) -> Address | None:
    """Read a host as systems do that take numbers of any form for an address: `0x7f.1`, `127.1`."""
    try:
        return literal_address(host) or IPv4Address(inet_aton(host))
    except OSError:
        return None


class Place(enum.Enum):
    """Where an address lies."""

    HERE = "this machine's own"
    BESIDE = "in a network that this machine is in"
    ELSEWHERE = "where a router leads, or nothing does"


class NetworkGuard:
    """Decides which addresses may be connected to, and at which ports.

    Args:
        allow_networks: Networks that the operator opens although they are not public.
        allow_ports: The only ports; none stands for all but those of `OTHER_PROTOCOLS`.
    """

    def __init__(
        self, allow_networks: Iterable[Network] = (), allow_ports: Iterable[int] = ()
    ) -> None:
        self._allowed = tuple(allow_networks)
        self._ports = frozenset(allow_ports)

    def allow(self, networks: Iterable[Network]) -> None:
        """Open these networks instead, for the connections to come."""
        self._allowed = tuple(networks)

    def allow_ports(self, ports: Iterable[int]) -> None:
        """Open these ports instead, for the connections to come."""
        self._ports = frozenset(ports)

    def refusal_of_port(self, port: int) -> str | None:
        """Say why a port must not be connected to, or None when it may."""
        if port in self._ports or not (self._ports or port in OTHER_PROTOCOLS):
            return None
        kind = "not among delivery.allow_ports" if self._ports else "that of another protocol"
        return f"port {port} is {kind}; the operator can open it by delivery.allow_ports"

    def refusal_of_place(
        self, address: Address, place_of: Callable[[Address], Place]
    ) -> str | None:
        """Say why an address must not be connected to for where it lies, or None when it may.

        A public address may be this machine's own, or a neighbour's: no firewall stands between.

        Args:
            address: The address; every form of it is judged.
            place_of: Says where an address lies.
        """
        forms = [address, *_inner(address)]
        if any(map(self._is_allowed, forms)):
            return None
        places = {place_of(form) for form in forms} - {Place.ELSEWHERE}
        return f"{address} is {min(places, key=_by_nearness).value}; {_ADVICE}" if places else None

    def refusal_of_line(self, own: Address, peer: Address) -> str | None:
        """Say why a connection must not be used, or None when it may.

        Args:
            own: Its address on this side.
            peer: Its address on the other side.
        """
        if _bare(own) != _bare(peer):
            return None
        return self.refusal_of_place(peer, lambda _form: Place.HERE)

    def refusal(self, address: Address) -> str | None:
        """Say why an address must not be connected to, or None when it may.

        An address that carries another one inside (mapped, translated, tunnelled) is judged by
        every form of it: what is inside is where it may end.
        """
        forms = [address, *_inner(address)]
        if any(_bare(form) in METADATA_ADDRESSES for form in forms):
            return f"{address} is a cloud metadata address"
        wrapped = len(forms) > 1
        for form in forms[1:] if wrapped else forms:
            kind = _kind(form)
            if kind is not None and not self._is_allowed(form) and not self._is_allowed(address):
                return f"{address} is {kind}; {_ADVICE}"
        return None

    def _is_allowed(self, address: Address) -> bool:
        bare = _bare(address)
        return any(bare in network for network in self._allowed if network.version == bare.version)


def _by_nearness(place: Place) -> int:
    return list(Place).index(place)


def _bare(address: Address) -> Address:
    """Take the zone off an address."""
    if isinstance(address, IPv6Address) and address.scope_id is not None:
        return IPv6Address(int(address))
    return address


def _inner(address: Address) -> list[Address]:
    """Find the IPv4 addresses that an IPv6 address carries."""
    if isinstance(address, IPv4Address):
        return []
    number = int(address)
    low = IPv4Address(number & 0xFFFFFFFF)
    found: list[Address] = []
    if address.ipv4_mapped is not None or (_bare(address) in _COMPATIBLE and number > 1):
        found.append(low)
    if address.sixtofour is not None:
        found.append(address.sixtofour)
    if address.teredo is not None:
        found.extend(address.teredo)
    if any(_bare(address) in network for network in _TRANSLATED):
        found.append(low)
    if _bare(address) in _TRANSLATED_LOCALLY:
        found.extend(_translated_locally(number))
    if (number >> 32) & 0xFFFFFFFF in _ISATAP_MARKS:
        found.append(low)
    return found


def _translated_locally(number: int) -> list[IPv4Address]:
    """Find what a translator may make of an address whose prefix is 48, 56 or 64 bits long.

    How long it is, only the network knows (RFC 6052, section 2.2). Bits 64 to 71 are always zero,
    and zeros at the beginning are a longer prefix's.
    """
    upper, lower = number >> 64, number & 0xFFFF_FFFF_FFFF_FFFF
    joined = (upper << 56) | (lower & 0xFF_FFFF_FFFF_FFFF)
    forms = [IPv4Address((joined >> shift) & 0xFFFFFFFF) for shift in (40, 32, 24)]
    return [form for form in forms if form not in _THIS_NETWORK]


def _kind(address: Address) -> str | None:
    """Say what makes an address unfit for the public network, or None for a public one."""
    kinds = {
        "a loopback address": address.is_loopback,
        "a link-local address": address.is_link_local,
        "a multicast address": address.is_multicast,
        "unspecified": address.is_unspecified,
        "a private address": address.is_private,
        "a site-local address": isinstance(address, IPv6Address) and address.is_site_local,
        "a reserved address": address.is_reserved or address in _THIS_NETWORK,
        "not a public address": not address.is_global,
    }
    return next((kind for kind, applies in kinds.items() if applies), None)
