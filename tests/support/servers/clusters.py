"""PostgreSQL clusters of a test's own: what is done to them concerns no other test."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

import attrs

from pulse_router.embedded.postgres import PostgresServer, prepare_server
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
