"""Turns the signals that ask a process to stop into a trio.Event.

Without a handler SIGTERM kills a Trio process on the spot, without any cleanup, and SIGINT
comes as a KeyboardInterrupt in the middle of some task. Open this before anything else.
"""

from __future__ import annotations

import signal
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from types import FrameType
from typing import Final

import trio

STOP_SIGNALS: Final = (signal.SIGINT, signal.SIGTERM)


@contextmanager
def open_signal_event(signals: Sequence[signal.Signals] = STOP_SIGNALS) -> Iterator[trio.Event]:
    """Catch signals for as long as the context is open.

    Further signals change nothing: wrappers such as shells and `docker` often send the same
    signal twice, and stopping is bounded by the grace period anyway.

    Args:
        signals: Which ones.

    Yields:
        An event that is set at the first of them.

    Raises:
        RuntimeError: It is called outside of trio, or not in the main thread.
    """
    token = trio.lowlevel.current_trio_token()
    event = trio.Event()

    def note(_number: int, _frame: FrameType | None) -> None:
        token.run_sync_soon(event.set, idempotent=True)

    try:
        before = {number: signal.signal(number, note) for number in signals}
    except ValueError as error:
        raise RuntimeError("signals can be caught in the main thread only") from error
    try:
        yield event
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
