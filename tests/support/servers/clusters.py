"""PostgreSQL clusters of a test's own: what is done to them concerns no other test."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import attrs

from pulse_router.embedded import processes
from pulse_router.embedded.postgres import SUPERUSER, PostgresServer, prepare_server
from tests.support.servers.folders import make_reachable_folder, remove_folder
from tests.support.servers.postgres import SETTINGS, PostgresForTests, make_template

# What a standby needs; and fsync stays on, for these servers are killed.
OWN_SETTINGS = SETTINGS | {
    "fsync": "on",
    "full_page_writes": "on",
    "max_connections": "60",
    "max_wal_senders": "4",
    "wal_level": "replica",
    "wal_keep_size": "256MB",
}
SERVING = ["ready   ", "standby "]


@attrs.define(eq=False, kw_only=True)
class OwnServer(PostgresServer):
    """One that may be a standby, and may be told other variables than ours are."""

    environment: Mapping[str, str] = attrs.field(factory=dict)

    def _command(self) -> list[str]:
        variables = [f"{name}={value}" for name, value in self.environment.items()]
        return ["/usr/bin/env", *variables, *super()._command()]

    def _says_ready(self) -> bool:
        lines = self.pid_file.read_text().splitlines() if self.pid_file.exists() else []
        return lines[-1:] != [] and lines[-1] in SERVING and lines[3:4] == [str(self.port)]


@contextmanager
def prepared_cluster(
    *, settings: Mapping[str, str] | None = None, environment: Mapping[str, str] | None = None
) -> Iterator[PostgresForTests]:
    """Prepare a server that is not started yet; it is stopped and removed after the block."""
    folder = make_reachable_folder("postgres")
    found = prepare_server(folder, settings=OWN_SETTINGS | dict(settings or {}))
    postgres = PostgresForTests(
        OwnServer(
            folder=found.folder,
            account=found.account,
            programs=found.programs,
            settings=found.settings,
            environment=dict(environment or {}),
        )
    )
    try:
        yield postgres
    finally:
        postgres.stop()
        remove_folder(folder)


@contextmanager
def running_cluster(
    *, settings: Mapping[str, str] | None = None, environment: Mapping[str, str] | None = None
) -> Iterator[PostgresForTests]:
    """Run a server for a block, with the template of the tests' databases."""
    with prepared_cluster(settings=settings, environment=environment) as postgres:
        start(postgres)
        make_template(postgres)
        yield postgres


def start(postgres: PostgresForTests) -> None:
    """Start a server, which keeps its port from then on."""
    postgres.start()
    postgres.server.wanted_port = postgres.server.port


def rebuild_as_standby(postgres: PostgresForTests, primary: PostgresForTests) -> None:
    """Make a server that does not run a copy of another, which it follows from its start on."""
    ours, theirs = postgres.server, primary.server
    if ours.data.exists():
        shutil.rmtree(ours.data)
    ours.folder.chmod(0o711)
    target = Path(ours.folder, "data")
    target.mkdir(mode=0o700)
    if ours.account is not None:
        shutil.chown(target, ours.account.uid, ours.account.gid)
    argv = [
        *(str(ours.programs / "pg_basebackup"), "--pgdata", str(target)),
        *("--host", "127.0.0.1", "--port", str(theirs.port), "--username", SUPERUSER),
        *("--checkpoint", "fast", "--wal-method", "stream", "--write-recovery-conf", "--no-sync"),
    ]
    processes.run(argv, account=ours.account, environment={"PGPASSWORD": theirs.password})
    secret = ours.folder / "password"
    secret.write_text(theirs.password)
    secret.chmod(0o600)
    start(postgres)
