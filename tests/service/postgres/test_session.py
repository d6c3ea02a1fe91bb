"""No setting of a server, a database or a login changes what our SQL means, and none stays."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager

import pytest
import trio
import trio_asyncio

from pulse_router.domain.errors import MigrationError, Unavailable
from pulse_router.postgres import pool
from pulse_router.postgres.database import Database, open_database
from pulse_router.postgres.session import MEANING
from pulse_router.stores.roles import Role
from pulse_router.stores.schema import migrate
from tests.support.servers.pgbouncer import open_pgbouncer
from tests.support.servers.postgres import LOGIN_ROLE, PostgresForTests

HOSTILE = {
    "search_path": "iot, pg_temp, public",
    "standard_conforming_strings": "off",
    "transform_null_equals": "on",
    "quote_all_identifiers": "on",
    "array_nulls": "off",
    "DateStyle": "'German, DMY'",
    "IntervalStyle": "sql_standard",
    "TimeZone": "'Pacific/Kiritimati'",
    "extra_float_digits": "-15",
    "bytea_output": "escape",
    "row_security": "off",
    "default_transaction_isolation": "serializable",
    "default_transaction_deferrable": "on",
    "statement_timeout": "'1ms'",
    "lock_timeout": "'1ms'",
    "synchronous_commit": "off",
}


@pytest.fixture(params=["database", "login"])
def hostile(
    request: pytest.FixtureRequest, postgres_server: PostgresForTests, database_name: str
) -> Iterator[None]:
    """Everything set to what breaks SQL, and a schema named as the login with tables like ours."""
    whom = f"DATABASE {database_name}" if request.param == "database" else f"ROLE {LOGIN_ROLE}"
    postgres_server.psql(
        database_name,
        f"CREATE SCHEMA {LOGIN_ROLE} AUTHORIZATION {LOGIN_ROLE};"
        f" CREATE TABLE {LOGIN_ROLE}.devices (LIKE public.devices);"
        f" GRANT ALL ON {LOGIN_ROLE}.devices TO PUBLIC;"
        f" GRANT USAGE ON SCHEMA {LOGIN_ROLE} TO PUBLIC;",
    )
    for name, value in HOSTILE.items():
        postgres_server.psql("postgres", f"ALTER {whom} SET {name} = {value}")
    yield
    postgres_server.psql("postgres", f"ALTER {whom} RESET ALL")


@asynccontextmanager
async def opened(postgres: PostgresForTests, name: str, *, pooled: bool) -> AsyncIterator[Database]:
    """The test's database, directly or behind PgBouncer in transaction mode."""
    async with trio_asyncio.open_loop():
        if not pooled:
            async with open_database(postgres.login_url(name)) as database:
                yield database
            return
        async with (
            open_pgbouncer(postgres) as pgbouncer,
            open_database(pgbouncer.login_url(name), pgbouncer=True) as database,
        ):
            yield database


def test_every_setting_that_we_make_is_tried_in_its_worst_form() -> None:
    assert set(MEANING) == set(HOSTILE) - {"synchronous_commit"}


@pytest.mark.usefixtures("hostile")
@pytest.mark.parametrize("pooled", [False, True], ids=["direct", "pooled"])
async def test_settings_of_others_change_nothing(
    postgres_server: PostgresForTests, database_name: str, pooled: bool
) -> None:
    names = [*MEANING, "synchronous_commit"]
    async with opened(postgres_server, database_name, pooled=pooled) as database:
        for _ in range(2):
            async with database.transaction(Role.INGEST) as transaction:
                rows = await transaction.fetch(
                    "SELECT name, current_setting(name) FROM unnest($1::text[]) AS name", names
                )
            found = {name: setting.replace('"', "") for name, setting in map(tuple, rows)}
            assert found == {**MEANING, "synchronous_commit": "on"}


@pytest.mark.usefixtures("hostile")
@pytest.mark.parametrize("pooled", [False, True], ids=["direct", "pooled"])
@pytest.mark.parametrize("tenant", ["T1", r"T\x31", r"T1\\", "T1'--", "\\'; RESET ROLE; --"])
async def test_a_tenant_sees_its_own_whatever_is_set_and_however_it_is_called(
    postgres_server: PostgresForTests, database_name: str, pooled: bool, tenant: str
) -> None:
    async with opened(postgres_server, database_name, pooled=pooled) as database:
        for each in {tenant, "T1"}:
            async with database.transaction(Role.APP, tenant_id=each) as transaction:
                await transaction.execute(
                    "INSERT INTO devices (tenant_id, device_id) VALUES ($1, 'D')", each
                )
        seen = await database.query(
            Role.APP, "SELECT tenant_id FROM devices", tenant_id=tenant, read_only=True
        )
        assert [row["tenant_id"] for row in seen] == [tenant]
        nobody = await database.query(Role.APP, "SELECT FROM devices", read_only=True)
        assert nobody == []


async def test_commits_that_wait_for_more_than_the_disk_go_on_doing_so(
    postgres_server: PostgresForTests, database_name: str
) -> None:
    whom = f"DATABASE {database_name}"
    postgres_server.psql("postgres", f"ALTER {whom} SET synchronous_commit = remote_apply")
    async with opened(postgres_server, database_name, pooled=False) as database:
        rows = await database.query(Role.INGEST, "SHOW synchronous_commit")
    assert rows[0][0] == "remote_apply"


async def test_what_is_wrong_with_sessions_goes_with_them(
    postgres_server: PostgresForTests, database_name: str
) -> None:
    """A database that is made read-only and back, as guards against a full disk do it."""

    def set_read_only(state: str) -> None:
        sql = f"ALTER DATABASE {database_name} SET default_transaction_read_only = {state}"
        postgres_server.psql("postgres", sql)

    async def write() -> None:
        async with database.transaction(Role.INGEST) as transaction:
            await transaction.execute(
                "INSERT INTO ingest_nodes (node, client_id) VALUES (7, 'x') ON CONFLICT DO NOTHING"
            )

    set_read_only("on")
    async with opened(postgres_server, database_name, pooled=False) as database:
        async with trio.open_nursery() as nursery:  # several sessions, all from now
            for _ in range(4):
                nursery.start_soon(database.query, Role.INGEST, "SELECT pg_sleep(0.2)")
        assert database.pool.idle_count == 4
        set_read_only("off")
        with pytest.raises(Unavailable, match="read-only") as error:
            await write()
        assert error.value.sqlstate == "25006"
        assert database.pool.idle_count == 0
        await write()


async def test_no_session_is_used_for_ever(
    postgres_server: PostgresForTests, database_name: str
) -> None:
    async with opened(postgres_server, database_name, pooled=False) as database:

        async def process() -> int:
            rows = await database.query(Role.INGEST, "SELECT pg_backend_pid()")
            return int(rows[0][0])

        first = await process()
        assert await process() == first
        [(connection, ends_at)] = database.pool.ages.items()
        least = pool.GREATEST_AGE_SECONDS * (1 - pool.AGE_SPREAD) - 60
        assert least < ends_at - trio.current_time() <= pool.GREATEST_AGE_SECONDS
        database.pool.ages[connection] = trio.current_time()
        assert await process() != first
        assert len(database.pool.ages) == 1


@pytest.mark.parametrize("encoding", ["LATIN1", "SQL_ASCII"])
async def test_a_database_that_cannot_hold_every_text_is_refused(
    postgres_server: PostgresForTests, encoding: str
) -> None:
    name = f"in_{encoding.lower()}"
    postgres_server.psql(
        "postgres",
        f"CREATE DATABASE {name} ENCODING '{encoding}' LOCALE 'C' TEMPLATE template0",
    )
    try:
        async with trio_asyncio.open_loop():
            with pytest.raises(MigrationError, match=f"{encoding}.*ENCODING 'UTF8'"):
                await migrate(postgres_server.admin_url(name))
    finally:
        postgres_server.drop_database(name)
