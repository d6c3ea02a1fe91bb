"""A server of Go as a receiver: it closes, restarts and dies, and gets everything once."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
import trio

from pulse_router.postgres.database import Database
from tests.support.receivers import trials
from tests.support.receivers.journal import Journal
from tests.support.receivers.served import Receiver, find_port

FOLDER = Path(__file__).parent / "go_server"


@pytest.fixture
async def go_server(tmp_path: Path) -> Receiver:
    go = shutil.which("go")
    assert go is not None, "Go is not installed"
    program = tmp_path / "server"
    with trio.fail_after(300):
        await trio.run_process([go, "build", "-o", str(program), "."], cwd=FOLDER)
    port, journal = find_port(), Journal.make(tmp_path / "journal")
    return Receiver("Go", [str(program), str(port), str(journal.path)], port, journal)


async def test_it_closes_what_is_idle(database: Database, go_server: Receiver) -> None:
    await trials.let_them_close_what_is_idle(database, [go_server], (0.99, 1.0, 1.01))


async def test_it_restarts(database: Database, go_server: Receiver) -> None:
    await trials.let_them_restart(database, [go_server])


async def test_it_is_killed(database: Database, go_server: Receiver) -> None:
    await trials.kill_them(database, [go_server])
