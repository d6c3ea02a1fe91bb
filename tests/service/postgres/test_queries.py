"""Transactions made in one go: the same laws as of others, on a real server."""

from __future__ import annotations

from functools import partial

import pytest
import trio
import trio_asyncio

from pulse_router.domain.errors import ConstraintViolated, DataRefused, Unavailable
from pulse_router.postgres.database import Database, open_database
from pulse_router.postgres.pool import FRESH_SECONDS
from pulse_router.postgres.shares import Share
from pulse_router.postgres.transaction import Deadlines
from pulse_router.stores.roles import Role
from tests.support.cancelling import CancelAtStep
from tests.support.servers.frozen import frozen
from tests.support.servers.postgres import PostgresForTests

HANGS_AFTER_SECONDS = 60
MAX_STEPS = 2000
ADD = "INSERT INTO devices (tenant_id, device_id) VALUES ('T', $1) RETURNING device_id"
NOTHING: tuple[list[int], ...] = ([], [], [])
SETTLE = "SELECT pulse_settle($1, $2, $3)"


async def add(database: Database, device_id: str) -> None:
    await database.query(Role.OPERATOR, ADD, device_id)


async def pid_of(database: Database) -> int:
    [row] = await database.query(Role.OPERATOR, "SELECT pg_backend_pid()", read_only=True)
    return int(row[0])


async def devices(database: Database) -> set[str]:
    sql = "SELECT device_id FROM devices"
    rows = await database.query(Role.OPERATOR, sql, read_only=True)
    return {row["device_id"] for row in rows}


async def test_a_query_is_committed_and_acts_as_its_role(database: Database) -> None:
    await add(database, "A")
    assert await devices(database) == {"A"}
    count = partial(database.query, Role.APP, "SELECT count(*) FROM devices", read_only=True)
    assert [tuple(row) for row in await count(tenant_id="T")] == [(1,)]
    assert [tuple(row) for row in await count(tenant_id="U")] == [(0,)]
    with pytest.raises(Unavailable, match="permission denied"):
        await database.query(Role.INGEST, "SELECT secrets FROM message_routes", read_only=True)
    with pytest.raises(Unavailable, match="read-only"):
        await database.query(Role.OPERATOR, ADD, "B", read_only=True)


async def test_what_fails_is_rolled_back_and_keeps_the_connection(database: Database) -> None:
    await add(database, "A")
    pid = await pid_of(database)
    with pytest.raises(ConstraintViolated):
        await add(database, "A")
    with pytest.raises(DataRefused):
        await database.query(Role.OPERATOR, "SELECT 1 / $1", 0)
    assert await pid_of(database) == pid
    with pytest.raises(TypeError):
        await database.query(Role.OPERATOR, "SELECT 1 / $1", "one")
    assert database.pool.leased_count == 0


async def cancelled_after(database: Database, steps: int) -> bool:
    """Add a device under a scope that is cancelled; tells whether that reported success."""
    finished = False
    with trio.CancelScope() as scope:
        instrument = CancelAtStep(scope, steps)
        trio.lowlevel.add_instrument(instrument)
        try:
            await add(database, f"D{steps}")
            finished = True
        finally:
            trio.lowlevel.remove_instrument(instrument)
    return finished


async def test_cancelled_at_any_step_it_holds_nobody_up_and_success_is_the_truth(
    database: Database,
) -> None:
    completed = cancelled = 0
    reported = set()
    with trio.fail_after(HANGS_AFTER_SECONDS):
        for steps in range(1, MAX_STEPS):
            finished = await cancelled_after(database, steps)
            assert database.pool.leased_count == 0
            if finished:
                reported.add(f"D{steps}")
            cancelled += not finished
            completed = completed + 1 if finished else 0
            if completed == 10:
                break
        assert completed == 10, "the walk never came to the end of the transaction"
        assert cancelled > 10, "the walk did not meet the transaction's awaits"
        assert reported <= await devices(database)


async def test_a_connection_that_has_died_or_frozen_meanwhile_is_replaced(
    hasty: Database, postgres_server: PostgresForTests
) -> None:
    pid = await pid_of(hasty)
    postgres_server.psql("postgres", f"SELECT pg_terminate_backend({pid}, 5000)")
    assert await devices(hasty) == set()
    with frozen(await pid_of(hasty)), trio.fail_after(HANGS_AFTER_SECONDS):
        assert await devices(hasty) == set()


async def test_a_statement_that_is_never_answered_is_an_outage(hasty: Database) -> None:
    with pytest.raises(Unavailable, match="did not answer within 1 "):
        await hasty.query(Role.OPERATOR, "SELECT pg_sleep(10)")
    assert await devices(hasty) == set()


async def test_a_call_that_is_never_answered_has_an_unknown_end(hasty: Database) -> None:
    await hasty.call(Role.OPERATOR, SETTLE, *NOTHING)
    with (
        frozen(await pid_of(hasty)),
        trio.fail_after(HANGS_AFTER_SECONDS),
        pytest.raises(Unavailable, match="whether the transaction was committed is unknown"),
    ):
        await hasty.call(Role.OPERATOR, SETTLE, *NOTHING)
    assert await hasty.call(Role.OPERATOR, SETTLE, *NOTHING) == []
    assert hasty.pool.leased_count == 0


async def test_a_call_does_not_leave_its_role_behind(database: Database) -> None:
    await database.call(Role.OPERATOR, SETTLE, *NOTHING)
    sql = "SELECT current_user::text, pg_backend_pid()"
    for _ in range(2):
        [row] = await database.call(Role.OPERATOR, sql)
        assert row["current_user"] == "iot"


async def test_a_call_whose_role_is_missing_is_an_outage(
    database: Database, postgres_server: PostgresForTests
) -> None:
    postgres_server.psql("postgres", "REVOKE pulse_operator FROM iot")
    try:
        with pytest.raises(Unavailable, match="permission denied to set role"):
            await database.call(Role.OPERATOR, SETTLE, *NOTHING)
    finally:
        how = "WITH INHERIT FALSE, SET TRUE"
        postgres_server.psql("postgres", f"GRANT pulse_operator TO iot {how}")


WHO = "SELECT current_user::text AS who, pg_backend_pid() AS pid"


async def test_a_look_acts_as_its_role_in_one_round_trip(
    database: Database, postgres_server: PostgresForTests
) -> None:
    await add(database, "A")
    pid = await pid_of(database)
    for role in (Role.OPERATOR, Role.OPERATOR, Role.INGEST):
        [row] = await database.look(role, WHO)
        assert (row["who"], row["pid"]) == (role.value, pid)
    last = f"SELECT query FROM pg_stat_activity WHERE pid = {pid}"
    assert WHO in postgres_server.psql("postgres", last), "a transaction was ended after it"
    with pytest.raises(Unavailable, match="permission denied"):
        await database.look(Role.INGEST, "SELECT secrets FROM message_routes")
    assert database.pool.leased_count == 0


async def test_the_role_of_a_look_is_no_transactions(database: Database) -> None:
    await add(database, "A")
    [row] = await database.look(Role.OPERATOR, WHO)
    for role in (Role.APP, Role.INGEST):
        [found] = await database.query(role, WHO, read_only=True)
        assert tuple(found) == (role.value, row["pid"])
        async with database.transaction(role) as transaction:
            assert tuple(await transaction.fetch(WHO)) == (found,)
    theirs = await database.query(Role.APP, "SELECT FROM devices", tenant_id="U")
    assert not theirs
    assert await database.call(Role.OPERATOR, SETTLE, *NOTHING) == []


async def test_a_look_finds_another_connection_where_its_own_has_died(
    hasty: Database, postgres_server: PostgresForTests
) -> None:
    pid = await pid_of(hasty)
    [row] = await hasty.look(Role.OPERATOR, WHO)
    assert row["pid"] == pid
    postgres_server.psql("postgres", f"SELECT pg_terminate_backend({pid}, 5000)")
    [row] = await hasty.look(Role.OPERATOR, WHO)
    assert row["pid"] != pid
    with frozen(row["pid"]), trio.fail_after(HANGS_AFTER_SECONDS):
        await trio.sleep(FRESH_SECONDS)  # and then it is asked first, which is not waited for
        [other] = await hasty.look(Role.OPERATOR, WHO)
    assert other["pid"] != row["pid"]


async def test_a_look_that_is_never_answered_is_an_outage(hasty: Database) -> None:
    await devices(hasty)
    with pytest.raises(Unavailable, match="did not answer within 1 "):
        await hasty.look(Role.OPERATOR, "SELECT pg_sleep(10)")
    assert await devices(hasty) == set()
    assert hasty.pool.leased_count == 0


async def test_a_look_through_a_pooler_leaves_no_role_behind(database: Database) -> None:
    shared = Database(database.pool, Deadlines(), pgbouncer=True)
    [row] = await shared.look(Role.OPERATOR, WHO)
    assert row["who"] == Role.OPERATOR.value
    assert [tuple(found) for found in await database.call(Role.OPERATOR, WHO)] == [
        ("iot", row["pid"])
    ]


async def test_users_with_a_share_never_hold_all_connections(database_url: str) -> None:
    async with (
        trio_asyncio.open_loop(),
        open_database(database_url, pool_size=4) as database,
        trio.open_nursery() as nursery,
    ):
        shared = database.share(Share(2))
        for _ in range(10):
            nursery.start_soon(shared.query, Role.OPERATOR, "SELECT pg_sleep(60)")
        while database.pool.leased_count < 2:  # noqa: ASYNC110 - the pool sets no event
            await trio.sleep(0.01)
        with trio.fail_after(30):
            assert await devices(database) == set()
        assert database.pool.leased_count == 2
        nursery.cancel_scope.cancel()
