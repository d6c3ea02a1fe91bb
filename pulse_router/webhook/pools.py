"""Connections kept open between webhooks: one small pool per origin, and not too many of them.

A pool shared by all origins would be searched for every request. It knows nothing of deliveries.
"""

from __future__ import annotations

import ssl
from collections import OrderedDict
from collections.abc import AsyncIterator
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

Origin: TypeAlias = tuple[str, str, int]


@attrs.define
class _Entry:
    pool: httpcore2.AsyncConnectionPool
    users: int = 0
    last_used_at: float = 0.0


class OriginPools:
    """A connection pool for each origin that is in use, or was a moment ago.

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
        """How many origins have a pool."""
        return len(self._entries)

    @property
    def connections(self) -> int:
        """How many connections there are, idle ones included."""
        return sum(len(entry.pool.connections) for entry in self._entries.values())

    @asynccontextmanager
    async def use(self, url: WebhookUrl) -> AsyncIterator[httpcore2.AsyncConnectionPool]:
        """Borrow the pool of a URL's origin."""
        origin = (url.scheme, url.host, url.port)
        entry = self._entries.get(origin)
        if entry is None:
            entry = self._entries[origin] = _Entry(self._make_pool())
        entry.users += 1
        try:
            await self._close([key for key in self._surplus() if key != origin])
            yield entry.pool
        finally:
            entry.users -= 1
            entry.last_used_at = trio.current_time()
            self._entries.move_to_end(origin)

    async def close_idle_for_ever(self) -> None:
        """Close the pools of origins that nobody has used for a while, again and again."""
        while True:
            await trio.sleep(KEEP_ALIVE_SECONDS)
            latest = trio.current_time() - KEEP_ALIVE_SECONDS
            await self._close(
                [
                    origin
                    for origin, entry in self._entries.items()
                    if not entry.users and entry.last_used_at <= latest
                ]
            )

    async def aclose(self) -> None:
        """Close every connection."""
        await self._close(list(self._entries))

    def _surplus(self) -> list[Origin]:
        """Find the least recently used origins that are too many."""
        excess = len(self._entries) - self._max_origins
        if excess <= 0:
            return []
        return [origin for origin, entry in self._entries.items() if not entry.users][:excess]

    async def _close(self, origins: list[Origin]) -> None:
        # All are taken out first, so that nobody borrows a pool that is being closed.
        pools = [self._entries.pop(origin).pool for origin in origins]
        with trio.CancelScope(shield=True):  # closing is forceful: it does not wait
            for pool in pools:
                await pool.aclose()

    def _make_pool(self) -> httpcore2.AsyncConnectionPool:
        return httpcore2.AsyncConnectionPool(
            ssl_context=self._ssl_context,
            network_backend=self._network,
            max_connections=None,  # the workers are the limit; waiting here would eat the timeout
            keepalive_expiry=KEEP_ALIVE_SECONDS,
        )
