"""Wherever a transaction is cancelled, it is there wholly or not at all, and nothing is left."""

from __future__ import annotations

from contextlib import AbstractAsyncContextManager
from datetime import UTC, datetime

import pytest
import trio
import trio_asyncio

from pulse_router.domain.errors import Unavailable
from pulse_router.postgres.database import Database, open_database
from pulse_router.postgres.transaction import Transaction
from pulse_router.stores.roles import Role
from tests.support.cancelling import CancelAtStep
from tests.support.servers.frozen import frozen
from tests.support.servers.postgres import PostgresForTests
from tests.support.waiting import wait_until

NOW = datetime(2026, 2, 16, tzinfo=UTC)
COLUMNS = ("event_id", "time", "received_at", "tenant_id", "device_id", "msg_type", "metrics")
MAX_STEPS = 2000
HANGS_AFTER_SECONDS = 60


def rows(event_id: int) -> list[tuple[object, ...]]:
    return [
        (event_id, NOW, NOW, "TENANT1", device, "telemetry", '{"t":1}') for device in ("A", "B")
    ]


async def store(database: Database, event_id: int) -> None:
    """A transaction with a statement of every kind; it writes three rows."""
    async with database.transaction(Role.INGEST) as transaction:
        await transaction.execute(
            "INSERT INTO route_deliveries"
            " (id, tenant_id, route_id, device_id, topic, payload, event_id, event_time)"
            " VALUES ($1, 'TENANT1', 1, 'A', 't', '{}', $1, $2)",
            event_id,
            NOW,
        )
        await trio.lowlevel.checkpoint()
        assert await transaction.fetch_value("SELECT $1::bigint", event_id) == event_id
        await transaction.copy("telemetry", COLUMNS, rows(event_id))


async def count(database: Database, event_id: int) -> int:
    async with database.transaction(Role.OPERATOR, read_only=True) as transaction:
        found = await transaction.fetch_value(
            "SELECT (SELECT count(*) FROM telemetry WHERE event_id = $1)"
            " + (SELECT count(*) FROM route_deliveries WHERE event_id = $1)",
            event_id,
        )
    assert isinstance(found, int)
    return found


async def store_cancelled_after(database: Database, steps: int, event_id: int) -> bool:
    """Store under a scope that is cancelled; tells whether the transaction reported success."""
    finished = False
    with trio.CancelScope() as scope:
        instrument = CancelAtStep(scope, steps)
        trio.lowlevel.add_instrument(instrument)
        try:
            await store(database, event_id)
            finished = True
        finally:
            trio.lowlevel.remove_instrument(instrument)
    return finished


def connections(postgres_server: PostgresForTests, name: str) -> int:
    answer = postgres_server.psql(
        "postgres",
        f"SELECT count(*) FROM pg_stat_activity WHERE datname = '{name}' AND usename = 'iot'",
    )
    return int(answer)


@pytest.mark.parametrize("warm", [True, False], ids=["on an idle connection", "on a new one"])
async def test_cancelled_at_any_step_it_is_stored_wholly_or_not_at_all(
    database: Database, postgres_server: PostgresForTests, database_name: str, warm: bool
) -> None:
    completed = cancelled = 0
    with trio.fail_after(HANGS_AFTER_SECONDS):
        for steps in range(1, MAX_STEPS):
            if not warm:
                database.pool.drop_idle()
            finished = await store_cancelled_after(database, steps, event_id=steps)
            assert database.pool.leased_count == 0
            assert await count(database, steps) == (3 if finished else 0)
            cancelled += not finished
            completed = completed + 1 if finished else 0
            if completed == 10:
                break

    assert completed == 10, "the walk never came to the end of the transaction"
    assert cancelled > 20, "the walk did not meet the transaction's awaits"
    assert database.pool.idle_count == 1
    await wait_until(lambda: connections(postgres_server, database_name) == 1)


async def test_many_cancelled_at_once_leave_every_place_of_the_pool_free(
    database: Database, postgres_server: PostgresForTests, database_name: str
) -> None:
    async def store_for(steps: int, event_id: int) -> None:
        with trio.move_on_after(steps / 1000):
            await store(database, event_id)

    with trio.fail_after(HANGS_AFTER_SECONDS):
        async with trio.open_nursery() as nursery:
            for number in range(100):
                nursery.start_soon(store_for, number % 40, number)
        for number in range(100):
            assert await count(database, number) in {0, 3}

    assert database.pool.leased_count == 0
    assert database.pool.idle_count <= 10
    await wait_until(lambda: connections(postgres_server, database_name) <= 10)


async def test_an_error_in_the_block_rolls_back_and_keeps_the_connection(
    database: Database,
) -> None:
    pids = []

    async def store_and_fail() -> None:
        async with database.transaction(Role.INGEST) as transaction:
            pids.append(await transaction.fetch_value("SELECT pg_backend_pid()"))
            await transaction.copy("telemetry", COLUMNS, rows(1))
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await store_and_fail()

    assert await count(database, 1) == 0
    async with database.transaction(Role.INGEST) as transaction:
        assert await transaction.fetch_value("SELECT pg_backend_pid()") == pids[0]


async def test_cancelled_between_statements_it_rolls_back_and_keeps_the_connection(
    database: Database,
) -> None:
    pid = None
    with trio.CancelScope() as scope:
        async with database.transaction(Role.INGEST) as transaction:
            pid = await transaction.fetch_value("SELECT pg_backend_pid()")
            await transaction.copy("telemetry", COLUMNS, rows(1))
            scope.cancel()
            await trio.lowlevel.checkpoint()

    assert await count(database, 1) == 0
    async with database.transaction(Role.INGEST) as transaction:
        assert await transaction.fetch_value("SELECT pg_backend_pid()") == pid


async def test_a_cancelled_scope_that_reaches_the_commit_still_commits(database: Database) -> None:
    with trio.CancelScope() as scope:
        async with database.transaction(Role.INGEST) as transaction:
            await transaction.copy("telemetry", COLUMNS, rows(1))
            scope.cancel()

    assert not scope.cancelled_caught
    assert await count(database, 1) == 2


async def test_cancelled_while_waiting_in_line_it_leaves_the_line(database_url: str) -> None:
    async with trio_asyncio.open_loop(), open_database(database_url, pool_size=1) as database:
        async with database.transaction(Role.INGEST):
            with trio.move_on_after(0) as scope:
                async with database.transaction(Role.INGEST):
                    pytest.fail("there is one connection, and it is in use")
            assert scope.cancelled_caught
        assert await count(database, 1) == 0


async def test_a_statement_on_a_frozen_server_can_be_cancelled(database: Database) -> None:
    with trio.fail_after(HANGS_AFTER_SECONDS):
        with trio.CancelScope() as scope:
            async with database.transaction(Role.INGEST) as transaction:
                pid = await transaction.fetch_value("SELECT pg_backend_pid()")
                with frozen(pid):
                    scope.deadline = trio.current_time() + 0.1
                    await transaction.fetch("SELECT 1")
        assert scope.cancelled_caught
        assert await count(database, 1) == 0


async def test_a_statement_that_a_frozen_server_never_answers_is_an_outage(
    hasty: Database,
) -> None:
    async def ask() -> None:
        async with hasty.transaction(Role.INGEST) as transaction:
            pid = await transaction.fetch_value("SELECT pg_backend_pid()")
            with frozen(pid):
                await transaction.fetch("SELECT 1")

    with (
        trio.fail_after(HANGS_AFTER_SECONDS),
        pytest.raises(Unavailable, match="did not answer within"),
    ):
        await ask()

    assert await count(hasty, 1) == 0


async def test_a_copy_that_a_frozen_server_does_not_take_can_be_cancelled(
    database: Database,
) -> None:
    much = "x" * 1_000_000
    with trio.fail_after(HANGS_AFTER_SECONDS):
        with trio.CancelScope() as scope:
            async with database.transaction(Role.INGEST) as transaction:
                pid = await transaction.fetch_value("SELECT pg_backend_pid()")
                with frozen(pid):
                    scope.deadline = trio.current_time() + 0.2
                    await transaction.copy(
                        "telemetry",
                        COLUMNS,
                        [(1, NOW, NOW, "TENANT1", much, "telemetry", "{}")] * 50,
                    )
        assert scope.cancelled_caught
        assert await count(database, 1) == 0


async def begun(database: Database) -> tuple[AbstractAsyncContextManager[Transaction], int]:
    """A transaction that has stored rows, for the caller to end; and its process."""
    scope = database.transaction(Role.INGEST)
    transaction = await scope.__aenter__()
    await transaction.copy("telemetry", COLUMNS, rows(1))
    return scope, await transaction.fetch_value("SELECT pg_backend_pid()")


async def test_a_commit_that_a_frozen_server_never_answers_has_an_unknown_end(
    hasty: Database,
) -> None:
    transaction_scope, pid = await begun(hasty)

    with (
        frozen(pid),
        trio.fail_after(HANGS_AFTER_SECONDS),
        pytest.raises(Unavailable, match="whether the transaction was committed is unknown"),
    ):
        await transaction_scope.__aexit__(None, None, None)

    assert await count(hasty, 1) in {0, 2}


async def test_a_rollback_that_a_frozen_server_never_answers_costs_the_connection_only(
    hasty: Database,
) -> None:
    transaction_scope, pid = await begun(hasty)
    error = ZeroDivisionError()

    with frozen(pid), trio.fail_after(HANGS_AFTER_SECONDS):
        assert not await transaction_scope.__aexit__(ZeroDivisionError, error, None)

    assert await count(hasty, 1) == 0


async def test_an_idle_connection_that_froze_is_replaced(hasty: Database) -> None:
    async with hasty.transaction(Role.INGEST) as transaction:
        pid = await transaction.fetch_value("SELECT pg_backend_pid()")

    with frozen(pid), trio.fail_after(HANGS_AFTER_SECONDS):
        assert await count(hasty, 1) == 0


async def test_a_frozen_server_does_not_hold_up_the_end(database_url: str) -> None:
    with trio.fail_after(HANGS_AFTER_SECONDS):
        async with trio_asyncio.open_loop():
            async with open_database(database_url) as database:
                async with database.transaction(Role.INGEST) as transaction:
                    pid = await transaction.fetch_value("SELECT pg_backend_pid()")
                freeze = frozen(pid)
                freeze.__enter__()
            freeze.__exit__(None, None, None)


async def test_a_server_that_accepts_nobody_is_an_outage(
    postgres_server: PostgresForTests, database_url: str
) -> None:
    async with (
        trio_asyncio.open_loop(),
        open_database(database_url, connect_timeout_seconds=0.3) as database,
    ):
        with (
            frozen(postgres_server.pid),
            pytest.raises(
                Unavailable, match=r"no connection to PostgreSQL at \S+ within 0\.3 seconds"
            ),
        ):
            await count(database, 1)

        assert await count(database, 1) == 0
