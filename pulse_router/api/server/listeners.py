"""Opens the sockets that the HTTP server listens on; knows nothing of HTTP."""

from __future__ import annotations

import contextlib
import errno
import socket
from collections.abc import Mapping, Sequence
from typing import Final

import trio

from pulse_router.domain.errors import PulseError
from pulse_router.settings.values import Bind

BACKLOG: Final = 1024
_SEND_BUFFER_BYTES: Final = 128 * 1024
"""A slow client is to see what is new, and not megabytes of what was."""

_NOT_HERE: Final = frozenset({errno.EAFNOSUPPORT, errno.EADDRNOTAVAIL})
# A client that vanished while nothing was under way is found in 25 seconds.
_KEEP_ALIVE: Final = (
    (socket.TCP_KEEPIDLE, 10),
    (socket.TCP_KEEPINTVL, 5),
    (socket.TCP_KEEPCNT, 3),
)
_REMEDIES: Final[Mapping[int, str]] = {
    errno.EADDRINUSE: "stop what listens there, or set another port",
    errno.EACCES: "ports below 1024 need privileges: set a higher one",
}


class CannotListen(PulseError):
    """The address of the HTTP server cannot be listened on."""


async def open_listeners(
    bind: Bind, *, setting: str, stalled_client_seconds: float
) -> list[trio.SocketListener]:
    """Listen on every address that the host stands for, IPv4 and IPv6, on one port.

    Args:
        bind: The host and port; port 0 lets the system choose.
        setting: Where the operator has set that.
        stalled_client_seconds: After how long a connection is cut whose client does not take
            what was sent. No timeout of ours reaches a send that is under way.

    Raises:
        CannotListen: None of the addresses can be listened on; the message has the remedy.
    """
    try:
        return await _open_listeners(bind, stalled_client_seconds)
    except OSError as error:
        why = f"{error.strerror or error}".lower()
        remedy = _REMEDIES.get(error.errno or 0, f"set {setting} to an address of this machine")
        raise CannotListen(f"cannot listen on {bind} ({setting}): {why}; {remedy}") from error


async def _open_listeners(bind: Bind, stalled_client_seconds: float) -> list[trio.SocketListener]:
    found = await trio.socket.getaddrinfo(
        bind.host, bind.port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
    )
    addresses = list(dict.fromkeys((family, address) for family, _, _, _, address in found))
    with contextlib.ExitStack() as opened:
        sockets = _open_all(opened, addresses, bind.port)
        for listening in sockets:
            _configure(listening, stalled_client_seconds)
            listening.listen(BACKLOG)
        opened.pop_all()
    return [trio.SocketListener(trio.socket.from_stdlib_socket(each)) for each in sockets]


def bound_addresses(listeners: Sequence[trio.SocketListener]) -> list[str]:
    """Give the addresses as `host:port`."""
    names = [listener.socket.getsockname() for listener in listeners]
    return [str(Bind(name[0], name[1])) for name in names]


def _open_all(
    opened: contextlib.ExitStack,
    addresses: Sequence[tuple[socket.AddressFamily, tuple[object, ...]]],
    port: int,
) -> list[socket.socket]:
    """Bind all addresses to one port, which the first one chooses when it is 0."""
    sockets: list[socket.socket] = []
    missing: OSError | None = None
    for family, address in addresses:
        try:
            listening = opened.enter_context(socket.socket(family, socket.SOCK_STREAM))
            listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            if family == socket.AF_INET6 and len(addresses) > 1:
                listening.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
            listening.bind((address[0], port, *address[2:]))
        except OSError as error:
            if error.errno not in _NOT_HERE:
                raise
            missing = error  # a machine without IPv6 still has IPv4
            continue
        sockets.append(listening)
        port = listening.getsockname()[1]
    if missing is not None and not sockets:
        raise missing
    return sockets


def _configure(listening: socket.socket, stalled_client_seconds: float) -> None:
    """Set what accepted connections inherit."""
    listening.setblocking(False)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, _SEND_BUFFER_BYTES)
    listening.setsockopt(
        socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, int(stalled_client_seconds * 1000)
    )
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    for option, value in _KEEP_ALIVE:
        listening.setsockopt(socket.IPPROTO_TCP, option, value)
