"""A real PgBouncer in transaction mode, between a test and its PostgreSQL."""

from __future__ import annotations

import os
import shutil
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import attrs
import trio

from pulse_router.embedded import ports, processes
from pulse_router.embedded.accounts import Account, account_for_children
from pulse_router.embedded.processes import ChildProcess
from tests.support.servers.folders import make_reachable_folder, remove_folder
from tests.support.servers.postgres import LOGIN_PASSWORD, LOGIN_ROLE, PostgresForTests

EXTRA_PATH = "/usr/local/sbin:/usr/sbin:/sbin"
STOP_STEPS = ((signal.SIGINT, 3.0), (signal.SIGKILL, 2.0))
POOL_SIZE = 8


@attrs.define(eq=False)
class PgBouncer:
    """One that can be stopped and started again; it passes every database on."""

    folder: Path
    port: int
    account: Account | None
    process: ChildProcess | None = None

    @property
    def config(self) -> Path:
        return self.folder / "pgbouncer.ini"

    def login_url(self, database: str) -> str:
        """A URL as the router has it."""
        return f"postgresql://{LOGIN_ROLE}:{LOGIN_PASSWORD}@127.0.0.1:{self.port}/{database}"

    async def start(self) -> None:
        log = self.folder / "pgbouncer.log"
        argv = [str(find_pgbouncer()), str(self.config)]
        self.process = processes.start(argv, account=self.account, log=log)
        await self.process.become_ready(
            self._answers, within_seconds=20, log=log, stop_steps=STOP_STEPS
        )

    async def stop(self) -> None:
        """Cut every connection through it."""
        if self.process is not None:
            await self.process.stop(STOP_STEPS)
            self.process = None

    async def _answers(self) -> bool:
        try:
            stream = await trio.open_tcp_stream("127.0.0.1", self.port)
        except OSError:
            return False
        await stream.aclose()
        return True


@asynccontextmanager
async def open_pgbouncer(postgres: PostgresForTests, *, more: str = "") -> AsyncIterator[PgBouncer]:
    """Run one for a block, as an ordinary user: it refuses to run as root.

    Args:
        postgres: What it passes on.
        more: Lines to be added to its settings.
    """
    pgbouncer = prepare(postgres)
    with pgbouncer.config.open("a") as config:
        config.write(more)
    try:
        await pgbouncer.start()
        yield pgbouncer
    finally:
        with trio.CancelScope(shield=True):
            await pgbouncer.stop()
        remove_folder(pgbouncer.folder)


def prepare(postgres: PostgresForTests) -> PgBouncer:
    account = account_for_children()
    folder = make_reachable_folder("pgbouncer")
    port = ports.find_free(ports.loopback_hosts())
    pgbouncer = PgBouncer(folder, port, account)
    users = folder / "users.txt"
    users.write_text(f'"{LOGIN_ROLE}" "{LOGIN_PASSWORD}"\n')
    pgbouncer.config.write_text(configuration(postgres, port, users))
    for path in (users, pgbouncer.config):
        path.chmod(0o644)
    return pgbouncer


def find_pgbouncer() -> Path:
    found = shutil.which("pgbouncer", path=f"{os.environ.get('PATH', os.defpath)}:{EXTRA_PATH}")
    assert found is not None, "pgbouncer is not installed: apt install pgbouncer"
    return Path(found)


def configuration(postgres: PostgresForTests, port: int, users: Path) -> str:
    return f"""
[databases]
* = host=127.0.0.1 port={postgres.port}

[pgbouncer]
listen_addr = 127.0.0.1
listen_port = {port}
unix_socket_dir =
auth_type = plain
auth_file = {users}
pool_mode = transaction
server_reset_query = DISCARD ALL
default_pool_size = {POOL_SIZE}
max_client_conn = 200
"""
