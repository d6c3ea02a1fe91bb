"""Ids of events and deliveries: 64 bits that grow with time and never go back.

Layout, from the top: 41 bits of milliseconds since 2024-01-01 UTC, 12 bits of counter,
10 bits of node number. Edge clocks jump, so an id is never below the last one given.
"""

from __future__ import annotations

from typing import Final

EPOCH_MILLISECONDS: Final = 1_704_067_200_000
NODE_BITS: Final = 10
COUNTER_BITS: Final = 12
MAX_NODE: Final = (1 << NODE_BITS) - 1
_LATEST_MILLISECONDS: Final = (1 << 41) - (1 << 37)
"""A clock that says 2089 or later is wrong, and must not use up the numbers."""
_STEP: Final = 1 << NODE_BITS
_TIME_SHIFT: Final = NODE_BITS + COUNTER_BITS
MAX_GIVEN: Final = (_LATEST_MILLISECONDS << _TIME_SHIFT) - 1
"""No clock has given an id above it: where one is found, somebody has written it there."""


def unix_seconds_of(event_id: int) -> float:
    """Tell when an id was given, by the clock of then: to the millisecond, or later."""
    return ((event_id >> _TIME_SHIFT) + EPOCH_MILLISECONDS) / 1000


def first_id_at(unix_seconds: float) -> int:
    """Give the least id that may be given at a time: none from before is as high or higher."""
    milliseconds = int(unix_seconds * 1000) - EPOCH_MILLISECONDS
    return min(max(milliseconds, 0) << _TIME_SHIFT, MAX_GIVEN)


class EventIds:
    """Gives ids in strictly rising order for one node.

    Args:
        node: This router's number, 0 to 1023.
        last: The highest id already in use (read from the table at start), or 0.

    Raises:
        ValueError: The node number is out of range.
    """

    __slots__ = ("_last", "_node")

    def __init__(self, *, node: int = 0, last: int = 0) -> None:
        if not 0 <= node <= MAX_NODE:
            raise ValueError(f"node must be 0 to {MAX_NODE}, not {node}")
        self._node = node
        self._last = last

    @property
    def last(self) -> int:
        """The highest id given so far, or known at the start."""
        return self._last

    def take(self, count: int, unix_seconds: float) -> range:
        """Give the next `count` ids.

        Args:
            count: How many ids; at least 0.
            unix_seconds: The current time; an earlier one than before is tolerated.

        Returns:
            The ids in rising order, as a range.
        """
        milliseconds = int(unix_seconds * 1000) - EPOCH_MILLISECONDS
        if not 0 <= milliseconds < _LATEST_MILLISECONDS:
            milliseconds = 0
        first = (milliseconds << _TIME_SHIFT) | self._node
        if first <= self._last:
            first = ((self._last >> NODE_BITS) + 1 << NODE_BITS) | self._node
        if count:
            self._last = first + (count - 1) * _STEP
        return range(first, first + count * _STEP, _STEP)
