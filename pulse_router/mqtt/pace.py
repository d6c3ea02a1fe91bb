"""How long to wait before the next connection to the broker. Pure."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from pulse_router.domain.retry import full_jitter_seconds

SHORTEST_DELAY_SECONDS: Final = 0.1
LONGEST_DELAY_SECONDS: Final = 10.0
HEALTHY_AFTER_SECONDS: Final = 10.0
"""How long a connection must have worked for the next delay to be the shortest again."""


class Pace:
    """Makes the delays longer, the more connections have failed in a row.

    Args:
        jitter: Gives random numbers from 0 up to 1.
    """

    def __init__(self, jitter: Callable[[], float]) -> None:
        self._jitter = jitter
        self._failures = 0

    def delay_seconds(self, *, worked_seconds: float) -> float:
        """Say how long to wait after a connection has ended.

        Args:
            worked_seconds: For how long it did what it was for; 0 when it never did.
        """
        self._failures = 1 if worked_seconds >= HEALTHY_AFTER_SECONDS else self._failures + 1
        delay = full_jitter_seconds(
            self._failures,
            self._jitter(),
            initial_seconds=2 * SHORTEST_DELAY_SECONDS,
            max_seconds=LONGEST_DELAY_SECONDS,
        )
        return max(SHORTEST_DELAY_SECONDS, delay)
