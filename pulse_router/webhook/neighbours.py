"""Where an address lies, as the system would lead packets to it: here, beside us, or elsewhere.

The system is asked by netlink, for a unit may hide /proc/net. It judges nothing.
"""

from __future__ import annotations

import errno
import os
import socket
import struct
import time
from collections import OrderedDict
from collections.abc import Callable, Iterator
from typing import Final

import structlog

from pulse_router.webhook.guard import Address, Place

REMEMBERED_SECONDS: Final = 60.0
"""How long an answer holds: about as long as a connection does."""
MAX_REMEMBERED: Final = 4096

# linux/netlink.h and linux/rtnetlink.h.
_HEADER: Final = struct.Struct("=IHHII")  # length, type, flags, sequence, port
_ROUTE: Final = struct.Struct("=BBBBBBBBI")  # family, dst, src, tos, table, protocol, scope, type
_ATTRIBUTE: Final = struct.Struct("=HH")  # length, type
_ERROR: Final = struct.Struct("=i")
_NLM_F_REQUEST: Final = 1
_NLMSG_ERROR: Final = 2
_RTM_NEWROUTE: Final = 24
_RTM_GETROUTE: Final = 26
_RTM_F_FIB_MATCH: Final = 0x2000
_RTA_DST: Final = 1
_GATEWAYS: Final = frozenset({5, 9, 18, 30})  # RTA_GATEWAY, RTA_MULTIPATH, RTA_VIA, RTA_NH_ID
_RTN_UNICAST: Final = 1
_RTN_HERE: Final = frozenset({2, 4})  # RTN_LOCAL, RTN_ANYCAST
_RTN_BROADCAST: Final = 3
_BY_THE_NETWORK: Final = frozenset({2, 9, 16})  # RTPROT_KERNEL, RTPROT_RA, RTPROT_DHCP
_MAX_ANSWER_BYTES: Final = 16_384
_NO_ROUTE: Final = frozenset(
    {errno.ENETUNREACH, errno.EHOSTUNREACH, errno.EACCES, errno.EINVAL, errno.ESRCH}
)
"""What the system says of an address to which no way leads."""

_log = structlog.get_logger()


class Neighbourhood:
    """Knows which addresses are this machine's, and which are on its links.

    Args:
        ask: Asks the system where an address lies; raises OSError.
        clock: Gives the time, in seconds.
    """

    def __init__(
        self,
        ask: Callable[[Address], Place] | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._ask = ask_system if ask is None else ask
        self._clock = clock
        self._known: OrderedDict[Address, tuple[float, Place]] = OrderedDict()
        self._has_told = False

    def place_of(self, address: Address) -> Place:
        """Say where an address lies; it takes the system some microseconds, once a minute.

        Where the system does not say, it is `ELSEWHERE`, and the log says so once.
        """
        now = self._clock()
        known = self._known.get(address)
        if known is not None and now < known[0]:
            return known[1]
        try:
            place = self._ask(address)
        except OSError as error:
            self._tell(error)
            place = Place.ELSEWHERE
        self._known[address] = (now + REMEMBERED_SECONDS, place)
        self._known.move_to_end(address)
        if len(self._known) > MAX_REMEMBERED:
            self._known.popitem(last=False)
        return place

    def _tell(self, error: OSError) -> None:
        if not self._has_told:
            self._has_told = True
            _log.warning(
                "the system does not say which networks this machine is in, so webhooks may go to"
                " their public addresses; in a unit, RestrictAddressFamilies= needs AF_NETLINK",
                problem=error.strerror or type(error).__name__,
            )


def ask_system(address: Address) -> Place:
    """Ask the kernel for its route to an address.

    Raises:
        OSError: It may not be asked, or says nothing that can be understood.
    """
    family = socket.AF_INET if address.version == 4 else socket.AF_INET6
    packed = address.packed
    attribute = _ATTRIBUTE.pack(_ATTRIBUTE.size + len(packed), _RTA_DST) + packed
    wanted = _ROUTE.pack(family, len(packed) * 8, 0, 0, 0, 0, 0, 0, _RTM_F_FIB_MATCH)
    length = _HEADER.size + len(wanted) + len(attribute)
    header = _HEADER.pack(length, _RTM_GETROUTE, _NLM_F_REQUEST, 1, 0)
    with socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, socket.NETLINK_ROUTE) as kernel:
        kernel.setblocking(False)  # it answers before `send` returns
        kernel.send(header + wanted + attribute)
        return _read(kernel.recv(_MAX_ANSWER_BYTES))


def _read(answer: bytes) -> Place:
    try:
        length, kind, *_ = _HEADER.unpack_from(answer)
        if kind == _NLMSG_ERROR:
            number = -_ERROR.unpack_from(answer, _HEADER.size)[0]
            if number in _NO_ROUTE:
                return Place.ELSEWHERE
            raise OSError(number, os.strerror(number))
        if kind != _RTM_NEWROUTE:
            raise OSError(errno.EPROTO, os.strerror(errno.EPROTO))
        _, prefix, _, _, _, protocol, _, route_type, _ = _ROUTE.unpack_from(answer, _HEADER.size)
        attributes = set(_attributes(answer[_HEADER.size + _ROUTE.size : length]))
    except struct.error:
        raise OSError(errno.EPROTO, os.strerror(errno.EPROTO)) from None
    if route_type in _RTN_HERE:
        return Place.HERE
    if route_type == _RTN_BROADCAST:
        return Place.BESIDE
    # Whole tunnels have no gateway either: only what the network itself says is on a link counts.
    is_beside = prefix > 0 and protocol in _BY_THE_NETWORK and attributes.isdisjoint(_GATEWAYS)
    return Place.BESIDE if route_type == _RTN_UNICAST and is_beside else Place.ELSEWHERE


def _attributes(data: bytes) -> Iterator[int]:
    """List the kinds of a message's attributes."""
    at = 0
    while at + _ATTRIBUTE.size <= len(data):
        length, kind = _ATTRIBUTE.unpack_from(data, at)
        if length < _ATTRIBUTE.size:
            raise struct.error("an attribute without its head")
        yield kind
        at += (length + 3) & ~3
