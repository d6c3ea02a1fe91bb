"""How much a call does, so that the laws of what things cost do not hang on the machine's mood."""

from __future__ import annotations

import gc
import statistics
import sys
import time
from collections.abc import Callable
from types import FrameType
from typing import Any, Final, Self

import trio

ROUNDS: Final = 3


def work_of(call: Callable[[], object]) -> int:
    """Count the lines of Python that a call runs, and the calls that it makes: always the same.

    What is done in C counts as one, however long it takes: `seconds_of` is for that.
    """
    steps = 0

    def trace(_frame: FrameType, _event: str, _arg: Any) -> Any:
        nonlocal steps
        steps += 1
        return trace

    call()  # what is made once is made
    before = sys.gettrace()
    gc.disable()  # others may have asked to be called when it runs
    sys.settrace(trace)
    try:
        call()
    finally:
        sys.settrace(before)
        gc.enable()
    return steps


def seconds_of(call: Callable[[], object]) -> float:
    """Measure what a call costs of this process's time: the median of several."""
    seconds = []
    gc.collect()
    for _ in range(ROUNDS):
        start = time.process_time()
        call()
        seconds.append(time.process_time() - start)
    return statistics.median(seconds)


class Steps(trio.abc.Instrument):
    """The steps that the current task makes from here on: between two of them others have a turn.

    Attributes:
        count: How many have ended.
        longest_seconds: How long the longest of any task's took.
    """

    def __init__(self) -> None:
        self.count = 0
        self.longest_seconds = 0.0
        self._task = trio.lowlevel.current_task()
        self._began = time.perf_counter()

    def before_task_step(self, _task: trio.lowlevel.Task) -> None:
        self._began = time.perf_counter()

    def after_task_step(self, task: trio.lowlevel.Task) -> None:
        self.count += task is self._task
        self.longest_seconds = max(self.longest_seconds, time.perf_counter() - self._began)

    def __enter__(self) -> Self:
        trio.lowlevel.add_instrument(self)
        return self

    def __exit__(self, *_: object) -> None:
        trio.lowlevel.remove_instrument(self)
