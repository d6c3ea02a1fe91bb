"""A TCP proxy that a test can silence: nothing is forwarded, and nothing is closed."""

from __future__ import annotations

import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import attrs
import trio

READ_BYTES = 65_536


@attrs.define(eq=False)
class Proxy:
    """Stands between a client and a server on this machine.

    Attributes:
        port: Where clients connect to.
        connections: How many have been made.
    """

    port: int
    server_port: int
    connections: int = 0
    _open: set[trio.CancelScope] = attrs.field(factory=set)
    _speaks: trio.Event = attrs.field(factory=trio.Event)

    def silence(self) -> None:
        """Forward nothing, in both directions, on old and new connections; close none."""
        self._speaks = trio.Event()

    def resume(self) -> None:
        """Forward again what has waited, and what comes."""
        self._speaks.set()

    def drop(self) -> None:
        """Cut every connection."""
        for scope in self._open:
            scope.cancel()

    async def connect(self, client: trio.SocketStream) -> None:
        self.connections += 1
        with trio.CancelScope() as scope:
            self._open.add(scope)
            try:
                await self._speaks.wait()
                server = await trio.open_tcp_stream("127.0.0.1", self.server_port)
                async with client, server, trio.open_nursery() as nursery:
                    nursery.start_soon(self._forward, client, server, scope)
                    nursery.start_soon(self._forward, server, client, scope)
            except* (OSError, trio.BrokenResourceError):
                pass  # as a cable would, it says nothing
            finally:
                self._open.discard(scope)

    async def _forward(
        self, source: trio.SocketStream, target: trio.SocketStream, scope: trio.CancelScope
    ) -> None:
        while data := await source.receive_some(READ_BYTES):
            await self._speaks.wait()
            await target.send_all(data)
        await self._speaks.wait()
        scope.cancel()


@asynccontextmanager
async def open_proxy(server_port: int) -> AsyncIterator[Proxy]:
    """Run a proxy before a server on this machine; what is open at the end is cut."""
    listeners = await trio.open_tcp_listeners(0, host="127.0.0.1")
    listener = listeners[0]
    assert listener.socket.family == socket.AF_INET
    proxy = Proxy(listener.socket.getsockname()[1], server_port)
    proxy.resume()
    async with trio.open_nursery() as nursery:
        await nursery.start(trio.serve_listeners, proxy.connect, listeners)
        yield proxy
        nursery.cancel_scope.cancel()
