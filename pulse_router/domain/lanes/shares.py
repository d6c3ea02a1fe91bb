"""Places that cost time, shared by several: who comes next, and how many of them one may hold.

Whoever holds fewest comes first, and of these who has used least time. Pure: it knows neither who
shares nor clocks; the time that a place was held is told.
"""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Iterator
from typing import Final, Generic, TypeAlias, TypeVar

import attrs

MOST: Final = 7
"""How many times as much one may hold as it leaves free: seven eighths, where no other has any."""
MOST_OF_SLOW: Final = 3
"""The same of places that may be held for long, or where one has a place already."""

M = TypeVar("M")


def may_take(held: int, free: int, most: int = MOST, last: int = 1) -> bool:
    """Tell whether one that holds some places may take another.

    One alone may hold `most / (most + 1)` of all, and `k` of them `most / (k * most + 1)` each: so
    whoever comes new finds a place. The last one is for those that hold none.

    Args:
        held: How many it holds.
        free: How many nobody holds.
        most: How many times as much it may hold as it leaves free.
        last: How many are left to those that hold none.
    """
    return held < most * (free - last) if held else free > 0


@attrs.define(eq=False)
class Share:
    """What one holds of the places of one kind.

    Attributes:
        number: Its own, which decides where all else is equal.
        held: How many.
        used: The time for which it held some, and where others stood when it came.
    """

    number: int
    held: int = 0
    used: float = 0.0


class Places:
    """The places of one kind.

    Args:
        total: How many there are.
    """

    def __init__(self, total: int) -> None:
        self.total = total
        self.free = total
        self._standing = 0.0

    def join(self, share: Share) -> None:
        """Note that one that holds none begins to want some: rest is not saved up."""
        if not share.held and share.used < self._standing:
            share.used = self._standing

    def begin(self, share: Share) -> None:
        """Give one a place."""
        self.free -= 1
        share.held += 1
        self._standing = share.used

    def end(self, share: Share, used: float) -> None:
        """Take a place back.

        Args:
            share: Whose it was.
            used: For how long.
        """
        self.free += 1
        share.held -= 1
        share.used += used


_Entry: TypeAlias = tuple[int, float, int, M]


class FairLine(Generic[M]):
    """Those who wait for places of one kind, in the order of who comes next."""

    def __init__(self) -> None:
        self._order: list[_Entry[M]] = []
        self._entries: dict[M, _Entry[M]] = {}
        self._shares: dict[M, Share] = {}

    def __len__(self) -> int:
        """Tell how many wait."""
        return len(self._order)

    def __iter__(self) -> Iterator[M]:
        """Give those who wait, who comes next first."""
        for entry in self._order:
            yield entry[3]

    def put(self, member: M, share: Share) -> None:
        """Note that one waits."""
        if member in self._entries:
            self.update(member)
            return
        if len(self._order) == 1:  # its place was of no matter so far
            self._place(self._order[0][3])
        self._shares[member] = share
        self._place(member)

    def remove(self, member: M) -> None:
        """Note that one waits no longer."""
        entry = self._entries.pop(member, None)
        if entry is not None:
            del self._shares[member]
            del self._order[bisect_left(self._order, entry)]

    def update(self, member: M) -> None:
        """Note that what one holds, or has used, has changed."""
        if len(self._order) > 1 and member in self._entries:
            self._place(member)

    def _place(self, member: M) -> None:
        share, before = self._shares[member], self._entries.get(member)
        entry = (share.held, share.used, share.number, member)
        if before is not None:
            if before == entry:
                return
            del self._order[bisect_left(self._order, before)]
        self._entries[member] = entry
        insort(self._order, entry)
