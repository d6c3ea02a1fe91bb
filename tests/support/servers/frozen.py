"""Processes that stand still: alive to the kernel, and silent."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def frozen(pid: int) -> Iterator[None]:
    """Stop a process of the tests' own server for a block (SIGSTOP, SIGCONT)."""
    os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(pid, signal.SIGCONT)


def freeze_all(pid: int) -> list[int]:
    """Stop a server and all of its children (SIGSTOP); returns whom `thaw_all` has to wake.

    The server goes first, so that no more children come.
    """
    os.kill(pid, signal.SIGSTOP)
    stopped = [pid]
    while not _is_stopped(pid):
        time.sleep(0.001)
    for child in _children(pid):
        try:
            os.kill(child, signal.SIGSTOP)
        except ProcessLookupError:
            continue
        stopped.append(child)
    return stopped


def thaw_all(stopped: list[int]) -> None:
    """Let a server and its children go on."""
    for pid in reversed(stopped):
        try:
            os.kill(pid, signal.SIGCONT)
        except ProcessLookupError:
            continue


def _children(pid: int) -> list[int]:
    stats = [_stat(path.parent) for path in Path("/proc").glob("[0-9]*/stat")]
    return [child for child, _, parent in stats if parent == pid]


def _is_stopped(pid: int) -> bool:
    return _stat(Path(f"/proc/{pid}"))[1] == "T"


def _stat(folder: Path) -> tuple[int, str, int]:
    """The pid, state and parent of a process; the name before them may hold anything."""
    try:
        state, parent, *_ = (folder / "stat").read_text().rpartition(")")[2].split()
    except OSError:
        return int(folder.name), "", 0
    return int(folder.name), state, int(parent)
