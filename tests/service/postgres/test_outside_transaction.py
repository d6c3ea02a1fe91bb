"""Indexes are built while others write, and what breaks half way is built again."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path

import pytest
import trio
import trio_asyncio

from pulse_router.domain.errors import MigrationError, NotAllowedHere, Unavailable
from pulse_router.postgres.connecting import ConnectOptions, connect
from pulse_router.postgres.connection import Connection
from pulse_router.postgres.migrations import MigrationReport
from pulse_router.postgres.session import GUARDS, MEANING
from tests.support.servers.migrating import migrate, pending
from tests.support.servers.pgbouncer import open_pgbouncer
from tests.support.servers.postgres import LOGIN_ROLE, PostgresForTests
from tests.support.waiting import wait_until

BUILDING = "SELECT pid FROM pg_stat_activity WHERE query LIKE 'CREATE INDEX CONC%' AND datname = "


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "0001_first.sql").write_text("CREATE TABLE first (id integer);\n")
    (tmp_path / "0002_indexes.sql").write_text(
        "-- outside a transaction\n"
        "CREATE INDEX CONCURRENTLY IF NOT EXISTS first_id ON public.first (id);\n"
        "CREATE UNIQUE INDEX CONCURRENTLY IF NOT EXISTS first_once ON public.first (id);\n"
    )
    return tmp_path


@pytest.fixture
async def half_done(postgres_server: PostgresForTests, empty: str, folder: Path) -> str:
    """The URL of a database with the first migration and three rows."""
    hidden = (folder / "0002_indexes.sql").rename(folder / "hidden")
    await migrate(postgres_server.admin_url(empty), folder=folder)
    hidden.rename(folder / "0002_indexes.sql")
    postgres_server.psql(empty, "INSERT INTO first VALUES (1), (2), (3)")
    return postgres_server.admin_url(empty)


@asynccontextmanager
async def session(url: str) -> AsyncIterator[Connection]:
    async with trio_asyncio.open_loop():
        connection = await connect(ConnectOptions(url))
        try:
            yield connection
        finally:
            connection.terminate()


def indexes(postgres: PostgresForTests, database: str) -> list[str]:
    sql = (
        "SELECT indexrelid::regclass, indisvalid FROM pg_index"
        " WHERE indrelid = 'first'::regclass ORDER BY 1::text"
    )
    return postgres.psql(database, sql).split()


VALID = ["first_id|t", "first_once|t"]


async def test_writers_go_on_while_an_index_is_built_and_it_is_recorded_once(
    postgres_server: PostgresForTests, empty: str, folder: Path, half_done: str
) -> None:
    reports: list[MigrationReport] = []

    async def start() -> None:
        reports.append(await migrate(half_done, folder=folder))

    async with session(half_done) as writer, trio.open_nursery() as nursery:
        # A transaction that has written keeps the index from being finished.
        await writer.execute("BEGIN", timeout_seconds=10)
        await writer.execute("INSERT INTO first VALUES (4)", timeout_seconds=10)
        for _ in range(3):
            nursery.start_soon(start)
        await wait_until(lambda: postgres_server.psql(empty, f"{BUILDING}'{empty}'") != "")
        await writer.execute("INSERT INTO first VALUES (5)", timeout_seconds=10)
        postgres_server.psql(empty, "SET lock_timeout = '5s'; INSERT INTO first VALUES (6)")
        assert await pending(half_done, folder=folder) == ["0002_indexes"]
        await writer.execute("COMMIT", timeout_seconds=10)

    assert [name for each in reports for name in each.applied] == ["0002_indexes"]
    assert indexes(postgres_server, empty) == VALID
    assert await pending(half_done, folder=folder) == []


async def test_an_index_whose_build_was_killed_is_built_again(
    postgres_server: PostgresForTests, empty: str, folder: Path, half_done: str
) -> None:
    async def start() -> None:
        with pytest.raises(Unavailable):
            await migrate(half_done, folder=folder)

    async with session(half_done) as writer:
        async with trio.open_nursery() as nursery:
            await writer.execute("BEGIN", timeout_seconds=10)
            await writer.execute("INSERT INTO first VALUES (4)", timeout_seconds=10)
            nursery.start_soon(start)
            await wait_until(lambda: indexes(postgres_server, empty) == ["first_id|f"])
            killed = BUILDING.replace("pid", "pg_terminate_backend(pid)", 1)
            postgres_server.psql(empty, f"{killed}'{empty}'")
        assert indexes(postgres_server, empty) == ["first_id|f"]
        assert await pending(half_done, folder=folder) == ["0002_indexes"]
        await writer.execute("COMMIT", timeout_seconds=10)

    assert (await migrate(half_done, folder=folder)).applied == ["0002_indexes"]
    assert indexes(postgres_server, empty) == VALID


async def test_an_index_that_rows_forbid_is_not_left_behind_and_what_was_built_stays(
    postgres_server: PostgresForTests, empty: str, folder: Path, half_done: str
) -> None:
    postgres_server.psql(empty, "INSERT INTO first VALUES (1)")

    with pytest.raises(MigrationError, match=r"0002_indexes failed: .*first_once"):
        await migrate(half_done, folder=folder)
    assert indexes(postgres_server, empty) == ["first_id|t"]

    postgres_server.psql(empty, "DELETE FROM first WHERE id = 1")
    assert (await migrate(half_done, folder=folder)).applied == ["0002_indexes"]
    assert indexes(postgres_server, empty) == VALID


async def test_an_index_of_a_partitioned_table_is_built_while_others_write_and_later_ones_have_it(
    postgres_server: PostgresForTests, empty: str, tmp_path: Path
) -> None:
    (tmp_path / "0001_first.sql").write_text(
        "CREATE TABLE days (day integer, id integer) PARTITION BY RANGE (day);"
        "CREATE TABLE days_default PARTITION OF days DEFAULT;"
        "CREATE TABLE days_1 PARTITION OF days FOR VALUES FROM (1) TO (2);"
    )
    url = postgres_server.admin_url(empty)
    await migrate(url, folder=tmp_path)
    (tmp_path / "0002_indexes.sql").write_text(
        "-- outside a transaction\n"
        "CREATE INDEX CONCURRENTLY IF NOT EXISTS days_id ON EACH PARTITION OF public.days (id)\n"
        "  WHERE id > 0;\n"
    )
    building = f"{BUILDING}'{empty}'"
    async with session(url) as writer, trio.open_nursery() as nursery:
        await writer.execute("BEGIN", timeout_seconds=10)
        await writer.execute("INSERT INTO days_1 VALUES (1, 1)", timeout_seconds=10)
        nursery.start_soon(partial(migrate, url, folder=tmp_path))
        await wait_until(lambda: postgres_server.psql(empty, building) != "")
        postgres_server.psql(empty, "SET lock_timeout = '5s'; INSERT INTO days_1 VALUES (1, 2)")
        await writer.execute("COMMIT", timeout_seconds=10)
    postgres_server.psql(empty, "CREATE TABLE days_2 PARTITION OF days FOR VALUES FROM (2) TO (3)")
    found = postgres_server.psql(
        empty,
        "SELECT indrelid::regclass, indisvalid FROM pg_index"
        " JOIN pg_inherits ON inhrelid = indexrelid AND inhparent = 'days_id'::regclass"
        " ORDER BY 1::text",
    )
    assert sorted(found.split()) == ["days_1|t", "days_2|t", "days_default|t"]
    valid = "SELECT indisvalid FROM pg_index WHERE indexrelid = 'days_id'::regclass"
    assert postgres_server.psql(empty, valid).strip() == "t"


@pytest.mark.parametrize("told", [True, False], ids=["told", "found out"])
async def test_through_pgbouncer_it_is_refused_by_the_name_of_what_to_set(
    postgres_server: PostgresForTests, empty: str, folder: Path, half_done: str, told: bool
) -> None:
    postgres_server.psql(empty, f"GRANT CONNECT ON DATABASE {empty} TO {LOGIN_ROLE}")
    # One that takes what is set at connecting, and forgets it.
    forgotten = ", ".join([*MEANING, *GUARDS])
    more = "" if told else f"ignore_startup_parameters = {forgotten}\n"
    async with open_pgbouncer(postgres_server, more=more) as pgbouncer:
        with pytest.raises(NotAllowedHere, match=r"0002_indexes .*database\.direct_url"):
            await migrate(pgbouncer.login_url(empty), folder=folder, pgbouncer=told)

    assert indexes(postgres_server, empty) == []
