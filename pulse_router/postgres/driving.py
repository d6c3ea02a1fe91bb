"""Runs asyncpg's statements in Trio's task itself, without a task of asyncio's between.

Such a task is begun, resumed and heard of its end by passes of both loops, three for each round
trip: where thousands of other tasks have something to do, they last longer than the statement. It
knows nothing of statements.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any, NoReturn, TypeAlias, TypeVar

import trio

T = TypeVar("T")
Waiting: TypeAlias = "asyncio.Future[Any] | None"
"""What a coroutine of asyncio's waits for; None where it only lets others have their turn."""


async def drive(operation: Coroutine[Waiting, None, T]) -> T:
    """Run a coroutine that waits for nothing but futures of the loop that is open.

    What needs a task of its own, such as a time limit of asyncio's, must not be run by it.

    Args:
        operation: A coroutine of asyncio's. Cancelled, what it waits for is cancelled, and it may
            clean up as it would in asyncio.
    """
    raise_cancelled: Callable[[], NoReturn] | None = None
    try:
        while True:
            waiting = operation.send(None)
            raise_cancelled = await _until_done(waiting) or raise_cancelled
    except StopIteration as end:
        result: T = end.value
        return result
    except asyncio.CancelledError:  # noqa: ASYNC103 - Trio says so instead
        if raise_cancelled is None:
            raise
        raise_cancelled()


async def _until_done(waiting: Waiting) -> Callable[[], NoReturn] | None:
    """Wait for a future; gives what raises Trio's exception when this was cancelled meanwhile."""
    if waiting is None:
        await trio.lowlevel.cancel_shielded_checkpoint()
        return None
    task = trio.lowlevel.current_task()
    raise_cancelled: Callable[[], NoReturn] | None = None

    def cancel(raise_it: Callable[[], NoReturn]) -> trio.lowlevel.Abort:
        nonlocal raise_cancelled
        raise_cancelled = raise_it
        waiting.cancel()
        return trio.lowlevel.Abort.FAILED

    # As asyncio's own tasks do: it says that whoever waits has understood.
    waiting._asyncio_future_blocking = False  # noqa: SLF001
    waiting.add_done_callback(lambda _: trio.lowlevel.reschedule(task))
    await trio.lowlevel.wait_task_rescheduled(cancel)
    return raise_cancelled
