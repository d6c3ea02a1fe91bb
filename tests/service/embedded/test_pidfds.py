"""Children are held by pidfd on interpreters without Python's functions for it, too."""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path

import pytest

from pulse_router.embedded import processes
from pulse_router.embedded.pidfds import open_pidfd, send_signal
from tests.support.waiting import wait_until


@pytest.fixture(params=["python's functions", "the kernel's numbers"])
def interpreter(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    if request.param == "the kernel's numbers":
        monkeypatch.delattr(os, "pidfd_open", raising=False)
        monkeypatch.delattr(signal, "pidfd_send_signal", raising=False)


@pytest.mark.usefixtures("interpreter")
async def test_a_child_is_started_adopted_and_stopped(tmp_path: Path) -> None:
    argv = [sys.executable, "-c", "import time; time.sleep(60)"]
    child = processes.start(argv, account=None, log=tmp_path / "log")
    # It has no command line for a moment, until the program has taken its place.
    await wait_until(lambda: bool(processes.command_line(child.pid)))
    adopted = processes.adopt(child.pid, lambda found: found[-1] == argv[-1])
    assert adopted is not None
    assert adopted.is_running()
    assert not os.get_inheritable(adopted._pidfd)
    await child.stop([(signal.SIGTERM, 10.0)])
    adopted.send(signal.SIGTERM)  # it is gone, and nobody else is hit
    assert not adopted.is_running()
    adopted.close()
    assert processes.adopt(child.pid, lambda _: True) is None


@pytest.mark.usefixtures("interpreter")
def test_what_the_kernel_refuses_is_the_same_error() -> None:
    with pytest.raises(ProcessLookupError):
        open_pidfd(2**22 + 1)
    pidfd = open_pidfd(os.getpid())
    send_signal(pidfd, signal.SIGURG)
    os.close(pidfd)
    with pytest.raises(OSError, match="Bad file descriptor"):
        send_signal(pidfd, signal.SIGURG)
