"""How webhooks reach the network: resolved once, judged, and connected to what was judged.

The transport under httpcore2. It knows nothing of HTTP.
"""

from __future__ import annotations

import errno
import os
import socket
import ssl
from collections.abc import Iterable, Sequence
from ipaddress import ip_address
from typing import Any, Final

import httpcore2
import trio

from pulse_router.webhook.guard import Address, NetworkGuard
from pulse_router.webhook.names import Resolver

STAGGER_SECONDS: Final = 0.25
"""How long an address may take before the next one is tried beside it (RFC 8305)."""
MAX_ADDRESSES: Final = 8
MAX_UNSENT_BYTES: Final = 128 * 1024


class AddressForbidden(Exception):
    """The guard refuses every address of a host.

    Args:
        message: What it refuses and why.
        is_literal: Whether the URL names the address itself, so that it will stay refused.
    """

    def __init__(self, message: str, *, is_literal: bool) -> None:
        super().__init__(message)
        self.is_literal = is_literal


class GuardedNetwork(httpcore2.AsyncNetworkBackend):
    """Connects by TCP to judged addresses only.

    Args:
        guard: Who judges.
        resolver: Who resolves names.
    """

    def __init__(self, guard: NetworkGuard, resolver: Resolver) -> None:
        self._guard = guard
        self._resolve = resolver

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ARG002, ASYNC109 - httpcore2's signature; the attempt as a whole has a deadline
        local_address: str | None = None,  # noqa: ARG002 - httpcore2's signature
        socket_options: Iterable[httpcore2.SOCKET_OPTION] | None = None,  # noqa: ARG002 - httpcore2's signature
    ) -> httpcore2.AsyncNetworkStream:
        """Connect to the first judged address that answers.

        Raises:
            AddressForbidden: The guard refuses all of them.
            httpcore2.ConnectError: None answers, or the name cannot be resolved.
        """
        addresses = await self._judged_addresses(host)
        return NetworkStream(await _connect_to_any(addresses, port))

    async def _judged_addresses(self, host: str) -> Sequence[Address]:
        literal = _literal(host)
        if literal is not None:
            found: Sequence[Address] = [literal]
        else:
            try:
                found = [ip_address(text) for text in await self._resolve(host)]
            except OSError as error:
                said = error.strerror or str(error)
                raise httpcore2.ConnectError(f"{host} cannot be resolved: {said}") from None
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


class _Race:
    """Tries addresses one after the other, and side by side when one is slow; the first wins."""

    def __init__(self) -> None:
        self.winner: trio.socket.SocketType | None = None
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
        candidate: trio.socket.SocketType | None = None
        try:
            candidate = trio.socket.socket(family, socket.SOCK_STREAM)
            await candidate.connect((str(address), port))
            if self.winner is None:
                self.winner, candidate = candidate, None
                scope.cancel()
        except OSError as error:
            self.errors.append(f"{address} port {port}: {_reason(error)}")
            failed.set()
        finally:
            if candidate is not None:
                candidate.close()


async def _connect_to_any(addresses: Sequence[Address], port: int) -> trio.SocketStream:
    race = _Race()
    try:
        await race.run(addresses, port)
    except BaseException:
        if race.winner is not None:
            race.winner.close()
        raise
    if race.winner is None:
        raise httpcore2.ConnectError("; ".join(race.errors) or "the host has no address")
    return trio.SocketStream(race.winner)


def _reason(error: OSError) -> str:
    if error.errno is not None and error.errno in errno.errorcode:
        return os.strerror(error.errno)
    return error.strerror or type(error).__name__


class NetworkStream(httpcore2.AsyncNetworkStream):
    """A connection, with foreign errors turned into httpcore2's. Deadlines are the caller's.

    Args:
        tcp: The connection.
        tls: What encrypts it, if anything.
    """

    def __init__(
        self, tcp: trio.SocketStream, tls: trio.SSLStream[trio.SocketStream] | None = None
    ) -> None:
        self._tcp = tcp
        self._stream: trio.abc.Stream = tls if tls is not None else tcp
        self._unsent = b""

    async def read(self, max_bytes: int, timeout: float | None = None) -> bytes:  # noqa: ARG002, ASYNC109 - httpcore2's signature
        """Read what is there; nothing at the end."""
        await self._flush()
        try:
            return bytes(await self._stream.receive_some(max_bytes))
        except (trio.BrokenResourceError, trio.ClosedResourceError) as error:
            raise httpcore2.ReadError(_cause(error)) from None

    async def write(self, buffer: bytes, timeout: float | None = None) -> None:  # noqa: ARG002, ASYNC109 - httpcore2's signature
        """Write, but let the head of a request wait for its body: one packet instead of two.

        httpcore2 writes nothing at all when a request is complete.
        """
        self._unsent += buffer
        if not buffer or len(self._unsent) > MAX_UNSENT_BYTES:
            await self._flush()

    async def _flush(self) -> None:
        data, self._unsent = self._unsent, b""
        if not data:
            return
        try:
            await self._stream.send_all(data)
        except (trio.BrokenResourceError, trio.ClosedResourceError) as error:
            raise httpcore2.WriteError(_cause(error)) from None

    async def aclose(self) -> None:
        """Close the connection, without a goodbye that could hang."""
        await trio.aclose_forcefully(self._stream)

    async def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,  # noqa: ARG002, ASYNC109 - httpcore2's signature
    ) -> httpcore2.AsyncNetworkStream:
        """Shake hands; the certificate must be that of the host in the URL."""
        secured = trio.SSLStream(
            self._tcp, ssl_context, server_hostname=server_hostname, https_compatible=True
        )
        try:
            await secured.do_handshake()
        except trio.BrokenResourceError as error:
            self._tcp.socket.close()
            raise httpcore2.ConnectError(f"the TLS handshake failed: {_cause(error)}") from None
        except BaseException:
            # Cancelled half-way: nobody else knows of this connection.
            self._tcp.socket.close()
            raise
        return NetworkStream(self._tcp, secured)

    def get_extra_info(self, info: str) -> Any:  # noqa: ANN401 - httpcore2's signature
        """Tell whether an idle connection has something to read: then the other side closed it."""
        if info == "is_readable":
            return self._tcp.socket.is_readable()
        return None


def _cause(error: Exception) -> str:
    cause = error.__cause__
    if isinstance(cause, ssl.SSLCertVerificationError):
        return f"the certificate is not valid: {cause.verify_message}"
    if isinstance(cause, ssl.SSLError):
        return cause.reason or "TLS error"
    if isinstance(cause, OSError):
        return _reason(cause)
    return str(error) or type(error).__name__
