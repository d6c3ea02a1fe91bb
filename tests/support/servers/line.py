"""A line to a server on this machine that can be cut."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import attrs
import trio


@attrs.define
class Line:
    """Passes bytes on in both directions; what was under way when it is cut is lost."""

    target_port: int
    port: int = 0
    connections: int = 0
    _connected: set[trio.CancelScope] = attrs.field(factory=set)

    def cut(self) -> None:
        """End every connection; new ones can be made at once."""
        for scope in self._connected:
            scope.cancel()

    async def serve(self, near: trio.SocketStream) -> None:
        """Pass on one connection."""
        self.connections += 1
        with trio.CancelScope() as scope:
            self._connected.add(scope)
            try:
                far = await trio.open_tcp_stream("127.0.0.1", self.target_port)
                async with far, trio.open_nursery() as nursery:
                    nursery.start_soon(_pass_on, near, far, nursery.cancel_scope)
                    nursery.start_soon(_pass_on, far, near, nursery.cancel_scope)
            except* OSError:
                pass  # the server is away: so is the line
            finally:
                self._connected.discard(scope)


async def _pass_on(
    source: trio.SocketStream, target: trio.SocketStream, both: trio.CancelScope
) -> None:
    try:
        async for data in source:
            await target.send_all(data)
    except trio.BrokenResourceError:
        pass  # one end is gone, so the other one goes
    both.cancel()


@asynccontextmanager
async def open_line(target_port: int) -> AsyncIterator[Line]:
    """Open a line; its `port` leads to `target_port`."""
    line = Line(target_port)
    async with trio.open_nursery() as nursery:
        [listener] = await trio.open_tcp_listeners(0, host="127.0.0.1")
        line.port = listener.socket.getsockname()[1]
        await nursery.start(trio.serve_listeners, line.serve, [listener])
        yield line
        nursery.cancel_scope.cancel()
