"""The command line, run in this process: as fast as a call, and with all that it prints."""

from __future__ import annotations

import contextlib
import io
import json
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import attrs
import pytest
import trio
from structlog.testing import capture_logs

from pulse_router.cli.main import run


@attrs.frozen
class Told:
    """What a command has printed, and its exit status."""

    status: int
    out: str
    err: str

    @property
    def lines(self) -> list[str]:
        return self.out.splitlines()

    @property
    def json(self) -> Any:
        return json.loads(self.out)


@contextmanager
def captured(text: str) -> Iterator[tuple[io.BytesIO, io.BytesIO]]:
    """Take the standard streams for a block; input is no terminal and holds this text."""
    out, err = io.BytesIO(), io.BytesIO()
    # The wrappers must outlive the block: they close what they wrap.
    streams = [io.TextIOWrapper(one, write_through=True) for one in (out, err)]
    before = sys.stdin
    sys.stdin = io.TextIOWrapper(io.BytesIO(text.encode()))
    try:
        with contextlib.redirect_stdout(streams[0]), contextlib.redirect_stderr(streams[1]):
            yield out, err
    finally:
        sys.stdin = before
        for stream in streams:
            stream.detach()


@attrs.define
class CommandLine:
    """Runs commands in a thread, as each runs Trio by itself."""

    monkeypatch: pytest.MonkeyPatch

    def set(self, variables: Mapping[str, str]) -> None:
        """Set environment variables for the commands."""
        for name, value in variables.items():
            self.monkeypatch.setenv(name, value)

    async def __call__(self, *arguments: object, text: str = "") -> Told:
        return await trio.to_thread.run_sync(self._run, [str(one) for one in arguments], text)

    @staticmethod
    def _run(arguments: list[str], text: str) -> Told:
        with captured(text) as (out, err):
            status = run(arguments)
        return Told(status, out.getvalue().decode(), err.getvalue().decode())


@pytest.fixture
def command_line(monkeypatch: pytest.MonkeyPatch) -> Iterator[CommandLine]:
    """The command line, in an environment that names no router yet."""
    for name in ("PULSE_URL", "PULSE_TOKEN", "PULSE_TOKEN_FILE"):
        monkeypatch.delenv(name, raising=False)
    with capture_logs():  # a router in this process would log into what a command prints
        yield CommandLine(monkeypatch)
