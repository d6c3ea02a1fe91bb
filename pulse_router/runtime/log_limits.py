"""How many lines of an event are written to the log, however often it happens; the rest is counted.

It must not know what is logged, nor where to.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable
from typing import Final

import attrs

IN_FULL: Final = 10
WINDOW_SECONDS: Final = 60.0
MAX_EVENTS: Final = 256


@attrs.frozen
class Event:
    """What lines have in common that are one and the same event.

    Attributes:
        logger: The name of who logs it.
        level: How bad it is, as `logging` counts.
        name: What has happened.
    """

    logger: str
    level: int
    name: str


@attrs.define
class _Window:
    began_at: float
    count: int = 0


class LogLimits:
    """Tells which lines are written, and how many were not.

    Args:
        in_full: How many lines of an event are written in a window.
        seconds: How long a window lasts; it begins with the first line.
        most: Of how many events is remembered at once. Of more, who has no name here has one
            window with all others of that kind, so that memory and log are bounded.
    """

    def __init__(
        self,
        *,
        in_full: int = IN_FULL,
        seconds: float = WINDOW_SECONDS,
        most: int = MAX_EVENTS,
    ) -> None:
        self._in_full = in_full
        self._seconds = seconds
        self._most = most
        self._windows: OrderedDict[Event, _Window] = OrderedDict()

    def take(self, event: Event, now: float) -> bool:
        """Count a line, and tell whether it is written. Call `ended` before.

        Args:
            event: What it tells.
            now: The time in seconds, that of `ended`.
        """
        window = self._windows.get(event)
        if window is None:
            if len(self._windows) >= self._most:
                event = Event("", event.level, "many different events")
            window = self._windows.setdefault(event, _Window(now))
        window.count += 1
        return window.count <= self._in_full

    def ended(self, now: float) -> Iterable[tuple[Event, int]]:
        """Forget the windows that have ended; give of which events how many were not written."""
        while self._windows:
            event, window = next(iter(self._windows.items()))
            if now < window.began_at + self._seconds:
                return
            del self._windows[event]
            if window.count > self._in_full:
                yield event, window.count - self._in_full
