"""Tells processes of this machine apart, also when their numbers come round."""

from __future__ import annotations

import os
from pathlib import Path


def this_process() -> str:
    """Name this process: its number, and when it began in the kernel's ticks."""
    return _name(os.getpid())


def is_another_running(process: str) -> bool:
    """Tell whether a process of this name runs here, and is not this one.

    Args:
        process: What `this_process` said to it.
    """
    number = process.partition(" ")[0]
    return number.isdecimal() and process != this_process() and _name(int(number)) == process


def _name(number: int) -> str:
    try:
        status = Path(f"/proc/{number}/stat").read_text(errors="replace")
    except OSError:
        return ""
    # The fields follow the name, which is in parentheses and may hold anything; see proc(5).
    return f"{number} {status.rpartition(')')[2].split()[19]}"
