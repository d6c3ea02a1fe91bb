"""Partitions are made ahead, and what missed its own is moved there; nobody else may touch them."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from functools import partial

import pytest
import trio

from pulse_router.domain.errors import Unavailable
from pulse_router.domain.messages import Message
from pulse_router.postgres.database import Database
from pulse_router.stores.roles import Role
from pulse_router.stores.telemetry.maintenance import MaintenanceReport, Retention, maintain
from tests.support.ingest.partitions import DAY, days_from
from tests.support.ingest.telemetry import (
    at_noon,
    message,
    partition_days,
    rows_by_partition,
    store,
)
from tests.support.servers.postgres import PostgresForTests
from tests.support.waiting import wait_for

FOR_EVER = Retention(
    telemetry_days=0, rejected_days=0, dead_letter_days=0, alert_days=0, audit_days=0
)


async def round_at(database: Database, today: date) -> MaintenanceReport:
    return await maintain(database, FOR_EVER, today=today)


async def test_partitions_are_made_for_today_and_three_days_ahead_whenever_today_is(
    database: Database,
) -> None:
    first = await round_at(database, DAY)
    assert (first.made, first.moved, first.problems) == (4, 0, [])
    assert await partition_days(database) == days_from(DAY, 4)

    next_day = await round_at(database, DAY + timedelta(days=1))
    assert next_day.made == 1
    much_later = await round_at(database, DAY + timedelta(days=40))
    assert much_later.made == 4
    assert await partition_days(database) == [
        *days_from(DAY, 5),
        *days_from(DAY + timedelta(days=40), 4),
    ]


async def test_a_second_round_on_the_same_day_has_nothing_to_make(database: Database) -> None:
    await round_at(database, DAY)
    assert (await round_at(database, DAY)).made == 0


async def test_a_day_begins_and_ends_at_midnight_utc_whatever_the_database_s_time_zone(
    database: Database, postgres_server: PostgresForTests, database_name: str
) -> None:
    postgres_server.psql(
        "postgres", f"ALTER DATABASE {database_name} SET timezone = 'Pacific/Auckland'"
    )
    postgres_server.psql("postgres", f"ALTER DATABASE {database_name} SET datestyle = 'SQL, DMY'")
    await round_at(database, DAY)
    midnight = datetime(2020, 3, 2, tzinfo=UTC)
    moment = timedelta(microseconds=1)
    await store(database, [message(1, midnight - moment), message(2, midnight)])
    assert await rows_by_partition(database) == {
        "telemetry_20200301": 1,
        "telemetry_20200302": 1,
    }
    assert await partition_days(database) == days_from(DAY, 4)


async def test_rows_without_a_partition_are_stored_and_then_moved_to_their_own(
    database: Database,
) -> None:
    days = [DAY, DAY + timedelta(days=1), DAY + timedelta(days=300)]
    sent = [message(n, at_noon(day)) for n, day in enumerate(days * 20, 1)]
    await store(database, sent)
    assert await rows_by_partition(database) == {"telemetry_default": 60}

    report = await round_at(database, DAY)

    assert (report.made, report.moved) == (5, 60)
    assert await rows_by_partition(database) == {
        "telemetry_20200301": 20,
        "telemetry_20200302": 20,
        "telemetry_20201226": 20,
    }
    async with database.transaction(Role.OPERATOR) as transaction:
        rows = await transaction.fetch("SELECT * FROM telemetry ORDER BY event_id")
    assert [Message(**dict(row)) for row in rows] == [
        one._replace(metrics='{"t": 1.5}') for one in sent
    ]


async def test_a_moved_day_is_indexed_like_every_other(database: Database) -> None:
    await store(database, [message(1, at_noon(DAY))])
    await round_at(database, DAY)
    async with database.transaction(Role.OPERATOR) as transaction:
        indexed = await transaction.fetch_value(
            "SELECT count(DISTINCT indrelid) FROM pg_index JOIN pg_inherits ON inhrelid = indrelid"
            " WHERE inhparent = 'telemetry'::regclass"
        )
        partitions = await transaction.fetch_value("SELECT count(*) FROM telemetry_partitions()")
    assert indexed == partitions == 5


async def test_routers_that_make_partitions_at_once_make_each_once(database: Database) -> None:
    await store(database, [message(n, at_noon(DAY)) for n in range(100)])
    reports: list[MaintenanceReport] = []

    async def make() -> None:
        reports.append(await round_at(database, DAY))

    async with trio.open_nursery() as nursery:
        for _ in range(3):
            nursery.start_soon(make)

    assert sum(report.made for report in reports) == 4
    assert sum(report.moved for report in reports) == 100
    assert [report.problems for report in reports] == [[], [], []]


async def test_a_partition_that_somebody_made_by_hand_is_respected(
    database: Database, postgres_server: PostgresForTests, database_name: str
) -> None:
    postgres_server.psql(
        database_name,
        "CREATE TABLE march PARTITION OF telemetry"
        " FOR VALUES FROM ('2020-03-01 00:00Z') TO ('2020-04-01 00:00Z')",
    )
    report = await round_at(database, date(2020, 3, 30))
    assert (report.made, report.problems) == (2, [])
    assert await partition_days(database) == [DAY, date(2020, 4, 1), date(2020, 4, 2)]


async def test_a_lock_that_somebody_holds_is_given_up_on_and_the_next_round_mends_it(
    database: Database,
) -> None:
    await store(database, [message(1, at_noon(DAY))])
    async with database.transaction(Role.OPERATOR) as backup:
        await backup.fetch("SELECT FROM telemetry LIMIT 1")  # as pg_dump does, for hours
        blocked = await round_at(database, DAY)
        # Ingest goes on meanwhile, and is not queued up behind a lock that never comes.
        await store(database, [message(2, at_noon(DAY))])
    assert "lock timeout" in blocked.problems[0]
    assert blocked.made == 0

    mended = await round_at(database, DAY)
    assert (mended.made, mended.moved, mended.problems) == (4, 2, [])


async def test_ingest_goes_on_while_a_partition_is_being_made(database: Database) -> None:
    await round_at(database, DAY)
    async with database.transaction(Role.OPERATOR) as making:
        await making.fetch_value("SELECT telemetry_make_partition($1)", date(2020, 5, 1))
        with trio.fail_after(5):
            await store(database, [message(1, at_noon(DAY))])
    assert await rows_by_partition(database) == {"telemetry_20200301": 1}


async def test_no_upkeep_keeps_ingest_waiting_behind_a_lock_for_longer_than_a_tenth_of_a_second(
    database: Database,
) -> None:
    async with database.transaction(Role.OPERATOR) as transaction:
        patience = await transaction.fetch(
            "SELECT proname, split_part(setting, '=', 2) AS seconds"
            " FROM pg_proc, unnest(proconfig) AS setting"
            " WHERE pronamespace = 'public'::regnamespace AND setting LIKE 'lock_timeout=%'"
        )
    assert {row["proname"]: row["seconds"] for row in patience} == {
        "telemetry_make_partition": "100ms",
        "telemetry_drop_partition": "100ms",
        "retention_day": "100ms",
        "receipts_make_partition": "100ms",
        "receipts_drop_partition": "100ms",
        "pulse_last_seen_turn": "1s",  # of those who note devices, or remove some: no commit does
    }


async def test_a_batch_that_waits_for_the_move_is_refused_as_an_outage_and_fits_the_next_time(
    database: Database,
) -> None:
    batch = [message(2, at_noon(DAY))]
    await store(database, [message(1, at_noon(DAY))])

    copying = trio.Event()
    pids: list[int] = []

    async def copy() -> None:
        async with database.transaction(Role.INGEST) as transaction:
            pids.append(await transaction.fetch_value("SELECT pg_backend_pid()"))
            copying.set()
            await transaction.copy("telemetry", Message._fields, batch)

    async def ingest() -> None:
        with pytest.raises(Unavailable, match="violates partition constraint"):
            await copy()

    async with trio.open_nursery() as nursery, database.transaction(Role.OPERATOR) as making:
        await making.fetch_value("SELECT telemetry_make_partition($1)", DAY)
        waiting = "SELECT count(*) FROM pg_locks WHERE pid = $1 AND NOT granted"
        nursery.start_soon(ingest)
        await copying.wait()
        await wait_for(partial(making.fetch_value, waiting, pids[0]))
    await store(database, batch)
    assert await rows_by_partition(database) == {"telemetry_20200301": 2}


@pytest.mark.parametrize("role", [Role.APP, Role.INGEST])
@pytest.mark.parametrize(
    "sql",
    [
        "SELECT telemetry_make_partition('2020-03-01')",
        "SELECT telemetry_drop_partition('2020-03-01', 1)",
        "SELECT telemetry_partitions()",
        "SELECT telemetry_days_without_partition(1)",
        "SELECT retention_day('2020-03-01')",
    ],
)
async def test_only_the_operator_s_role_may_make_or_drop_partitions(
    database: Database, role: Role, sql: str
) -> None:
    with pytest.raises(Unavailable, match="permission denied") as caught:
        async with database.transaction(role) as transaction:
            await transaction.fetch(sql)
    assert caught.value.sqlstate == "42501"


@pytest.mark.parametrize("role", list(Role))
@pytest.mark.parametrize(
    "sql",
    [
        "DROP TABLE telemetry_20200301",
        "DELETE FROM telemetry",
        "UPDATE telemetry SET event_id = 0",
        "TRUNCATE telemetry",
        "ALTER TABLE telemetry DETACH PARTITION telemetry_20200301",
        "CREATE TABLE mine PARTITION OF telemetry FOR VALUES FROM ('2021-01-01Z') TO (MAXVALUE)",
        "SELECT FROM telemetry_20200301",
        "DELETE FROM telemetry_default",
        "DELETE FROM retention_days",
        "INSERT INTO retention_days VALUES ('2035-01-01')",
    ],
)
async def test_no_role_may_do_by_itself_what_the_functions_do(
    database: Database, role: Role, sql: str
) -> None:
    await round_at(database, DAY)
    with pytest.raises(Unavailable) as caught:
        async with database.transaction(role) as transaction:
            await transaction.execute(sql)
    assert caught.value.sqlstate == "42501"


async def test_a_table_in_the_caller_s_own_schema_does_not_lead_the_functions_astray(
    database: Database,
) -> None:
    async with database.transaction(Role.OPERATOR) as transaction:
        await transaction.execute("CREATE TEMP TABLE telemetry (received_at timestamptz)")
        await transaction.execute("CREATE TEMP TABLE telemetry_default (received_at timestamptz)")
        await transaction.execute("SET LOCAL search_path = pg_temp, public")
        assert await transaction.fetch_value("SELECT telemetry_make_partition($1)", DAY) == 0
        await transaction.execute("DROP TABLE pg_temp.telemetry, pg_temp.telemetry_default")
    assert await partition_days(database) == [DAY]
