"""What was decoded, on its way to the writer: little that waits is joined. It decodes nothing."""

from __future__ import annotations

from collections import deque
from collections.abc import Awaitable, Callable
from typing import Final, TypeAlias

import trio

from pulse_router.ingest.batch import DecodedBatch

HandOn: TypeAlias = Callable[[DecodedBatch], Awaitable[None]]
_AHEAD: Final = 64
"""How many messages may wait for the writer in however many batches: at a low rate each batch is
one message, and live streams would stand still with the disk. A flood waits, and so gathers."""
_ROWS: Final = 16
"""How many rows weigh as much as a message there."""


class HandingOn:
    """Hands decoded batches on; one may join the last that waits, as long as little does.

    Args:
        decoded: Where the writer takes them.
    """

    def __init__(self, decoded: trio.MemorySendChannel[DecodedBatch]) -> None:
        self._decoded = decoded
        self._capacity = int(min(decoded.statistics().max_buffer_size, _AHEAD))
        self._sizes: deque[int] = deque(maxlen=self._capacity)
        self._last: DecodedBatch | None = None

    async def send(self, batch: DecodedBatch) -> None:
        """Hand a batch on; waits while the writer has enough."""
        sizes, size = self._sizes, max(batch.received, batch.rows // _ROWS)
        all_wait = sizes and self._decoded.statistics().current_buffer_used == self._capacity
        if self._last is not None and all_wait and sum(sizes) + size <= _AHEAD:
            self._last.followers.append(batch)
            sizes[-1] += size
        else:
            await self._decoded.send(batch)
            sizes.append(size)
            self._last = batch
