"""The schema is brought up to date once, by whoever may, and anything odd is said."""

from __future__ import annotations

import functools
from pathlib import Path

import pytest
import trio
import trio_asyncio

from pulse_router.domain.errors import MigrationError, Unavailable
from pulse_router.postgres.database import open_database
from pulse_router.postgres.migrations import MigrationReport
from pulse_router.stores.roles import Role
from tests.support.servers.migrating import migrate, pending
from tests.support.servers.postgres import LOGIN_ROLE, PostgresForTests


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Two small migrations."""
    (tmp_path / "0001_first.sql").write_text("CREATE TABLE first (id integer);\n")
    (tmp_path / "0002_second.sql").write_text("CREATE TABLE second (id integer);\n")
    return tmp_path


async def test_an_empty_database_gets_the_whole_schema_and_the_login_its_roles(
    postgres_server: PostgresForTests, empty: str
) -> None:
    admin_url = postgres_server.admin_url(empty)
    due = await pending(admin_url)

    report = await migrate(admin_url, login_role=LOGIN_ROLE)

    assert list(report.applied) == due
    assert due[0] == "0001_schema"
    async with (
        trio_asyncio.open_loop(),
        open_database(postgres_server.login_url(empty)) as database,
    ):
        for role in Role:
            async with database.transaction(role) as transaction:
                assert await transaction.fetch_value("SELECT current_user") == role.value


async def test_migrating_twice_changes_nothing(
    postgres_server: PostgresForTests, empty: str
) -> None:
    admin_url = postgres_server.admin_url(empty)
    first = await migrate(admin_url)

    assert await migrate(admin_url) == MigrationReport([], version=first.version, granted=False)
    assert await pending(admin_url) == []


async def test_a_login_that_owns_nothing_may_call_it_when_nothing_is_pending(
    database_url: str,
) -> None:
    report = await migrate(database_url)

    assert report.applied == []
    assert not report.granted


async def test_routers_that_start_at_once_migrate_once(
    postgres_server: PostgresForTests, empty: str
) -> None:
    reports: list[MigrationReport] = []

    async def start() -> None:
        reports.append(await migrate(postgres_server.admin_url(empty), login_role=LOGIN_ROLE))

    async with trio.open_nursery() as nursery:
        for _ in range(4):
            nursery.start_soon(start)

    applied = [name for report in reports for name in report.applied]
    assert len(applied) == len(set(applied)) == reports[0].version


async def test_databases_of_one_server_may_be_migrated_at_once(
    postgres_server: PostgresForTests, empty: str
) -> None:
    other = postgres_server.create_database(template="template1")
    async with trio.open_nursery() as nursery:
        for name in (empty, other):
            url = postgres_server.admin_url(name)
            nursery.start_soon(functools.partial(migrate, url, login_role=LOGIN_ROLE))
    postgres_server.drop_database(other)


async def test_a_login_without_the_rights_is_told_what_an_administrator_has_to_run(
    postgres_server: PostgresForTests, empty: str
) -> None:
    with pytest.raises(MigrationError) as caught:
        await migrate(postgres_server.login_url(empty))

    remedy = f"pulse-router migrate --url postgresql://postgres@127.0.0.1:{postgres_server.port}"
    assert f"{remedy}/{empty}`" in str(caught.value)
    assert "password" not in str(caught.value)


async def test_an_owner_without_superuser_rights_migrates_when_the_roles_are_there(
    postgres_server: PostgresForTests, empty: str
) -> None:
    postgres_server.psql("postgres", f"ALTER DATABASE {empty} OWNER TO {LOGIN_ROLE}")

    report = await migrate(postgres_server.login_url(empty))

    assert report.applied
    assert not report.granted


async def test_a_login_role_with_an_odd_name_is_granted_the_roles_but_not_their_rights(
    postgres_server: PostgresForTests, empty: str
) -> None:
    name = 'o"dd; DROP ROLE iot'
    quoted = '"o""dd; DROP ROLE iot"'
    postgres_server.psql("postgres", f"CREATE ROLE {quoted} LOGIN")

    report = await migrate(postgres_server.admin_url(empty), login_role=name)

    assert report.granted
    rights = postgres_server.psql(
        empty,
        f"SET ROLE {quoted}; SELECT pg_has_role('pulse_app', 'SET'), "
        "has_table_privilege('devices', 'SELECT')",
    )
    postgres_server.psql(empty, f"DROP OWNED BY {quoted}; DROP ROLE {quoted}")
    assert rights.strip() == "t|f"


async def test_a_login_role_that_is_not_there_is_named(
    postgres_server: PostgresForTests, empty: str
) -> None:
    with pytest.raises(MigrationError, match="CREATE ROLE nobody_here LOGIN"):
        await migrate(postgres_server.admin_url(empty), login_role="nobody_here")


async def test_a_changed_file_is_refused(
    postgres_server: PostgresForTests, empty: str, folder: Path
) -> None:
    url = postgres_server.admin_url(empty)
    await migrate(url, folder=folder)
    (folder / "0001_first.sql").write_text("CREATE TABLE first (id bigint);\n")

    with pytest.raises(MigrationError, match="0001_first was applied in another form"):
        await migrate(url, folder=folder)
    with pytest.raises(MigrationError, match="0001_first was applied in another form"):
        await pending(url, folder=folder)


async def test_other_line_ends_are_no_change(
    postgres_server: PostgresForTests, empty: str, folder: Path
) -> None:
    url = postgres_server.admin_url(empty)
    await migrate(url, folder=folder)
    file = folder / "0001_first.sql"
    file.write_bytes(file.read_bytes().replace(b"\n", b"\r\n"))

    assert (await migrate(url, folder=folder)).applied == []


async def test_a_database_newer_than_the_files_is_refused(
    postgres_server: PostgresForTests, empty: str, folder: Path
) -> None:
    url = postgres_server.admin_url(empty)
    await migrate(url, folder=folder)
    (folder / "0002_second.sql").unlink()

    with pytest.raises(MigrationError, match="0002_second, which this version"):
        await migrate(url, folder=folder)


async def test_a_migration_that_fails_leaves_nothing_behind_and_those_before_it_in_place(
    postgres_server: PostgresForTests, empty: str, folder: Path
) -> None:
    url = postgres_server.admin_url(empty)
    file = folder / "0002_second.sql"
    file.write_text("CREATE TABLE second (id integer); SELECT nonsense;")

    with pytest.raises(MigrationError, match=r"0002_second failed: .*nonsense"):
        await migrate(url, folder=folder)

    assert await pending(url, folder=folder) == ["0002_second"]
    file.write_text("CREATE TABLE second (id integer);")
    assert (await migrate(url, folder=folder)).applied == ["0002_second"]


@pytest.mark.parametrize(
    ("names", "problem"),
    [
        ([], "there are no migrations"),
        (["0002_second.sql"], "0002_second stands where number 0001 belongs"),
        (["0001_first.sql", "0003_third.sql"], "0003_third stands where number 0002 belongs"),
        (["0001_first.sql", "0001_other.sql"], "0001_other stands where number 0002 belongs"),
        (["first.sql"], "first.sql is not named like a migration"),
    ],
)
async def test_files_that_are_not_numbered_in_a_row_are_refused(
    tmp_path: Path, names: list[str], problem: str
) -> None:
    for name in names:
        (tmp_path / name).write_text("SELECT 1;")

    with pytest.raises(MigrationError, match=problem):
        await pending("postgresql://nobody@127.0.0.1:1/nothing", folder=tmp_path)


async def test_a_server_that_is_not_there_is_an_outage() -> None:
    with pytest.raises(Unavailable, match="cannot connect to PostgreSQL"):
        await migrate("postgresql://nobody:hush@127.0.0.1:1/nothing")
