"""Waiting for something that another process does, bounded."""

from __future__ import annotations

from collections.abc import Callable

import trio


async def wait_until(is_true: Callable[[], bool], *, within_seconds: float = 30.0) -> None:
    """Look again and again until something is true.

    Raises:
        trio.TooSlowError: It did not become true in time.
    """
    with trio.fail_after(within_seconds):
        while True:
            if is_true():
                return
            await trio.sleep(0.005)
