"""The release before this one, taken from the history and run beside it."""

from __future__ import annotations

import subprocess
import sys
import tarfile
from collections.abc import Mapping
from io import BytesIO
from pathlib import Path
from typing import Final

import pytest

from tests.support.commands.process import clean_environment

ROOT: Final = Path(__file__).parents[3]
FIRST: Final = "d1c2730"
"""What stands for the release before, as long as no release before this commit has a tag."""


def _git(*arguments: str) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(["git", *arguments], cwd=ROOT, capture_output=True, check=False)


def find_previous() -> str:
    """Name the release before this commit; a checkout without its history skips the test."""
    described = _git("describe", "--tags", "--abbrev=0", "HEAD^")
    name = described.stdout.decode().strip() if described.returncode == 0 else FIRST
    if _git("cat-file", "-e", f"{name}^{{commit}}").returncode != 0:
        pytest.skip(f"the release before ({name}) is not in this checkout's history: fetch it all")
    return name


def unpack_previous(folder: Path) -> Mapping[str, str]:
    """Unpack the release before into a folder.

    Returns:
        Variables under which `python -m pulse_router` is that release.
    """
    archive = _git("archive", find_previous(), "pulse_router", "sql")
    assert archive.returncode == 0, archive.stderr.decode()
    with tarfile.open(fileobj=BytesIO(archive.stdout)) as files:
        files.extractall(folder, filter="data")
    return {"PYTHONPATH": str(folder), "PYTHONSAFEPATH": "1"}


def run_previous(variables: Mapping[str, str], *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run one of its commands to its end."""
    return subprocess.run(
        [sys.executable, "-m", "pulse_router", *arguments],
        capture_output=True,
        text=True,
        env=clean_environment() | dict(variables),
        timeout=60,
        check=True,
    )
