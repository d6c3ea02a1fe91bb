"""What all clients together have not taken yet: bounded, and who is slowest makes room.

A client that does not read holds its answer in memory. It knows nothing of sockets or HTTP.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

MAX_BYTES: Final = 16 * 1024 * 1024
"""How much may wait for slow clients, all of them together; in memory it is up to thrice that."""


class Unsent:
    """Counts what waits for each client that does not keep up.

    Args:
        most: How many bytes may wait in all.
    """

    def __init__(self, most: int = MAX_BYTES) -> None:
        self._most = most
        self._waiting: dict[Callable[[], None], int] = {}
        self._total = 0

    @property
    def total(self) -> int:
        """How many bytes wait in all."""
        return self._total

    def hold(self, cut: Callable[[], None], count: int) -> None:
        """Note how much waits for a client; where that is too much in all, the longest ago is cut.

        Args:
            cut: Ends the client's connection at once; it stands for the client.
            count: How many bytes wait for it now.
        """
        self._total += count - self._waiting.get(cut, 0)
        self._waiting[cut] = count
        while self._total > self._most:
            slowest = next(iter(self._waiting))
            self.release(slowest)
            slowest()

    def release(self, cut: Callable[[], None]) -> None:
        """Note that nothing waits for a client any more; twice is once."""
        self._total -= self._waiting.pop(cut, 0)
