"""Folders for servers that run as another user when the tests run as root."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from pulse_router.embedded import processes

PREFIX = "pulse-router-tests-"
MEMORY = Path("/dev/shm")
# Several workers share it; a container may have 64 MB of it.
ENOUGH_MEMORY_BYTES = 4 * 1024**3


def make_reachable_folder(purpose: str, *, in_memory: bool = False) -> Path:
    """Make a folder outside pytest's own, which only its owner may enter.

    In memory it is for what makes and removes files by the hundred, where there is enough.
    """
    place = MEMORY if in_memory and _has_memory() else None
    folder = Path(tempfile.mkdtemp(prefix=f"{PREFIX}{os.getpid()}-{purpose}-", dir=place))
    folder.chmod(0o711)
    return folder


def _has_memory() -> bool:
    return MEMORY.is_dir() and shutil.disk_usage(MEMORY).free >= ENOUGH_MEMORY_BYTES


def remove_abandoned_folders() -> None:
    """Clean up after test runs that were killed: end their servers, remove their folders."""
    for place in (Path(tempfile.gettempdir()), MEMORY):
        for folder in place.glob(f"{PREFIX}*"):
            _remove_if_abandoned(folder)


def _remove_if_abandoned(folder: Path) -> None:
    with contextlib.suppress(FileNotFoundError):  # another worker was faster
        owner = int(folder.name.removeprefix(PREFIX).partition("-")[0])
        if folder.stat().st_uid == os.geteuid() and not processes.command_line(owner):
            _end_servers(folder)
            shutil.rmtree(folder, ignore_errors=True)


def _end_servers(folder: Path) -> None:
    for pid_file in (folder / "data" / "postmaster.pid", folder / "mosquitto.pid"):
        found = processes.adopt(
            processes.read_pid(pid_file),
            lambda argv: any(argument.startswith(str(folder)) for argument in argv),
        )
        if found is not None:
            found.send(signal.SIGKILL)
            found.close()


def remove_folder(folder: Path) -> None:
    """Remove a folder and all that is in it."""
    shutil.rmtree(folder)


@pytest.fixture
def reachable_folder() -> Iterator[Path]:
    """A folder that servers can reach whoever they run as, removed after the test."""
    folder = make_reachable_folder("test")
    yield folder
    remove_folder(folder)
