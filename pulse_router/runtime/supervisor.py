"""Restarts a task for named errors, with backoff; it knows nothing of what the task does.

Any other error is a bug and ends the process.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from random import Random

import structlog
import trio

from pulse_router.runtime.redaction import redact_text

_MAX_DOUBLINGS = 32
_log = structlog.get_logger()


async def supervise(
    fn: Callable[[], Awaitable[None]],
    *,
    name: str,
    retry_on: tuple[type[Exception], ...],
    initial_seconds: float = 1.0,
    max_seconds: float = 30.0,
    healthy_after_seconds: float = 60.0,
    random: Random | None = None,
    on_failure: Callable[[str], None] | None = None,
) -> None:
    """Run a task until it returns, and again when it fails with one of the named errors.

    Each wait is drawn from 0 to a bound that begins at `initial_seconds` and doubles with each
    failure, up to `max_seconds`.

    Args:
        fn: The task. It may fail with a bare error or with a group of them.
        name: What the log calls it.
        retry_on: The errors that are weathered. A group that holds any other error as well
            lets that one through.
        initial_seconds: The bound of the first wait.
        max_seconds: The bound of every wait.
        healthy_after_seconds: A run of this length counts as a success: the waits start anew.
        random: Where the jitter comes from.
        on_failure: Told what went wrong, in a sentence, before each wait.
    """
    jitter = random if random is not None else Random()  # noqa: S311 - jitter, not a secret
    failures = 0
    while True:
        started_at = trio.current_time()
        problem: str | None = None
        try:
            await fn()
        except* retry_on as group:
            problem = describe(group)
        if problem is None:
            return
        if trio.current_time() - started_at >= healthy_after_seconds:
            failures = 0
        longest = min(max_seconds, initial_seconds * 2 ** min(failures, _MAX_DOUBLINGS))
        failures += 1
        wait_seconds = jitter.uniform(0, longest)
        _log.warning(
            "a task failed and is restarted",
            task=name,
            problem=problem,
            failures=failures,
            restart_after_seconds=round(wait_seconds, 3),
        )
        if on_failure is not None:
            on_failure(problem)
        await trio.sleep(wait_seconds)


def describe(error: BaseException) -> str:
    """Put an error into a sentence; of a group, its first leaf."""
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    return redact_text(str(error)) or type(error).__name__
