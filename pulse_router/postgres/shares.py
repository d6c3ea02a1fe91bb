"""A part of the connections, for users who must never hold all of them; it makes none itself."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager, nullcontext
from typing import TypeAlias

import trio

ShareOf: TypeAlias = Callable[[str], AbstractAsyncContextManager[None]]
"""Gives a tenant's share of the part, to be held for each of its transactions."""


class Share:
    """A part of the connections.

    Args:
        connections: How many of them its users may hold at once, together; None for all.
        share_of: What a tenant may hold of it.
    """

    def __init__(self, connections: int | None = None, share_of: ShareOf | None = None) -> None:
        self._places = (
            nullcontext()
            if connections is None
            else trio.Semaphore(connections, max_value=connections)
        )
        self._share_of = share_of

    @asynccontextmanager
    async def hold(self, tenant_id: str | None) -> AsyncIterator[None]:
        """Wait for the right to one of them, for a tenant or for none, and keep it for a block."""
        own: AbstractAsyncContextManager[None] = nullcontext()
        if self._share_of is not None and tenant_id is not None:
            own = self._share_of(tenant_id)
        async with own, self._places:
            yield
