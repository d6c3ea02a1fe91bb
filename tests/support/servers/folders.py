"""Folders for servers that run as another user when the tests run as root."""

from __future__ import annotations

import os
import shutil
import signal
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from pulse_router.embedded import processes

PREFIX = "pulse-router-tests-"


def make_reachable_folder(purpose: str) -> Path:
    """Make a folder outside pytest's own, which only its owner may enter."""
    folder = Path(tempfile.mkdtemp(prefix=f"{PREFIX}{os.getpid()}-{purpose}-"))
    folder.chmod(0o711)
    return folder


def remove_abandoned_folders() -> None:
    """Clean up after test runs that were killed: end their servers, remove their folders."""
    for folder in Path(tempfile.gettempdir()).glob(f"{PREFIX}*"):
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
