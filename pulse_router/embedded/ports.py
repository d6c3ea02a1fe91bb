"""TCP ports of this machine: which are free, and which one a folder had last time.

Knows sockets; does not know who listens.
"""

from __future__ import annotations

import contextlib
import socket
from pathlib import Path

IPV4_LOOPBACK = "127.0.0.1"
IPV6_LOOPBACK = "::1"


def loopback_hosts() -> tuple[str, ...]:
    """The addresses that `localhost` means on this machine; IPv6 only where there is one."""
    try:
        with socket.socket(socket.AF_INET6, socket.SOCK_STREAM) as probe:
            probe.bind((IPV6_LOOPBACK, 0))
    except OSError:
        return (IPV4_LOOPBACK,)
    return (IPV4_LOOPBACK, IPV6_LOOPBACK)


def is_free(port: int, hosts: tuple[str, ...] = (IPV4_LOOPBACK,)) -> bool:
    """Tell whether nobody listens on a port of any of these addresses."""
    with contextlib.ExitStack() as stack:
        for host in hosts:
            family = socket.AF_INET6 if ":" in host else socket.AF_INET
            probe = stack.enter_context(socket.socket(family, socket.SOCK_STREAM))
            # As servers do: connections of an earlier listener that linger do not count.
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            if family == socket.AF_INET6:
                probe.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
            try:
                probe.bind((host, port))
                probe.listen(1)
            except OSError:
                return False
    return True


def find_free(hosts: tuple[str, ...] = (IPV4_LOOPBACK,)) -> int:
    """A port that is free on all of these addresses now."""
    while True:
        with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
            probe.bind((IPV4_LOOPBACK, 0))
            port: int = probe.getsockname()[1]
        if is_free(port, hosts):
            return port


def choose(preferred: int | None, hosts: tuple[str, ...] = (IPV4_LOOPBACK,)) -> int:
    """The preferred port when it is free, else another one."""
    if preferred is not None and is_free(preferred, hosts):
        return preferred
    return find_free(hosts)


def recall(path: Path) -> int | None:
    """The port that was noted in a file."""
    try:
        noted = path.read_text().strip()
    except OSError:
        return None
    return int(noted) if noted.isdecimal() and 0 < int(noted) < 65536 else None


def note(path: Path, port: int) -> None:
    """Note a port in a file, for the next run."""
    path.write_text(f"{port}\n")
