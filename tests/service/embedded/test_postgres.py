"""The embedded PostgreSQL: made once, found again, stopped in good order."""

from __future__ import annotations

import os
import signal
import stat
import subprocess
import sys
from pathlib import Path

import pytest
import trio

from pulse_router.embedded import processes
from pulse_router.embedded.accounts import FolderUnsuitable, account_for_children
from pulse_router.embedded.installation import find_programs
from pulse_router.embedded.postgres import PostgresServer, open_postgres, prepare_server
from pulse_router.embedded.processes import ChildFailed
from tests.support.servers.folders import make_reachable_folder, remove_folder
from tests.support.waiting import wait_until

FAST = {"fsync": "off", "full_page_writes": "off", "shared_buffers": "16MB"}

PARENT = """
import sys, trio
from pathlib import Path
from pulse_router.embedded.postgres import open_postgres

async def main():
    async with open_postgres(Path(sys.argv[1]), settings={"fsync": "off"}) as server:
        server.psql("postgres", "CREATE TABLE kept AS SELECT 42 AS answer")
        print(server.port, server.process.pid, flush=True)
        await trio.sleep_forever()

trio.run(main)
"""


@pytest.fixture
def folder(reachable_folder: Path) -> Path:
    return reachable_folder / "postgres"


async def psql(server: PostgresServer, script: str) -> str:
    return await trio.to_thread.run_sync(server.psql, "postgres", script)


def pid_of(server: PostgresServer) -> int:
    assert server.process is not None
    return server.process.pid


async def test_data_and_port_are_the_same_at_the_next_start(folder: Path) -> None:
    async with open_postgres(folder, settings=FAST) as server:
        port = server.port
        await psql(server, "CREATE TABLE kept AS SELECT 42 AS answer")

    async with open_postgres(folder, settings=FAST) as server:
        assert server.port == port
        assert await psql(server, "SELECT answer FROM kept") == "42"


async def test_nothing_runs_when_the_context_is_left(folder: Path) -> None:
    async with open_postgres(folder, settings=FAST) as server:
        pid = pid_of(server)

    assert processes.command_line(pid) == []
    assert not (folder / "data" / "postmaster.pid").exists()


async def test_a_cancelled_owner_stops_its_server(folder: Path) -> None:
    with trio.CancelScope() as scope:
        async with open_postgres(folder, settings=FAST) as server:
            pid = pid_of(server)
            scope.cancel()
            await trio.sleep_forever()

    assert processes.command_line(pid) == []


async def test_a_start_that_is_cancelled_leaves_no_process(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def never_answers(_port: int) -> bool:
        await trio.lowlevel.checkpoint()
        return False

    monkeypatch.setattr("pulse_router.embedded.postgres._answers", never_answers)
    server = prepare_server(folder, settings=FAST)
    async with trio.open_nursery() as nursery:
        nursery.start_soon(server.start)
        pid_file = folder / "data" / "postmaster.pid"
        await wait_until(lambda: processes.read_pid(pid_file) > 0)
        pid = processes.read_pid(pid_file)
        nursery.cancel_scope.cancel()

    assert processes.command_line(pid) == []


async def test_the_server_of_a_killed_parent_is_adopted_with_its_port_and_data(
    folder: Path,
) -> None:
    port, pid = await start_and_kill_parent(folder)

    async with open_postgres(folder) as server:
        assert server.process is not None
        assert server.process.adopted
        assert (server.port, server.process.pid) == (port, pid)
        assert await psql(server, "SELECT answer FROM kept") == "42"

    assert processes.command_line(pid) == []


async def test_an_adopted_server_that_does_not_answer_is_replaced(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pulse_router.embedded.postgres.ANSWER_WITHIN_SECONDS", 0.2)
    monkeypatch.setattr(
        "pulse_router.embedded.postgres.STOP_STEPS",
        ((signal.SIGINT, 0.2), (signal.SIGKILL, 10.0)),
    )
    _, pid = await start_and_kill_parent(folder)
    os.kill(pid, signal.SIGSTOP)

    async with open_postgres(folder) as server:
        assert pid_of(server) != pid
        assert await psql(server, "SELECT answer FROM kept") == "42"


async def test_a_server_that_was_killed_recovers(folder: Path) -> None:
    async with open_postgres(folder) as server:
        await psql(server, "CREATE TABLE kept AS SELECT 42 AS answer")
        assert server.process is not None
        server.process.send(signal.SIGKILL)
        await server.process.wait_exited()

        await server.start()
        assert await psql(server, "SELECT answer FROM kept") == "42"


async def test_a_stranger_with_the_noted_pid_is_neither_adopted_nor_signalled(
    folder: Path,
) -> None:
    async with open_postgres(folder, settings=FAST):
        pass
    account = account_for_children()
    stranger = processes.start(["sleep", "1000"], account=account, log=folder / "stranger.log")
    (folder / "data" / "postmaster.pid").write_text(f"{stranger.pid}\n{folder / 'data'}\n")

    try:
        async with open_postgres(folder, settings=FAST) as server:
            assert pid_of(server) != stranger.pid
        assert stranger.is_running()
    finally:
        with trio.CancelScope(shield=True):
            await stranger.stop([(signal.SIGKILL, 5.0)])


async def test_a_cluster_whose_making_was_interrupted_is_made_again(folder: Path) -> None:
    leave_half_a_cluster(folder)

    async with open_postgres(folder, settings=FAST) as server:
        assert await psql(server, "SELECT 1") == "1"
    assert leftovers(folder) == []


async def test_the_port_moves_when_somebody_else_took_the_remembered_one(folder: Path) -> None:
    async with open_postgres(folder, settings=FAST) as server:
        taken = server.port

    listeners = await trio.open_tcp_listeners(taken, host="127.0.0.1")
    async with listeners[0], open_postgres(folder, settings=FAST) as server:
        assert server.port != taken


async def test_a_port_that_was_asked_for_and_is_taken_is_an_error_that_says_so(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pulse_router.embedded.postgres.START_ATTEMPTS", 1)
    listeners = await trio.open_tcp_listeners(0, host="127.0.0.1")
    async with listeners[0]:
        port: int = listeners[0].socket.getsockname()[1]
        with pytest.raises(ChildFailed, match="Address already in use"):
            async with open_postgres(folder, port=port, settings=FAST):
                pass


async def test_nobody_gets_in_without_the_password(folder: Path) -> None:
    async with open_postgres(folder, settings=FAST) as server:
        password_file = folder / "password"
        assert stat.S_IMODE(password_file.stat().st_mode) == 0o600
        assert server.password not in repr(server)
        server.password = "a guess"
        with pytest.raises(ChildFailed, match="password authentication failed"):
            await psql(server, "SELECT 1")


async def test_durability_is_on_unless_given_up(folder: Path) -> None:
    async with open_postgres(folder) as server:
        shown = await psql(server, "SHOW fsync; SHOW synchronous_commit; SHOW max_connections")
    assert shown.split() == ["on", "on", "100"]


@pytest.mark.skipif(os.geteuid() != 0, reason="only root runs children as another user")
async def test_a_folder_that_the_account_cannot_reach_is_refused_with_the_remedy(
    tmp_path: Path,
) -> None:
    await trio.Path(tmp_path).chmod(0o700)
    with pytest.raises(FolderUnsuitable, match="chmod o\\+x"):
        async with open_postgres(tmp_path / "postgres", settings=FAST):
            pass


@pytest.mark.skipif(os.geteuid() != 0, reason="only root runs children as another user")
def test_programs_that_the_account_cannot_reach_are_copied_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    account = account_for_children()
    assert account is not None
    cache = make_reachable_folder("cache")
    monkeypatch.setattr("pulse_router.embedded.installation._is_usable", lambda *_: False)
    try:
        programs = find_programs(account, cache=cache)
        made_at = programs.stat().st_ctime_ns
        assert "18" in processes.run([str(programs / "psql"), "--version"], account=account)
        assert "18" in processes.run([str(programs / "postgres"), "--version"], account=account)
        assert find_programs(account, cache=cache).stat().st_ctime_ns == made_at
        assert [path.name for path in cache.iterdir()] == [programs.parents[2].name]
    finally:
        remove_folder(cache)


def leftovers(folder: Path) -> list[Path]:
    return list(folder.glob("*.new-*"))


def leave_half_a_cluster(folder: Path) -> None:
    """Leave behind what a killed initdb does."""
    half = folder / "data.new-half"
    half.mkdir(mode=0o711, parents=True)
    (half / "PG_VERSION").write_text("18\n")
    (folder / "password.new-half").write_text("secret")


async def start_and_kill_parent(folder: Path) -> tuple[int, int]:
    """Have another process open the server, and kill that process; returns port and pid."""
    parent = await trio.lowlevel.open_process(
        [sys.executable, "-c", PARENT, str(folder)], stdout=subprocess.PIPE
    )
    assert parent.stdout is not None
    said = b""
    while not said.endswith(b"\n"):
        chunk = await parent.stdout.receive_some()
        assert chunk, "the parent ended before its server was ready"
        said += chunk
    parent.kill()
    await parent.wait()
    await parent.stdout.aclose()
    port, pid = said.split()
    assert processes.command_line(int(pid)), "the server died with its parent"
    return int(port), int(pid)
