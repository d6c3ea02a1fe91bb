"""Keeps one fault that comes again and again from filling the log. It knows nothing of faults."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Final

import trio

AGAIN_SECONDS: Final = 60.0
MAX_KEYS: Final = 1024


class Seldom:
    """Tells of each thing whether it is time to say it, or to say it again.

    Args:
        seconds: How long nothing is said of what was said.
        capacity: How many things are remembered; of more, the longest ago is said again.
        clock: Gives the time, in seconds.
    """

    def __init__(
        self,
        seconds: float = AGAIN_SECONDS,
        *,
        capacity: int = MAX_KEYS,
        clock: Callable[[], float] = trio.current_time,
    ) -> None:
        self._clock = clock
        self._seconds = seconds
        self._capacity = capacity
        self._said_at: OrderedDict[Hashable, float] = OrderedDict()

    def is_due(self, thing: Hashable) -> bool:
        """Tell whether it is to be said now, which then counts as said."""
        now = self._clock()
        said_at = self._said_at.get(thing)
        if said_at is not None and now < said_at + self._seconds:
            return False
        self._said_at[thing] = now
        self._said_at.move_to_end(thing)
        if len(self._said_at) > self._capacity:
            self._said_at.popitem(last=False)
        return True
