"""Connects by TCP to one of several addresses (RFC 8305); it judges none of them."""

from __future__ import annotations

import errno
import socket
from collections.abc import Sequence
from itertools import zip_longest
from typing import Final

import trio

from pulse_router.webhook.guard import Address
from pulse_router.webhook.tls import reason_of

STAGGER_SECONDS: Final = 0.25
"""How long an address may take before the next one is tried beside it."""
_ZONE_DIGITS: Final = 9


class CannotConnect(Exception):
    """No connection can be made; the message says why."""


def interleaved(addresses: Sequence[Address]) -> Sequence[Address]:
    """Take both versions in turn, beginning with the first one's: one of them may be dead."""
    firsts = [one for one in addresses if one.version == addresses[0].version]
    others = [one for one in addresses if one.version != addresses[0].version]
    pairs = zip_longest(firsts, others)
    return [address for pair in pairs for address in pair if address is not None]


class Race:
    """Tries addresses one after the other, and side by side when one is slow; the first wins.

    Args:
        shows_addresses: Whether errors name them.
    """

    def __init__(self, *, shows_addresses: bool = True) -> None:
        self._shows_addresses = shows_addresses
        self._winner: socket.socket | None = None
        self._errors: list[str] = []

    async def run(self, addresses: Sequence[Address], port: int) -> socket.socket:
        """Connect to the first address that answers.

        Raises:
            CannotConnect: None does.
        """
        try:
            await self._try_all(addresses, port)
        except BaseException:
            if self._winner is not None:
                self._winner.close()
            raise
        if self._winner is None:
            raise CannotConnect("; ".join(self._errors) or "the host has no address")
        self._winner.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return self._winner

    async def _try_all(self, addresses: Sequence[Address], port: int) -> None:
        async with trio.open_nursery() as nursery:
            for address in addresses:
                failed = trio.Event()
                nursery.start_soon(self._try, address, port, failed, nursery.cancel_scope)
                with trio.move_on_after(STAGGER_SECONDS):
                    await failed.wait()

    async def _try(
        self, address: Address, port: int, failed: trio.Event, scope: trio.CancelScope
    ) -> None:
        family = socket.AF_INET if address.version == 4 else socket.AF_INET6
        candidate: socket.socket | None = None
        try:
            candidate = socket.socket(family, socket.SOCK_STREAM)
            candidate.setblocking(False)
            await _connect(candidate, _socket_address(address, port))
            if self._winner is None:
                self._winner, candidate = candidate, None
                scope.cancel()
        except OSError as error:
            said = reason_of(error)
            self._errors.append(f"{address} port {port}: {said}" if self._shows_addresses else said)
            failed.set()
        finally:
            if candidate is not None:
                candidate.close()


def _socket_address(address: Address, port: int) -> tuple[str, int] | tuple[str, int, int, int]:
    """Write an address as a socket takes it; the system would look up a zone by its resolver.

    Raises:
        OSError: There is no such zone.
    """
    if address.version == 4 or address.scope_id is None:
        return str(address), port
    zone = address.scope_id
    if not (zone.isdecimal() and len(zone) <= _ZONE_DIGITS):
        try:
            zone = str(socket.if_nametoindex(zone))
        except (OSError, ValueError):
            raise OSError(errno.ENODEV, "there is no such zone") from None
    return str(address).partition("%")[0], port, 0, int(zone)


async def _connect(
    candidate: socket.socket, address: tuple[str, int] | tuple[str, int, int, int]
) -> None:
    try:
        candidate.connect(address)
    except BlockingIOError:
        await trio.lowlevel.wait_writable(candidate)
    else:
        await trio.lowlevel.checkpoint()
    if error := candidate.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR):
        raise OSError(error, "")
