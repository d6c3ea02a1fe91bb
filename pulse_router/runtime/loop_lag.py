"""Measures how late the event loop is: how long whoever can go on waits for those that work.

It does not know who works.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from typing import Final

import trio

LOOK_EVERY_SECONDS: Final = 0.05
BOUNDS: Final = (0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 5.0)
"""Up to which lag each bucket counts, in seconds."""
LONGEST_OF_SECONDS: Final = 60.0


class LoopLag:
    """Counts by how much a short sleep is too long, again and again.

    Attributes:
        counts: How many lags fell into each bucket of `BOUNDS`, and above them all.
        sum_seconds: What they come to.
    """

    def __init__(self) -> None:
        self.counts = [0] * (len(BOUNDS) + 1)
        self.sum_seconds = 0.0
        self._longest = self._longest_before = 0.0

    @property
    def longest_seconds(self) -> float:
        """The longest of the last minute or two."""
        return max(self._longest, self._longest_before)

    @property
    def cumulative(self) -> Sequence[tuple[str, int]]:
        """The buckets as Prometheus has them: each counts what those below it do."""
        total, buckets = 0, []
        for bound, count in zip((*map(str, BOUNDS), "+Inf"), self.counts, strict=True):
            total += count
            buckets.append((bound, total))
        return buckets

    def note(self, seconds: float) -> None:
        """Count a lag."""
        self.counts[bisect_left(BOUNDS, seconds)] += 1
        self.sum_seconds += seconds
        self._longest = max(self._longest, seconds)

    async def run(self) -> None:
        """Measure for ever."""
        minute_ends_at = trio.current_time() + LONGEST_OF_SECONDS
        while True:
            due = trio.current_time() + LOOK_EVERY_SECONDS
            await trio.sleep_until(due)
            now = trio.current_time()
            self.note(max(0.0, now - due))
            if now >= minute_ends_at:
                self._longest_before, self._longest = self._longest, 0.0
                minute_ends_at = now + LONGEST_OF_SECONDS
