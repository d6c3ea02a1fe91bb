"""Servers that are programs of their own: each prints the number of its port when it listens."""

from __future__ import annotations

import subprocess
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import attrs
import trio

STARTS_WITHIN_SECONDS = 30
STOPS_WITHIN_SECONDS = 5


@attrs.frozen
class ListeningServer:
    """One that runs; `process` may be sent signals."""

    port: int
    process: trio.Process


@asynccontextmanager
async def open_listening(*command: str) -> AsyncIterator[ListeningServer]:
    """Run a program for a block."""
    process = await trio.lowlevel.open_process(list(command), stdout=subprocess.PIPE)
    assert process.stdout is not None
    try:
        said = b""
        with trio.fail_after(STARTS_WITHIN_SECONDS):
            while not said.endswith(b"\n"):
                more = await process.stdout.receive_some()
                assert more, f"{command} has ended before it listened"
                said += more
        yield ListeningServer(int(said), process)
    finally:
        with trio.CancelScope(shield=True):
            process.terminate()
            with trio.move_on_after(STOPS_WITHIN_SECONDS):
                await process.wait()
            if process.returncode is None:
                process.kill()
                await process.wait()
            await process.stdout.aclose()
