"""A real PostgreSQL for tests: one cluster for the session, one migrated database for each test."""

from __future__ import annotations

import itertools
from collections.abc import AsyncIterator, Iterator

import attrs
import pytest
import trio_asyncio

from pulse_router.embedded.postgres import PostgresServer, prepare_server
from pulse_router.postgres.database import Database, open_database
from pulse_router.postgres.transaction import Deadlines
from pulse_router.stores.schema import migrate
from tests.support.apart import run_apart
from tests.support.servers.folders import (
    make_reachable_folder,
    remove_abandoned_folders,
    remove_folder,
)
from tests.support.servers.psql import Gone, StayingPsql

TEMPLATE = "pulse_template"
LOGIN_ROLE = "iot"
LOGIN_PASSWORD = "a-password-for-tests"
HASTY = Deadlines(begin=1.0, statement=1.0, commit=1.0, rollback=1.0)
# A crash of the machine may cost the tests' cluster; a crash of the server still costs nothing.
SETTINGS = {
    "fsync": "off",
    "full_page_writes": "off",
    "shared_buffers": "32MB",
    "max_connections": "200",
    "io_method": "sync",
    "max_wal_senders": "0",
    "wal_level": "minimal",
}


@attrs.define(eq=False)
class PostgresForTests:
    """The session's cluster; a test that stops it starts it again."""

    server: PostgresServer
    _numbers: Iterator[int] = attrs.field(factory=lambda: itertools.count(1))
    _housekeeper: StayingPsql = attrs.field(
        init=False, default=attrs.Factory(lambda self: StayingPsql(self.server), takes_self=True)
    )

    @property
    def port(self) -> int:
        return self.server.port

    @property
    def pid(self) -> int:
        """The postmaster's pid."""
        assert self.server.process is not None, "the server does not run"
        return self.server.process.pid

    def login_url(self, database: str) -> str:
        """A URL as the router has it: role `iot`, which owns nothing."""
        return self.server.url(database, user=LOGIN_ROLE, password=LOGIN_PASSWORD)

    def admin_url(self, database: str) -> str:
        """A URL as the superuser, to look behind row-level security."""
        return self.server.url(database)

    def psql(self, database: str, script: str) -> str:
        """Run SQL as the superuser; returns rows as lines, columns separated by `|`."""
        return self.server.psql(database, script)

    def create_database(self, *, template: str = TEMPLATE) -> str:
        """Make a database; `template="template1"` for one without our tables."""
        name = f"test_{next(self._numbers)}"
        # Files that are copied need no write-ahead log of every page.
        self._keep_house(f"CREATE DATABASE {name} TEMPLATE {template} STRATEGY file_copy")
        return name

    def drop_database(self, name: str) -> None:
        """Remove a database, whoever is still connected."""
        self._keep_house(f"DROP DATABASE {name} WITH (FORCE)")

    def _keep_house(self, statement: str) -> None:
        try:
            self._housekeeper.run(statement)
        except Gone:
            # The server was stopped or killed in between; an error is raised again, and explained.
            self.psql("postgres", statement)

    def start(self) -> None:
        """Start the server again after `stop`, on the same port."""
        run_apart(self.server.start)

    def stop(self) -> None:
        """Stop the server; every connection to it is cut."""
        self._housekeeper.close()
        run_apart(self.server.stop)

    def restart(self) -> None:
        """Stop and start the server."""
        self.stop()
        self.start()


def make_template(postgres: PostgresForTests) -> None:
    """Make the database that others are copies of, and the router's role."""
    postgres.psql(
        "postgres",
        f"CREATE DATABASE {TEMPLATE};"
        f"CREATE ROLE {LOGIN_ROLE} LOGIN NOSUPERUSER PASSWORD '{LOGIN_PASSWORD}';",
    )
    run_apart(lambda: _migrate(postgres.admin_url(TEMPLATE)))


async def _migrate(url: str) -> None:
    async with trio_asyncio.open_loop():
        await migrate(url, login_role=LOGIN_ROLE)


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[PostgresForTests]:
    """One cluster for the whole session."""
    remove_abandoned_folders()
    # Each database is 450 files, and ext4 looks long for inodes that were not freed a moment ago.
    folder = make_reachable_folder("postgres", in_memory=True)

    postgres = PostgresForTests(prepare_server(folder, settings=SETTINGS))
    try:
        postgres.start()
        # The same port for the whole session, whatever stops in between.
        postgres.server.wanted_port = postgres.server.port
        make_template(postgres)
        yield postgres
    finally:
        postgres.stop()
        remove_folder(folder)


@pytest.fixture
def database_name(postgres_server: PostgresForTests) -> Iterator[str]:
    """A fresh, migrated database, dropped after the test."""
    name = postgres_server.create_database()
    yield name
    postgres_server.drop_database(name)


@pytest.fixture
def database_url(postgres_server: PostgresForTests, database_name: str) -> str:
    """The test's database as the router sees it: role `iot`, no superuser, owner of nothing."""
    return postgres_server.login_url(database_name)


@pytest.fixture
def admin_url(postgres_server: PostgresForTests, database_name: str) -> str:
    """The test's database as the superuser, to look behind row-level security."""
    return postgres_server.admin_url(database_name)


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    """The test's database, opened as the router opens it."""
    async with trio_asyncio.open_loop(), open_database(database_url) as opened:
        yield opened


@pytest.fixture
async def hasty(database_url: str) -> AsyncIterator[Database]:
    """The test's database, with little patience, though enough for a busy machine."""
    async with (
        trio_asyncio.open_loop(),
        open_database(database_url, deadlines=HASTY) as opened,
    ):
        yield opened
