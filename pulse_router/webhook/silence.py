"""Whether the other side of a connection that nobody uses has closed it, or said anything.

It knows nothing of what is said.
"""

from __future__ import annotations

import select
import socket
import ssl
from collections.abc import Collection, Iterable


class Silence:
    """The silence of one connection.

    Args:
        sock: Connected, and not blocking; `ssl.SSLSocket` where it is encrypted.
    """

    __slots__ = ("_poll", "_secured", "_socket")

    def __init__(self, sock: socket.socket) -> None:
        self._socket = sock
        self._secured = sock if isinstance(sock, ssl.SSLSocket) else None
        self._poll: select.poll | None = None

    def is_kept(self) -> bool:
        """Tell whether the other side has neither closed nor said anything since.

        What TLS says to itself, such as a ticket for the next session, is taken in by it.
        """
        if self._secured is None:
            if self._poll is None:
                self._poll = select.poll()
                self._poll.register(self._socket, select.POLLIN)
            return not self._poll.poll(0)
        try:
            self._secured.recv(1)
        except (BlockingIOError, ssl.SSLWantReadError):
            return True
        except OSError:
            return False
        return False


def broken_by(descriptors: Iterable[int]) -> Collection[int]:
    """Tell by which of these connections, none of them encrypted, something was said or closed.

    All are looked at in one go: one by one it would cost five times as much.
    """
    poll = select.poll()
    for descriptor in descriptors:
        poll.register(descriptor, select.POLLIN)
    return {descriptor for descriptor, _ in poll.poll(0)}
