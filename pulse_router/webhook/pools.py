"""Connections kept open between webhooks: a few for each origin, and not for too many of them.

Whoever sends takes the one that was used last, if it still lives; no other is looked at, for that
would cost more than the request. It knows nothing of deliveries.
"""

from __future__ import annotations

import ssl
from collections import OrderedDict, deque
from collections.abc import AsyncIterator, Collection
from contextlib import asynccontextmanager
from typing import Final, TypeAlias

import attrs
import httpcore2
import trio

from pulse_router.domain.webhook_config import WebhookUrl

MAX_ORIGINS: Final = 128
"""How many origins keep connections; more only while more are in use at once."""
KEEP_ALIVE_SECONDS: Final = 4.0
"""Shorter than the 5 seconds after which many servers close: a request must not meet that."""

_CLOSE_SECONDS: Final = 1.0

Origin: TypeAlias = tuple[str, str, int]


@attrs.frozen
class _Idle:
    connection: httpcore2.AsyncHTTPConnection
    since: float


@attrs.define(eq=False)
class _Entry:
    """An origin's connections; of those that are idle, the one used last is last."""

    idle: deque[_Idle] = attrs.field(factory=deque)
    in_use: int = 0


class OriginPools:
    """The connections to each origin that is in use, or was a moment ago.

    Args:
        network: How to connect.
        ssl_context: The one TLS context of all.
        max_origins: How many origins keep their connections while they are not in use.
    """

    def __init__(
        self,
        network: httpcore2.AsyncNetworkBackend,
        ssl_context: ssl.SSLContext,
        *,
        max_origins: int = MAX_ORIGINS,
    ) -> None:
        self._network = network
        self._ssl_context = ssl_context
        self._max_origins = max_origins
        self._entries: OrderedDict[Origin, _Entry] = OrderedDict()

    @property
    def origins(self) -> int:
        """How many origins have connections."""
        return len(self._entries)

    @property
    def connections(self) -> int:
        """How many connections there are, idle ones included."""
        return sum(len(entry.idle) + entry.in_use for entry in self._entries.values())

    @asynccontextmanager
    async def use(self, url: WebhookUrl) -> AsyncIterator[httpcore2.AsyncHTTPConnection]:
        """Borrow a connection to a URL's origin; it is made when the request is sent."""
        origin = (url.scheme, url.host, url.port)
        entry = self._entries.get(origin)
        if entry is None:
            entry = self._entries[origin] = _Entry()
        entry.in_use += 1
        connection: httpcore2.AsyncHTTPConnection | None = None
        try:
            await self._close_surplus()
            connection = await _take_idle(entry) or self._make(origin)
            yield connection
        finally:
            entry.in_use -= 1
            self._entries.move_to_end(origin)
            if connection is not None and connection.is_idle():
                entry.idle.append(_Idle(connection, trio.current_time()))
            elif connection is not None and not connection.is_closed():
                with trio.move_on_after(_CLOSE_SECONDS, shield=True):
                    await connection.aclose()

    async def close_idle_for_ever(self) -> None:
        """Close what nobody has used for a while, again and again."""
        while True:
            await trio.sleep(KEEP_ALIVE_SECONDS)
            latest = trio.current_time() - KEEP_ALIVE_SECONDS
            old: list[httpcore2.AsyncHTTPConnection] = []
            for origin, entry in list(self._entries.items()):
                while entry.idle and entry.idle[0].since <= latest:
                    old.append(entry.idle.popleft().connection)
                if not entry.idle and not entry.in_use:
                    del self._entries[origin]
            await _close(old)

    async def aclose(self) -> None:
        """Close every connection; none is in use any more."""
        await self._close_origins(list(self._entries))

    async def _close_surplus(self) -> None:
        """Close the connections to the least recently used origins that are too many."""
        excess = len(self._entries) - self._max_origins
        if excess > 0:
            unused = [origin for origin, entry in self._entries.items() if not entry.in_use]
            await self._close_origins(unused[:excess])

    async def _close_origins(self, origins: Collection[Origin]) -> None:
        # All are taken out first, so that nobody borrows what is being closed.
        entries = [self._entries.pop(origin) for origin in origins]
        await _close([idle.connection for entry in entries for idle in entry.idle])

    def _make(self, origin: Origin) -> httpcore2.AsyncHTTPConnection:
        scheme, host, port = origin
        return httpcore2.AsyncHTTPConnection(
            httpcore2.Origin(scheme.encode(), host.encode(), port),
            ssl_context=self._ssl_context,
            network_backend=self._network,
            keepalive_expiry=KEEP_ALIVE_SECONDS,
        )


async def _take_idle(entry: _Entry) -> httpcore2.AsyncHTTPConnection | None:
    """Take the connection that was used last; whatever the other side has closed is closed here."""
    while entry.idle:
        connection = entry.idle.pop().connection
        if not connection.has_expired():
            return connection
        await _close([connection])
    return None


async def _close(connections: Collection[httpcore2.AsyncHTTPConnection]) -> None:
    with trio.CancelScope(shield=True):  # closing is forceful: it does not wait
        for connection in connections:
            await connection.aclose()
