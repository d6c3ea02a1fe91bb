"""Waiting for what other processes do; polling is the only way to see it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TypeVar

import trio

T = TypeVar("T")
POLL_SECONDS = 0.05


async def wait_for(look: Callable[[], Awaitable[T]], *, seconds: float = 60) -> T:
    """Look until there is something to see.

    Raises:
        trio.TooSlowError: There was not, in that time.
    """
    with trio.fail_after(seconds):
        while not (seen := await look()):  # noqa: ASYNC110 - other processes set no event
            await trio.sleep(POLL_SECONDS)
        return seen


async def wait_until(condition: Callable[[], bool], *, seconds: float = 60) -> None:
    """Wait until a condition has come true.

    Raises:
        trio.TooSlowError: It did not, in that time.
    """

    async def look() -> bool:  # noqa: ASYNC124 - `wait_for` awaits what it is given
        return condition()

    await wait_for(look, seconds=seconds)
