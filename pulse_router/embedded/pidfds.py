"""Holds processes by pidfd, with or without Python's own functions for it.

Interpreters that were built against an older C library (those of uv and PyApp) lack them, though
the kernel does not. The numbers are the same on all architectures.
"""

from __future__ import annotations

import ctypes
import os
import signal
from typing import Final

_PIDFD_SEND_SIGNAL: Final = 424
_PIDFD_OPEN: Final = 434


def open_pidfd(pid: int) -> int:
    """Open a pidfd of a process; it is not handed to children.

    Raises:
        OSError: There is no such process, or the kernel is older than 5.3.
    """
    if hasattr(os, "pidfd_open"):
        return os.pidfd_open(pid)
    return _call(_PIDFD_OPEN, pid, 0)


def send_signal(pidfd: int, number: signal.Signals) -> None:
    """Send a signal to the process that a pidfd holds.

    Raises:
        ProcessLookupError: It is gone.
        OSError: It may not be sent.
    """
    if hasattr(signal, "pidfd_send_signal"):
        signal.pidfd_send_signal(pidfd, number)
    else:
        _call(_PIDFD_SEND_SIGNAL, pidfd, int(number), None, 0)


def _call(number: int, *arguments: int | None) -> int:
    system_call = ctypes.CDLL(None, use_errno=True).syscall
    system_call.restype = ctypes.c_long
    words = [None if each is None else ctypes.c_long(each) for each in arguments]
    result = int(system_call(ctypes.c_long(number), *words))
    if result < 0:
        code = ctypes.get_errno()
        raise OSError(code, os.strerror(code))
    return result
