"""Tells what has not changed for how long, by this process's own time, which no clock sets.

It knows nothing of what it looks at.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Final, Generic, TypeVar

import attrs
import trio

MAX_THINGS: Final = 1024

State = TypeVar("State", bound=Hashable)


@attrs.frozen
class _Sighting(Generic[State]):
    state: State
    since: float


class Sightings(Generic[State]):
    """When things were first seen to be as they are.

    Args:
        capacity: How many things are remembered; of more, the one that was not looked at for the
            longest time is seen for the first time again.
        clock: Gives the time, in seconds.
    """

    def __init__(
        self, *, capacity: int = MAX_THINGS, clock: Callable[[], float] = trio.current_time
    ) -> None:
        self._clock = clock
        self._capacity = capacity
        self._seen: OrderedDict[Hashable, _Sighting[State]] = OrderedDict()

    def look(self, thing: Hashable, state: State) -> float:
        """Note how a thing is now.

        Args:
            thing: What it is.
            state: How it is; what it was like before it was this is forgotten.

        Returns:
            For how many seconds it has been seen to be so: 0 the first time.
        """
        now = self._clock()
        seen = self._seen.get(thing)
        if seen is None or seen.state != state:
            seen = _Sighting(state, now)
        self._seen[thing] = seen
        self._seen.move_to_end(thing)
        if len(self._seen) > self._capacity:
            self._seen.popitem(last=False)
        return now - seen.since

    def leave_out(self, seconds: float) -> None:
        """Let so much of the time until now not count; `inf` has all watching begin anew."""
        now = self._clock()
        for thing, seen in self._seen.items():
            self._seen[thing] = _Sighting(seen.state, min(now, seen.since + seconds))

    def unchanged(self, seconds: float) -> list[State]:
        """List how those things are that were seen to be so at least so many seconds ago."""
        latest = self._clock() - seconds
        return [seen.state for seen in self._seen.values() if seen.since <= latest]
