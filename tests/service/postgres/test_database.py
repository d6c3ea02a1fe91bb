"""Transactions on a real server: errors have our names, and a restart costs nobody anything."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
import trio
import trio_asyncio

from pulse_router.domain.errors import ConstraintViolated, DataRefused, Unavailable
from pulse_router.postgres.database import Database, open_database
from pulse_router.postgres.transaction import Transaction
from pulse_router.stores.roles import Role
from tests.support.servers.postgres import PostgresForTests

NOW = datetime(2026, 2, 16, tzinfo=UTC)
COLUMNS = ("event_id", "time", "received_at", "tenant_id", "device_id", "msg_type", "metrics")


def row(event_id: int, metrics: Any = '{"t":1}', device_id: str = "A") -> tuple[Any, ...]:
    return (event_id, NOW, NOW, "TENANT1", device_id, "telemetry", metrics)


async def copy(database: Database, *rows: tuple[Any, ...]) -> None:
    async with database.transaction(Role.INGEST) as transaction:
        await transaction.copy("telemetry", COLUMNS, rows)


async def run(database: Database, sql: str, *args: object) -> None:
    async with database.transaction(Role.OPERATOR) as transaction:
        await transaction.execute(sql, *args)


async def test_what_is_committed_is_read_again_as_it_was_written(database: Database) -> None:
    await copy(database, row(1), row(2, None))

    async with database.transaction(Role.OPERATOR, read_only=True) as transaction:
        rows = await transaction.fetch("SELECT event_id, time, metrics FROM telemetry ORDER BY 1")
        first = await transaction.fetch_row("SELECT * FROM telemetry WHERE event_id = 0")
    assert [tuple(found) for found in rows] == [(1, NOW, '{"t": 1}'), (2, NOW, None)]
    assert first is None


@pytest.mark.parametrize(
    ("poison", "sqlstate"),
    [
        (row(3, '{"t":"\\u0000"}'), "22P05"),
        (row(3, '{"t":1e400000}'), "22003"),
        (row(3, '{"t":'), "22P02"),
        (row(3, device_id="nul\0"), "22021"),
        (row(3, device_id="\ud800"), "22000"),
        (row(2**63), "22000"),
    ],
    ids=["u0000", "huge number", "no json", "nul", "surrogate", "overflow"],
)
async def test_a_refused_copy_names_the_line(
    database: Database, poison: tuple[Any, ...], sqlstate: str
) -> None:
    with pytest.raises(DataRefused) as caught:
        await copy(database, row(1), row(2), poison, row(4))

    assert caught.value.line == 3
    assert caught.value.relation == "telemetry"
    assert caught.value.sqlstate == sqlstate
    await copy(database, row(1))


async def test_a_value_that_does_not_fit_its_parameter_is_refused_as_data(
    database: Database,
) -> None:
    with pytest.raises(DataRefused) as caught:
        await run(database, "SELECT $1::int", 2**31)

    assert str(2**31) not in str(caught.value)


async def test_a_value_of_the_wrong_type_is_a_bug(database: Database) -> None:
    with pytest.raises(TypeError):
        await run(database, "SELECT $1::int", "one")
    with pytest.raises(TypeError):
        await copy(database, row(1, metrics=5))


async def test_an_error_of_the_source_of_rows_stays_what_it_is(database: Database) -> None:
    def broken() -> Iterator[tuple[Any, ...]]:
        yield row(1)
        raise ValueError("not the encoder's")

    async def copy_broken() -> None:
        async with database.transaction(Role.INGEST) as transaction:
            await transaction.copy("telemetry", COLUMNS, broken())

    with pytest.raises(ValueError, match="not the encoder's"):
        await copy_broken()
    await copy(database, row(1))


async def test_a_broken_constraint_is_named_without_the_row(database: Database) -> None:
    sql = "INSERT INTO devices (tenant_id, device_id, site_id) VALUES ('T', 'D', 'secret')"
    await run(database, sql)

    with pytest.raises(ConstraintViolated) as caught:
        await run(database, sql)
    assert caught.value.constraint == "devices_pkey"

    with pytest.raises(ConstraintViolated) as caught:
        await run(database, "UPDATE devices SET status = 'odd'")
    assert caught.value.constraint == "devices_status_check"
    assert "secret" not in str(caught.value)


async def test_a_missing_partition_is_an_outage(
    database: Database, postgres_server: PostgresForTests, database_name: str
) -> None:
    postgres_server.psql(database_name, "DROP TABLE telemetry_default")

    with pytest.raises(Unavailable, match="no partition of relation"):
        await copy(database, row(1))


@pytest.mark.parametrize(
    ("breakage", "sqlstate"),
    [
        ("REVOKE INSERT ON telemetry FROM pulse_ingest", "42501"),
        ("DROP TABLE telemetry", "42P01"),
        (
            """CREATE FUNCTION fail() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RAISE ''no''; END';
            CREATE TRIGGER fail BEFORE INSERT ON telemetry
            FOR EACH ROW EXECUTE FUNCTION fail()""",
            "P0001",
        ),
    ],
    ids=["a revoked grant", "a missing table", "a trigger that raises"],
)
async def test_whatever_the_data_are_not_to_blame_for_is_an_outage(
    database: Database,
    postgres_server: PostgresForTests,
    database_name: str,
    breakage: str,
    sqlstate: str,
) -> None:
    postgres_server.psql(database_name, breakage)

    with pytest.raises(Unavailable) as caught:
        await copy(database, row(1))

    assert caught.value.sqlstate == sqlstate


async def test_a_missing_role_is_an_outage(
    postgres_server: PostgresForTests, database_url: str
) -> None:
    postgres_server.psql("postgres", "REVOKE pulse_ingest FROM iot")
    try:
        async with trio_asyncio.open_loop(), open_database(database_url) as database:
            with pytest.raises(Unavailable, match="permission denied to set role"):
                await copy(database, row(1))
    finally:
        postgres_server.psql("postgres", "GRANT pulse_ingest TO iot WITH INHERIT FALSE, SET TRUE")


async def test_an_error_that_the_block_swallows_is_told_instead_of_a_commit(
    database: Database,
) -> None:
    async def swallow() -> None:
        async with database.transaction(Role.OPERATOR) as transaction:
            with pytest.raises(DataRefused):
                await transaction.execute("SELECT 1 / 0")

    with pytest.raises(RuntimeError, match="nothing was committed"):
        await swallow()
    await run(database, "SELECT 1")


async def test_a_transaction_is_not_used_after_its_end(database: Database) -> None:
    async with database.transaction(Role.OPERATOR) as transaction:
        kept: Transaction = transaction

    with pytest.raises(RuntimeError, match="has ended"):
        await kept.execute("SELECT 1")


async def test_a_server_that_restarts_costs_nobody_a_transaction_afterwards(
    database: Database, postgres_server: PostgresForTests
) -> None:
    async with database.transaction(Role.INGEST), database.transaction(Role.INGEST):
        pass
    assert database.pool.idle_count == 2

    await trio.to_thread.run_sync(postgres_server.restart)

    await copy(database, row(1))
    assert database.pool.leased_count == 0


async def test_a_backend_that_is_ended_is_replaced(
    database: Database, postgres_server: PostgresForTests
) -> None:
    async with database.transaction(Role.INGEST) as transaction:
        pid = await transaction.fetch_value("SELECT pg_backend_pid()")
    # Nothing runs here between the end of the backend and the next transaction: asyncio has not
    # heard of it yet.
    postgres_server.psql("postgres", f"SELECT pg_terminate_backend({pid}, 5000)")

    await copy(database, row(1))


async def test_a_backend_that_is_ended_inside_a_transaction_is_an_outage(
    database: Database, postgres_server: PostgresForTests
) -> None:
    async def lose() -> None:
        async with database.transaction(Role.INGEST) as transaction:
            await transaction.copy("telemetry", COLUMNS, [row(1)])
            pid = await transaction.fetch_value("SELECT pg_backend_pid()")
            postgres_server.psql("postgres", f"SELECT pg_terminate_backend({pid}, 5000)")

    with pytest.raises(Unavailable):
        await lose()
    await copy(database, row(2))


async def test_a_server_that_is_not_there_is_an_outage_without_the_password() -> None:
    url = "postgresql://iot:hush@127.0.0.1:1/nothing"
    async with trio_asyncio.open_loop(), open_database(url) as database:
        with pytest.raises(Unavailable, match="cannot connect to PostgreSQL") as caught:
            await copy(database, row(1))
    assert "hush" not in str(caught.value)


@pytest.mark.parametrize("password", ["hu@sh", "12#hu@sh", "12?hu@sh", "12/hu@sh", "hu[sh"])
async def test_no_piece_of_a_password_is_taken_for_the_server_s_name(password: str) -> None:
    url = f"postgresql://iot:{password}@127.0.0.1:1/nothing"
    async with trio_asyncio.open_loop(), open_database(url) as database:
        with pytest.raises(Unavailable) as caught:
            await copy(database, row(1))
    assert "sh" not in str(caught.value).replace("refused", "")
    assert "hu" not in str(caught.value)


async def test_a_server_whose_name_is_not_known_is_named() -> None:
    url = "postgresql://iot:hush@nowhere.invalid/nothing"
    async with trio_asyncio.open_loop(), open_database(url) as database:
        with pytest.raises(
            Unavailable, match=r"cannot connect to PostgreSQL at nowhere\.invalid: "
        ):
            await copy(database, row(1))


async def test_a_wrong_password_is_an_outage_that_names_the_user(database_url: str) -> None:
    url = database_url.replace("a-password-for-tests", "hush")
    async with trio_asyncio.open_loop(), open_database(url) as database:
        with pytest.raises(Unavailable, match='password authentication failed for user "iot"'):
            await copy(database, row(1))


async def test_a_url_with_unescaped_characters_shows_nothing_of_the_password() -> None:
    url = "postgresql://iot:hu/sh@127.0.0.1:1/nothing"
    async with trio_asyncio.open_loop(), open_database(url) as database:
        with pytest.raises(Unavailable, match="password probably holds @ or /") as caught:
            await copy(database, row(1))
    assert "hu" not in str(caught.value)


async def test_nothing_depends_on_what_a_session_remembers_where_pgbouncer_stands_between(
    database_url: str, postgres_server: PostgresForTests
) -> None:
    async with (
        trio_asyncio.open_loop(),
        open_database(database_url, pool_size=1, pgbouncer=True) as database,
    ):
        for event_id in range(3):
            await copy(database, row(event_id))
            async with database.transaction(Role.OPERATOR) as transaction:
                await transaction.fetch("SELECT $1::text", "x")
                # What PgBouncer would do to the server's connection at any time.
                await transaction.execute("DEALLOCATE ALL")
        assert database.pool.idle_count == 1
