"""Computes beside the loop what would hold it: in a thread, one thing at a time.

It is for what lets go of the interpreter while it works, as the engine of regular expressions does.
What is Python from end to end belongs on the loop, with a `Stride`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

import trio

T = TypeVar("T")


class Aside:
    """A thread beside the loop; who comes while it is busy waits.

    Args:
        threads: How many things may be computed at once.
    """

    def __init__(self, threads: int = 1) -> None:
        self._limiter = trio.CapacityLimiter(threads)

    async def run(self, compute: Callable[[], T]) -> T:
        """Compute something and give what comes of it; raises what that raises."""
        return await trio.to_thread.run_sync(compute, limiter=self._limiter)
