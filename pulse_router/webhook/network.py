"""How webhooks reach the network: resolved once, judged, and connected to what was judged.

It knows nothing of HTTP. Deadlines are the caller's.
"""

from __future__ import annotations

import socket
import ssl
from collections.abc import Sequence
from ipaddress import ip_address
from typing import Final

import trio

from pulse_router.domain.webhook_config import WebhookUrl
from pulse_router.webhook.connecting import CannotConnect, Race, interleaved
from pulse_router.webhook.guard import Address, NetworkGuard, literal_address, numeric_address
from pulse_router.webhook.names import Resolver
from pulse_router.webhook.neighbours import Neighbourhood
from pulse_router.webhook.proxy import Proxy, ProxyRefused, WayOut
from pulse_router.webhook.tls import TlsSession, WebhookTls, reason_of

MAX_ADDRESSES: Final = 8


class AddressForbidden(Exception):
    """The guard refuses every address of a host, or its port.

    Args:
        message: What it refuses and why.
        is_literal: Whether the URL itself names what is refused, so that it will stay refused.
    """

    def __init__(self, message: str, *, is_literal: bool) -> None:
        super().__init__(message)
        self.is_literal = is_literal


class GuardedNetwork:
    """Connects by TCP to judged addresses only, and shakes hands where it is asked to.

    Args:
        guard: Who judges.
        resolver: Who resolves names.
        tls: How to speak TLS.
        way_out: Whether connections go through a proxy.
        neighbourhood: Who knows which addresses are near.
    """

    def __init__(
        self,
        guard: NetworkGuard,
        resolver: Resolver,
        tls: WebhookTls,
        way_out: WayOut,
        neighbourhood: Neighbourhood,
    ) -> None:
        self._guard = guard
        self._resolve = resolver
        self._tls = tls
        self._way_out = way_out
        self._neighbourhood = neighbourhood

    async def connect(self, url: WebhookUrl) -> socket.socket:
        """Connect to the first judged address that answers, or have the proxy do it.

        Raises:
            AddressForbidden: The guard refuses all of them, or the port.
            CannotConnect: None answers, or the name cannot be resolved.
        """
        refused = self._guard.refusal_of_port(url.port)
        if refused is not None:
            raise AddressForbidden(f"{url.origin} is refused: {refused}", is_literal=True)
        proxy = self._way_out.proxy
        if proxy is not None:
            return await self._connect_by(proxy, url)
        sock = await Race().run(await self._judged_addresses(url), url.port)
        try:
            self._refuse_own(sock, url)
        except BaseException:
            sock.close()
            raise
        return sock

    async def secure(
        self,
        sock: socket.socket,
        url: WebhookUrl,
        earlier: TlsSession | None,
        certificate: str | None,
    ) -> ssl.SSLSocket:
        """Shake hands; the certificate must be that of the host in the URL.

        Args:
            sock: The connection; whatever happens, it is the answer's or closed.
            url: Whose certificate it must be.
            earlier: An earlier session with the same server, to be resumed.
            certificate: The name of ours that is shown; that of all for None.

        Raises:
            CannotConnect: They cannot agree.
        """
        mine: socket.socket = sock
        is_done = False
        try:
            name = _name_in_certificate(url.host)
            mine = secured = self._tls.wrap(sock, name, earlier, certificate=certificate)
            await _shake_hands(secured)
            is_done = True
        except KeyError:
            raise CannotConnect(f"there is no client certificate {certificate!r}") from None
        except OSError as error:
            raise CannotConnect(f"the TLS handshake failed: {reason_of(error)}") from None
        finally:
            if not is_done:
                mine.close()
        return secured

    async def _judged_addresses(self, url: WebhookUrl) -> Sequence[Address]:
        found = await self._find(url.host, is_absolute=url.is_absolute)
        refusals = [self._refusal(address) for address in found]
        allowed = [
            address for address, refusal in zip(found, refusals, strict=True) if refusal is None
        ]
        if found and not allowed:
            raise _forbidden(url, refusals[0])
        return interleaved(allowed)[:MAX_ADDRESSES]

    def _refusal(self, address: Address) -> str | None:
        place_of = self._neighbourhood.place_of
        return self._guard.refusal(address) or self._guard.refusal_of_place(address, place_of)

    def _refuse_own(self, sock: socket.socket, url: WebhookUrl) -> None:
        """Hold even if the system does not say where addresses lie, or one is new here.

        Raises:
            AddressForbidden: It leads to this machine itself.
            CannotConnect: It has broken already.
        """
        try:
            own, peer = (ip_address(name[0]) for name in (sock.getsockname(), sock.getpeername()))
        except OSError as error:
            raise CannotConnect(reason_of(error)) from None
        if (refused := self._guard.refusal_of_line(own, peer)) is not None:
            raise _forbidden(url, refused)

    async def _find(self, host: str, *, is_absolute: bool = False) -> Sequence[Address]:
        literal = literal_address(host)
        if literal is not None:
            return [literal]
        try:
            found = await self._resolve(f"{host}." if is_absolute else host)
        except OSError as error:
            said = error.strerror or str(error)
            raise CannotConnect(f"{host} cannot be resolved: {said}") from None
        addresses = map(literal_address, found)
        return [address for address in addresses if address is not None]

    async def _connect_by(self, proxy: Proxy, url: WebhookUrl) -> socket.socket:
        """Have the proxy connect to the judged addresses, or to the name when it judges those."""
        if proxy.resolves and numeric_address(url.host) is None:
            hosts = [url.host]
        else:
            hosts = [str(address) for address in await self._judged_addresses(url)]
        refused = CannotConnect("the host has no address")
        for host in hosts:
            try:
                return await self._ask(proxy, host, url.port)
            except ProxyRefused as said:
                if not said.is_about_the_address:
                    raise
                refused = said
        raise refused

    async def _ask(self, proxy: Proxy, host: str, port: int) -> socket.socket:
        try:
            addresses = interleaved(await self._find(proxy.host))[:MAX_ADDRESSES]
            sock = await Race(shows_addresses=False).run(addresses, proxy.port)
        except CannotConnect as error:
            raise CannotConnect(f"the proxy cannot be reached: {error}") from None
        is_given = False
        try:
            await proxy.ask_for_line(sock, host, port)
            is_given = True
        finally:
            if not is_given:
                sock.close()
        return sock


def _name_in_certificate(host: str) -> str:
    """Give the name that a certificate must have; the library loses the socket over a bad one.

    Raises:
        CannotConnect: No certificate can have it.
    """
    try:
        if host.encode("idna") and "\0" not in host:
            return host
    except UnicodeError:
        pass
    raise CannotConnect("the TLS handshake failed: the host name is malformed")


def _forbidden(url: WebhookUrl, refusal: str | None) -> AddressForbidden:
    is_literal = literal_address(url.host) is not None
    return AddressForbidden(f"{url.host} is refused: {refusal}", is_literal=is_literal)


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
