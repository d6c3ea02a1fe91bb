"""Outlasts trouble outside: tries again until it is over, and says so meanwhile."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Final, TypeVar

import trio

T = TypeVar("T")

FIRST_WAIT_SECONDS: Final = 0.1
LONGEST_WAIT_SECONDS: Final = 5.0


async def outlast(
    trouble: type[Exception] | tuple[type[Exception], ...],
    operation: Callable[[], Awaitable[T]],
    *,
    report: Callable[[str | None], None],
) -> T:
    """Call an operation again and again until it no longer raises `trouble`.

    Args:
        trouble: The error, or the errors, that may pass; every other one is raised.
        operation: What to do; safe to do again.
        report: Told the error's sentence at each failure, and None once it is over.

    Returns:
        What the operation returns.
    """
    wait_seconds = FIRST_WAIT_SECONDS
    failed = False
    while True:
        try:
            result = await operation()
        except trouble as error:
            failed = True
            report(str(error))
        else:
            if failed:
                report(None)
            return result
        await trio.sleep(wait_seconds)
        wait_seconds = min(LONGEST_WAIT_SECONDS, wait_seconds * 2)


async def unless_set(event: trio.Event, operation: Callable[[], Awaitable[T]]) -> T | None:
    """Call an operation, but give it up when an event is set.

    Args:
        event: What ends it early.
        operation: What to do; it is cancelled when the event comes first.

    Returns:
        What the operation returns, or None when it was given up.
    """
    result: T | None = None
    async with trio.open_nursery() as nursery:

        async def give_up() -> None:
            await event.wait()
            nursery.cancel_scope.cancel()

        nursery.start_soon(give_up)
        result = await operation()
        nursery.cancel_scope.cancel()
    return result
