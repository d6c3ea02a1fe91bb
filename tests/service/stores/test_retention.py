"""What is old goes, exactly; a clock that jumps takes nothing with it."""

from __future__ import annotations

import pytest

from pulse_router.domain.errors import DataRefused
from pulse_router.postgres.database import Database
from pulse_router.stores.partitions import DROPS_AT_MOST
from pulse_router.stores.roles import Role
from pulse_router.stores.telemetry.maintenance import Retention, maintain
from tests.support.ingest.days import (
    DAY,
    TEN_DAYS,
    before,
    bury,
    fill,
    live_until,
    reject,
    stored_days,
)
from tests.support.ingest.telemetry import (
    at_noon,
    message,
    partition_days,
    rows_by_partition,
    store,
)
from tests.support.servers.postgres import PostgresForTests


async def test_exactly_the_days_that_are_wholly_old_are_dropped(database: Database) -> None:
    days = [before(DAY, age) for age in range(15, -1, -1)]
    await fill(database, days)
    await live_until(database, DAY)

    report = await maintain(database, TEN_DAYS, today=DAY)

    # The whole of the eleventh day back is 10 days old at the end of the last one, not before.
    assert await stored_days(database) == [day for day in days if day >= before(DAY, 10)]
    assert report.dropped == [
        f"public.telemetry_{before(DAY, age):%Y%m%d}" for age in range(15, 10, -1)
    ]
    assert await partition_days(database) == [before(DAY, age) for age in range(10, -4, -1)]
    assert (await maintain(database, TEN_DAYS, today=DAY)).dropped == []


async def test_nothing_of_another_table_is_dropped(
    database: Database, postgres_server: PostgresForTests, database_name: str
) -> None:
    postgres_server.psql(
        database_name,
        "CREATE TABLE telemetry_20200101 (LIKE telemetry);"
        "CREATE TABLE archive PARTITION OF telemetry"
        " FOR VALUES FROM (MINVALUE) TO ('2020-03-30 00:00Z')",
    )
    await live_until(database, DAY)
    report = await maintain(database, TEN_DAYS, today=DAY)
    assert report.dropped == []
    assert "telemetry_20200101" in postgres_server.psql(
        database_name, "SELECT relname FROM pg_class WHERE relname LIKE 'telemetry_2%'"
    )


async def test_the_audit_log_goes_by_age_too(
    database: Database, postgres_server: PostgresForTests, database_name: str
) -> None:
    for days in (9, 11, 5000):
        postgres_server.psql(
            database_name,
            "INSERT INTO audit_log"
            " (at, subject, actor, action, request_id, tenant_id, target_type)"
            f" VALUES ('{at_noon(before(DAY, days))}', 's{days}', 'customer', 'a', 'r', 't', 'x')",
        )
    await live_until(database, DAY)
    report = await maintain(database, TEN_DAYS, today=DAY)
    assert report.audited == 2
    assert postgres_server.psql(database_name, "SELECT subject FROM audit_log").split() == ["s9"]


async def test_zero_days_keeps_for_ever(database: Database) -> None:
    await fill(database, [before(DAY, 5000)])
    await reject(database, before(DAY, 5000))
    await bury(database, 1, before(DAY, 5000))
    await live_until(database, DAY)
    for_ever = Retention(
        telemetry_days=0, rejected_days=0, dead_letter_days=0, alert_days=0, audit_days=0
    )
    report = await maintain(database, for_ever, today=DAY)
    assert (report.dropped, report.rejected, report.dead_letters) == ([], 0, 0)
    assert await stored_days(database) == [before(DAY, 5000)]


async def test_a_round_drops_a_few_partitions_and_the_next_one_goes_on(database: Database) -> None:
    await fill(database, [before(DAY, age) for age in range(30, 10, -1)])
    await live_until(database, DAY)
    dropped = [len((await maintain(database, TEN_DAYS, today=DAY)).dropped) for _ in range(4)]
    assert dropped == [DROPS_AT_MOST, DROPS_AT_MOST, 20 - 2 * DROPS_AT_MOST, 0]


async def test_old_rows_of_the_default_partition_are_moved_and_then_dropped(
    database: Database,
) -> None:
    await store(database, [message(1, at_noon(before(DAY, 50))), message(2, at_noon(DAY))])
    await live_until(database, DAY)
    report = await maintain(database, TEN_DAYS, today=DAY)
    assert (report.moved, len(report.dropped)) == (2, 1)
    assert await rows_by_partition(database) == {"telemetry_20200331": 1}


@pytest.mark.parametrize("keep_days", [0, -1, None])
async def test_the_database_itself_refuses_to_keep_nothing(
    database: Database, keep_days: int | None
) -> None:
    with pytest.raises(DataRefused, match="keep_days must be 1 or more"):
        async with database.transaction(Role.OPERATOR) as transaction:
            await transaction.fetch("SELECT telemetry_drop_partition($1, $2)", DAY, keep_days)
