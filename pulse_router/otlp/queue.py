"""Spans that wait to be exported: bounded, and what has no room is counted and gone."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from typing import Final

import trio

from pulse_router.domain.spans import Span

CAPACITY: Final = 2_048


class SpanQueue:
    """Takes spans from whoever has some, and never makes them wait.

    Args:
        capacity: How many may wait.

    Attributes:
        exported: How many a collector has taken.
        dropped: How many nobody has, or will.
    """

    def __init__(self, capacity: int = CAPACITY) -> None:
        self.exported = 0
        self.dropped = 0
        self._capacity = capacity
        self._waiting: deque[Span] = deque()
        self._news = trio.Event()

    def record(self, span: Span) -> None:
        """Take a span, or count it as dropped where there is no room."""
        if len(self._waiting) >= self._capacity:
            self.dropped += 1
            return
        self._waiting.append(span)
        self._news.set()

    async def wait(self) -> None:
        """Wait until there is one."""
        while not self._waiting:
            self._news = trio.Event()
            await self._news.wait()

    def take(self, count: int) -> Sequence[Span]:
        """Take the oldest out, up to so many."""
        return [self._waiting.popleft() for _ in range(min(count, len(self._waiting)))]

    def __len__(self) -> int:
        """How many wait."""
        return len(self._waiting)
