"""The alarm clock of the lanes: each has one alarm at the most, its earliest.

It knows neither why a lane wants to be looked at nor what comes of it.
"""

from __future__ import annotations

import heapq
import itertools
from collections.abc import Callable
from typing import Final, TypeAlias

import trio

from pulse_router.delivery.lane import Lane

SPARE: Final = 16
"""How many alarms that no longer count may lie about beside twice as many as do."""
_NEVER: Final = float("inf")

_Alarm: TypeAlias = tuple[float, int, Lane]


class Alarms:
    """The alarms that are set."""

    def __init__(self) -> None:
        self._heap: list[_Alarm] = []
        self._current: dict[Lane, _Alarm] = {}
        self._numbers = itertools.count()
        self._changed = trio.Event()

    def __len__(self) -> int:
        """Tell how many are kept in memory, those that no longer count among them."""
        return len(self._heap)

    def set(self, lane: Lane, at: float) -> None:
        """Have a lane looked at; an earlier alarm stays: the lane is looked at then."""
        current = self._current.get(lane)
        if current is not None and current[0] <= at:
            return
        alarm = self._current[lane] = (at, next(self._numbers), lane)
        heapq.heappush(self._heap, alarm)
        if len(self._heap) > 2 * len(self._current) + SPARE:
            self._heap = list(self._current.values())
            heapq.heapify(self._heap)
        if self._heap[0] is alarm:
            self._changed.set()

    def clear(self, lane: Lane) -> None:
        """Leave a lane alone."""
        self._current.pop(lane, None)

    async def ring(self, look_at: Callable[[Lane], None]) -> None:
        """Call for each lane when its time has come, for ever."""
        while True:
            self._changed = trio.Event()
            with trio.move_on_at(self._heap[0][0] if self._heap else _NEVER):
                await self._changed.wait()
            now = trio.current_time()
            while self._heap and self._heap[0][0] <= now:
                alarm = heapq.heappop(self._heap)
                lane = alarm[2]
                if self._current.get(lane) is alarm:
                    del self._current[lane]
                    look_at(lane)
