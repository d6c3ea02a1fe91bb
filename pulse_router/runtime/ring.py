"""A bounded queue that never makes its writer wait: when full, the oldest item goes."""

from __future__ import annotations

from collections import deque
from typing import Generic, TypeVar

import trio

T = TypeVar("T")


class Ring(Generic[T]):
    """Passes items from writers that cannot wait to one reader that may be slow.

    Args:
        capacity: How many items wait at the most.

    Raises:
        ValueError: The capacity is below 1.
    """

    __slots__ = ("_arrived", "_dropped", "_is_closed", "_items")

    def __init__(self, capacity: int) -> None:
        if capacity < 1:
            raise ValueError(f"capacity must be at least 1, not {capacity}")
        self._items: deque[T] = deque(maxlen=capacity)
        self._dropped = 0
        self._is_closed = False
        self._arrived = trio.Event()

    def __len__(self) -> int:
        """How many items wait."""
        return len(self._items)

    def put_nowait(self, item: T) -> None:
        """Add an item; the oldest one is dropped, and counted, when the ring is full.

        After `close()` the item is discarded: a reader that has gone must not hurt the writer.
        """
        if self._is_closed:
            return
        if len(self._items) == self._items.maxlen:
            self._dropped += 1
        self._items.append(item)
        self._arrived.set()

    async def get(self) -> tuple[list[T], int]:
        """Wait for items and take all of them.

        Returns:
            The items, oldest first, and how many were dropped before them since the last call.

        Raises:
            trio.EndOfChannel: The ring is closed and empty.
        """
        await trio.lowlevel.checkpoint()
        while not self._items:
            if self._is_closed:
                raise trio.EndOfChannel
            self._arrived = trio.Event()
            await self._arrived.wait()
        items, dropped = list(self._items), self._dropped
        self._items.clear()
        self._dropped = 0
        return items, dropped

    def close(self) -> None:
        """Take no more items. What waits can still be taken. Closing twice does no harm."""
        self._is_closed = True
        self._arrived.set()
