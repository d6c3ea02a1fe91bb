"""Adds up what things cost, by whom they were for, and lets it fade. It does not know whom.

Bounded however many there are: of more keys than it keeps, those that cost least are forgotten.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable, Sequence
from math import exp
from typing import Final, Generic, TypeVar

import trio

K = TypeVar("K")

FADES_SECONDS: Final = 10.0
MAX_KEYS: Final = 1024


class Meter(Generic[K]):
    """What was charged to each key lately.

    Args:
        fades_seconds: After how long a charge counts a third of what it did.
        capacity: How many keys are kept.
        clock: Gives the time, in seconds.
    """

    def __init__(
        self,
        fades_seconds: float = FADES_SECONDS,
        *,
        capacity: int = MAX_KEYS,
        clock: Callable[[], float] = trio.current_time,
    ) -> None:
        self._fades_seconds = fades_seconds
        self._capacity = capacity
        self._clock = clock
        self._charged: dict[K, tuple[float, float]] = {}

    def charge(self, key: K, cost: float) -> float:
        """Charge a cost to a key; give what it comes to with what was charged before and lasts."""
        now = self._clock()
        total = self._lasting(key, now) + cost
        if key not in self._charged and len(self._charged) >= self._capacity:
            self._forget_cheap(now)
        self._charged[key] = total, now
        return total

    def of(self, key: K) -> float:
        """Tell what was charged to a key and lasts."""
        return self._lasting(key, self._clock())

    def forget(self, key: K) -> None:
        """Charge nothing to a key any more."""
        self._charged.pop(key, None)

    def dearest(self, count: int) -> Sequence[tuple[K, float]]:
        """Give the keys that cost most, and what share each has, the dearest first."""
        now = self._clock()
        shares = ((key, self._lasting(key, now) / self._fades_seconds) for key in self._charged)
        return heapq.nlargest(count, shares, key=lambda one: one[1])

    def _lasting(self, key: K, now: float) -> float:
        total, at = self._charged.get(key, (0.0, now))
        return total * exp((at - now) / self._fades_seconds)

    def _forget_cheap(self, now: float) -> None:
        """Make room: for half of all, so that it is seldom done."""
        ranked = sorted(self._charged, key=lambda key: self._lasting(key, now))
        for key in ranked[: max(1, len(ranked) // 2)]:
            del self._charged[key]
