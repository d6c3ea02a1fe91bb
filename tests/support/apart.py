"""Async functions called from synchronous code, whether or not a loop runs in this thread."""

from __future__ import annotations

import threading
from collections.abc import Awaitable, Callable
from typing import TypeVar

import outcome
import trio

T = TypeVar("T")


def run_apart(function: Callable[[], Awaitable[T]]) -> T:
    """Run an async function in a loop and a thread of its own, and wait for it."""
    results: list[outcome.Outcome[T]] = []

    async def body() -> T:
        return await function()

    thread = threading.Thread(target=lambda: results.append(outcome.capture(trio.run, body)))
    thread.start()
    thread.join()
    return results[0].unwrap()
