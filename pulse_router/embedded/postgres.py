"""A PostgreSQL server in a folder: prepared, started or adopted, and stopped.

Knows the server's programs and files; does not know what is kept in it.
"""

from __future__ import annotations

import signal
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from urllib.parse import quote

import attrs
import trio

from pulse_router.embedded import ports, processes
from pulse_router.embedded.accounts import account_for_children, prepare_folder
from pulse_router.embedded.cluster import prepare_cluster
from pulse_router.embedded.installation import find_programs
from pulse_router.embedded.processes import ChildFailed, StopSteps
from pulse_router.embedded.servers import EmbeddedServer, first_byte_of_answer, running

HOST = "127.0.0.1"
SUPERUSER = "postgres"
READY_WITHIN_SECONDS = 60.0
ANSWER_WITHIN_SECONDS = 5.0
REAPED_WITHIN_SECONDS = 10.0
START_ATTEMPTS = 4
RETRY_AFTER_SECONDS = 0.5
# SIGINT is PostgreSQL's fast stop, SIGQUIT its immediate one: the next start then recovers.
STOP_STEPS = ((signal.SIGINT, 5.0), (signal.SIGQUIT, 2.0), (signal.SIGKILL, 2.0))
SSL_REQUEST = bytes.fromhex("0000000804d2162f")

DURABLE: Mapping[str, str] = {
    "fsync": "on",
    "synchronous_commit": "on",
    "shared_buffers": "64MB",
    "max_connections": "100",
    "max_wal_size": "512MB",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_line_prefix": "%m [%p] ",
}


@attrs.define(eq=False, kw_only=True)
class PostgresServer(EmbeddedServer):
    """A cluster in `folder`, and the server that runs on it. One owner at a time.

    Args:
        folder: Holds the cluster (`data`), its superuser's password, its port and its log.
        programs: The folder of `postgres`, `initdb` and `psql`.
        account: Whom the server runs as; None for ourselves.
        wanted_port: The port to listen on; None for the one of the last run, or a free one.
        settings: Server settings, in addition to `DURABLE`.
    """

    programs: Path
    wanted_port: int | None = None
    settings: Mapping[str, str] = attrs.field(factory=dict)
    port: int = 0
    password: str = attrs.field(default="", repr=False)

    @property
    def data(self) -> Path:
        """The cluster itself (PGDATA)."""
        return self.folder / "data"

    @property
    def pid_file(self) -> Path:
        """The server's own; its last line is the server's state."""
        return self.data / "postmaster.pid"

    @property
    def stop_steps(self) -> StopSteps:
        """Its fast stop, its immediate one, and the hard way."""
        return STOP_STEPS

    @property
    def name(self) -> str:
        """What people call it."""
        return "PostgreSQL"

    @property
    def log(self) -> Path:
        """What the server says."""
        return self.folder / "server.log"

    def url(self, database: str, *, user: str = SUPERUSER, password: str | None = None) -> str:
        """A connection URL; as the superuser unless a user and password are given."""
        secret = self.password if password is None else password
        login = f"{quote(user)}:{quote(secret, safe='')}"
        return f"postgresql://{login}@{HOST}:{self.port}/{quote(database)}"

    def psql(self, database: str, script: str) -> str:
        """Run a script of SQL as the superuser; blocks the thread.

        Returns:
            What it printed: one line a row, columns separated by `|`.

        Raises:
            ChildFailed: PostgreSQL refused it; what came before in the script has happened.
        """
        command = [
            str(self.programs / "psql"),
            *("--no-psqlrc", "--quiet", "--no-align", "--tuples-only"),
            *("--set", "ON_ERROR_STOP=1", "--host", HOST, "--port", str(self.port)),
            *("--username", SUPERUSER, "--dbname", database, "--file", "-"),
        ]
        return processes.run(command, given=script, environment={"PGPASSWORD": self.password})

    async def start(self) -> None:
        """Make the cluster if there is none, then start its server, or adopt a living one.

        Raises:
            ChildFailed: It cannot be made, or is not ready in time.
            FolderUnsuitable: The folder cannot be used by the account.
        """
        prepare_folder(self.folder, self.account)
        self.password = await trio.to_thread.run_sync(self._prepare)
        adopted = await self._adopt(ANSWER_WITHIN_SECONDS)
        if not adopted:
            await self._clear_pid_file()
        for attempt in range(START_ATTEMPTS):
            if adopted or await self._start(is_last=attempt == START_ATTEMPTS - 1):
                break
            await trio.sleep(RETRY_AFTER_SECONDS)

    async def _clear_pid_file(self) -> None:
        # PostgreSQL sees by itself that a pid in the file is dead. What it wrongly takes for a
        # living server is a zombie that init has yet to reap, and, after a power cut, any process
        # of the account that was given the same pid. If that is a PostgreSQL, the file stays.
        pid = processes.read_pid(self.pid_file)
        with trio.move_on_after(REAPED_WITHIN_SECONDS):
            await processes.wait_reaped(pid)
        argv = processes.command_line(pid)
        if argv and not _is_postgres(argv):
            self.pid_file.unlink(missing_ok=True)

    def _is_ours(self, argv: Sequence[str]) -> bool:
        return _is_postgres(argv) and str(self.data) in argv

    def _recall_port(self) -> None:
        # The fourth line; a server that has not come so far is on port 0, and never ready there.
        lines = self.pid_file.read_text().splitlines()
        self.port = int(lines[3]) if len(lines) > 3 and lines[3].isdecimal() else 0

    async def _start(self, *, is_last: bool) -> bool:
        self.port = self.wanted_port or ports.choose(ports.recall(self.folder / "port"))
        process = processes.start(self._command(), account=self.account, log=self.log)
        try:
            await self._become_ready(process, READY_WITHIN_SECONDS)
        except ChildFailed:
            # The port was taken in between, or backends of a killed server still hold its shared
            # memory: both pass.
            if is_last:
                raise
            return False
        ports.note(self.folder / "port", self.port)
        return True

    def _command(self) -> list[str]:
        settings = {
            **DURABLE,
            **self.settings,
            "port": str(self.port),
            "listen_addresses": HOST,
            "unix_socket_directories": "",
        }
        argv = [str(self.programs / "postgres"), "-D", str(self.data)]
        for name, value in settings.items():
            argv += ["-c", f"{name}={value}"]
        return argv

    async def _is_ready(self) -> bool:
        return self._says_ready() and await _answers(self.port)

    def _says_ready(self) -> bool:
        # The last line of the file is the server's state, as pg_ctl reads it too.
        try:
            lines = self.pid_file.read_text().splitlines()
        except OSError:
            return False
        return lines[-1:] == ["ready   "] and lines[3:4] == [str(self.port)]

    def _prepare(self) -> str:
        return prepare_cluster(
            self.folder,
            self.data,
            initdb=self.programs / "initdb",
            superuser=SUPERUSER,
            account=self.account,
            is_durable=self.settings.get("fsync") != "off",
        )


@asynccontextmanager
async def open_postgres(
    folder: Path, *, port: int | None = None, settings: Mapping[str, str] | None = None
) -> AsyncIterator[PostgresServer]:
    """Run a PostgreSQL server on the cluster in `folder`, and stop it in the end.

    The caller makes sure that nobody else does so at the same time.

    Args:
        folder: Where the cluster is; made when there is none.
        port: The port on 127.0.0.1; None for the one of the last run, or a free one.
        settings: Server settings, in addition to `DURABLE`.

    Raises:
        ChildFailed: It cannot be started.
        FolderUnsuitable: The folder cannot be used.
    """
    server = await trio.to_thread.run_sync(
        lambda: prepare_server(folder, port=port, settings=settings)
    )
    async with running(server):
        yield server


def prepare_server(
    folder: Path, *, port: int | None = None, settings: Mapping[str, str] | None = None
) -> PostgresServer:
    """Find programs and account for a cluster in `folder`; nothing runs yet. Blocks the thread.

    Raises:
        ChildFailed: The programs are not installed.
        FolderUnsuitable: There is no account to run as.
    """
    account = account_for_children()
    return PostgresServer(
        folder=folder.resolve(),
        programs=find_programs(account),
        account=account,
        wanted_port=port,
        settings=dict(settings or {}),
    )


def _is_postgres(argv: Sequence[str]) -> bool:
    # A server's own children call themselves "postgres: …".
    return bool(argv) and Path(argv[0]).name.startswith("postgres")


async def _answers(port: int) -> bool:
    # An SSLRequest is answered with one byte by any server that takes connections.
    return await first_byte_of_answer(port, SSL_REQUEST) != b""
