"""How webhooks reach the network: resolved once, judged, and connected to what was judged.

It knows nothing of HTTP. Deadlines are the caller's.
"""

from __future__ import annotations

import errno
import socket
import ssl
from collections.abc import Sequence
from ipaddress import ip_address
from typing import Final

import trio

from pulse_router.webhook.guard import Address, NetworkGuard
from pulse_router.webhook.lines import reason_of
from pulse_router.webhook.names import Resolver
from pulse_router.webhook.tls import TlsSession, WebhookTls

STAGGER_SECONDS: Final = 0.25
"""How long an address may take before the next one is tried beside it (RFC 8305)."""
MAX_ADDRESSES: Final = 8
_ZONE_DIGITS: Final = 9


class AddressForbidden(Exception):
    """The guard refuses every address of a host.

    Args:
        message: What it refuses and why.
        is_literal: Whether the URL names the address itself, so that it will stay refused.
    """

    def __init__(self, message: str, *, is_literal: bool) -> None:
        super().__init__(message)
        self.is_literal = is_literal


class CannotConnect(Exception):
    """No connection can be made; the message says why."""


class GuardedNetwork:
    """Connects by TCP to judged addresses only, and shakes hands where it is asked to.

    Args:
        guard: Who judges.
        resolver: Who resolves names.
        tls: How to speak TLS.
    """

    def __init__(self, guard: NetworkGuard, resolver: Resolver, tls: WebhookTls) -> None:
        self._guard = guard
        self._resolve = resolver
        self._tls = tls

    async def connect(self, host: str, port: int) -> socket.socket:
        """Connect to the first judged address that answers.

        Raises:
            AddressForbidden: The guard refuses all of them.
            CannotConnect: None answers, or the name cannot be resolved.
        """
        addresses = await self._judged_addresses(host)
        race = _Race()
        try:
            await race.run(addresses, port)
        except BaseException:
            if race.winner is not None:
                race.winner.close()
            raise
        if race.winner is None:
            raise CannotConnect("; ".join(race.errors) or "the host has no address")
        race.winner.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return race.winner

    async def secure(
        self, sock: socket.socket, host: str, earlier: TlsSession | None
    ) -> ssl.SSLSocket:
        """Shake hands; the certificate must be that of the host in the URL.

        Args:
            sock: The connection; whatever happens, it is the answer's or closed.
            host: Whose certificate it must be.
            earlier: An earlier session with the same server, to be resumed.

        Raises:
            CannotConnect: They cannot agree.
        """
        mine: socket.socket = sock
        is_done = False
        try:
            mine = secured = self._tls.wrap(sock, _name_in_certificate(host), earlier)
            await _shake_hands(secured)
            is_done = True
        except OSError as error:
            raise CannotConnect(f"the TLS handshake failed: {reason_of(error)}") from None
        finally:
            if not is_done:
                mine.close()
        return secured

    async def _judged_addresses(self, host: str) -> Sequence[Address]:
        literal = _literal(host)
        if literal is not None:
            found: Sequence[Address] = [literal]
        else:
            try:
                answers = await self._resolve(host)
            except OSError as error:
                said = error.strerror or str(error)
                raise CannotConnect(f"{host} cannot be resolved: {said}") from None
            found = [address for text in answers if (address := _literal(text)) is not None]
        refusals = [self._guard.refusal(address) for address in found]
        allowed = [
            address for address, refusal in zip(found, refusals, strict=True) if refusal is None
        ]
        if found and not allowed:
            raise AddressForbidden(
                f"{host} is refused: {refusals[0]}", is_literal=literal is not None
            )
        return allowed[:MAX_ADDRESSES]


def _literal(host: str) -> Address | None:
    try:
        return ip_address(host)
    except ValueError:
        return None


def _name_in_certificate(host: str) -> str:
    """Give the name that a certificate must have; the library loses the socket over a bad one.

    Raises:
        CannotConnect: No certificate can have it.
    """
    name = host.rstrip(".")
    try:
        if name.encode("idna") and "\0" not in name:
            return name
    except UnicodeError:
        pass
    raise CannotConnect("the TLS handshake failed: the host name is malformed")


async def _shake_hands(secured: ssl.SSLSocket) -> None:
    while True:
        try:
            secured.do_handshake()
        except ssl.SSLWantReadError:
            await trio.lowlevel.wait_readable(secured)
        except ssl.SSLWantWriteError:
            await trio.lowlevel.wait_writable(secured)
        else:
            return


class _Race:
    """Tries addresses one after the other, and side by side when one is slow; the first wins."""

    def __init__(self) -> None:
        self.winner: socket.socket | None = None
        self.errors: list[str] = []

    async def run(self, addresses: Sequence[Address], port: int) -> None:
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
            if self.winner is None:
                self.winner, candidate = candidate, None
                scope.cancel()
        except OSError as error:
            self.errors.append(f"{address} port {port}: {reason_of(error)}")
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
