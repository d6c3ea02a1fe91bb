"""What is old goes, exactly; a clock that jumps takes nothing with it."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta

import pytest

from pulse_router.domain.errors import DataRefused, Unavailable
from pulse_router.postgres.database import Database
from pulse_router.postgres.transaction import Role
from pulse_router.stores.telemetry.maintenance import (
    DROPS_AT_MOST,
    Retention,
    maintain,
)
from tests.support.postgres import PostgresForTests
from tests.support.telemetry import at_noon, message, partition_days, rows_by_partition, store

DAY = date(2020, 3, 31)
FAR = date(2025, 1, 1)
TEN_DAYS = Retention(
    telemetry_days=10, rejected_days=10, dead_letter_days=10, alert_days=10, audit_days=10
)


def before(day: date, days: int) -> date:
    return day - timedelta(days=days)


async def fill(database: Database, days: Iterable[date]) -> None:
    """Put a message into each day's partition."""
    async with database.transaction(Role.OPERATOR) as transaction:
        for day in days:
            await transaction.fetch_value("SELECT telemetry_make_partition($1)", day)
    await store(database, [message(day.toordinal(), at_noon(day)) for day in days])


async def note_days(database: Database, *days: date) -> date | None:
    """Let retention have run on these days; gives the day that ages are counted from."""
    counted_from: date | None = None
    async with database.transaction(Role.OPERATOR) as transaction:
        for day in days:
            counted_from = await transaction.fetch_value("SELECT retention_day($1)", day)
    return counted_from


async def live_until(database: Database, today: date) -> None:
    """Let retention have run for days, as it has in an installation in use."""
    await note_days(database, before(today, 2), before(today, 1))


async def stored_days(database: Database) -> list[date]:
    async with database.transaction(Role.OPERATOR, read_only=True) as transaction:
        rows = await transaction.fetch("SELECT received_at FROM telemetry ORDER BY received_at")
    return [row["received_at"].astimezone(UTC).date() for row in rows]


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


# Clocks that jump -----------------------------------------------------------------------------


async def test_a_clock_that_jumps_ahead_removes_nothing_and_is_forgotten_when_it_comes_back(
    database: Database,
) -> None:
    days = [before(DAY, age) for age in range(9, -1, -1)]
    await fill(database, days)
    await reject(database, DAY)
    await bury(database, 1, DAY)
    await live_until(database, DAY)
    await maintain(database, TEN_DAYS, today=DAY)

    for today in (FAR, FAR, FAR + timedelta(days=1)):  # for an hour, and over midnight
        await store(database, [message(today.toordinal(), at_noon(today))])
        report = await maintain(database, TEN_DAYS, today=today)
        assert report.retention_day is not None
        assert report.retention_day <= DAY
        assert (report.dropped, report.rejected, report.dead_letters) == ([], 0, 0)
    back = await maintain(database, TEN_DAYS, today=DAY)
    again = await maintain(database, TEN_DAYS, today=FAR)

    assert back.retention_day == DAY
    assert back.dropped == again.dropped == []
    assert (await stored_days(database))[:10] == days


async def test_each_of_many_short_jumps_is_forgotten(database: Database) -> None:
    await fill(database, [DAY])
    await live_until(database, DAY)
    for number in range(5):
        await maintain(database, TEN_DAYS, today=FAR + timedelta(days=number))
        await maintain(database, TEN_DAYS, today=DAY)
    assert DAY in await stored_days(database)


async def test_after_a_gap_ages_are_counted_from_before_it_until_the_third_day(
    database: Database,
) -> None:
    friday, monday = date(2020, 3, 27), date(2020, 3, 30)
    await note_days(database, before(friday, 2), before(friday, 1), friday)
    days = [monday + timedelta(days=number) for number in range(3)]
    assert [await note_days(database, today) for today in days] == [
        before(friday, 1),
        friday,
        days[2],
    ]


async def test_a_new_date_counts_once_retention_has_run_on_three_of_its_days(
    database: Database,
) -> None:
    await fill(database, [DAY])
    await live_until(database, DAY)
    await note_days(database, DAY)
    after = [FAR + timedelta(days=number) for number in range(3)]
    assert [await note_days(database, today) for today in after] == [
        before(DAY, 1),
        DAY,
        after[2],
    ]
    assert (await maintain(database, TEN_DAYS, today=after[2])).dropped


async def test_a_clock_that_jumps_back_removes_nothing(database: Database) -> None:
    days = [before(DAY, age) for age in range(9, -1, -1)]
    await fill(database, days)
    await live_until(database, DAY)
    await maintain(database, TEN_DAYS, today=DAY)
    for today in (date(1970, 1, 1), date(2000, 1, 1), before(DAY, 5)):
        assert (await maintain(database, TEN_DAYS, today=today)).dropped == []
    assert await stored_days(database) == days


async def test_of_two_clocks_the_one_that_removes_less_counts(database: Database) -> None:
    far_ahead = datetime.now(UTC).date() + timedelta(days=4000)
    counted_from = await note_days(database, *(far_ahead + timedelta(days=n) for n in range(5)))
    assert counted_from is None or counted_from <= datetime.now(UTC).date()


async def test_a_new_installation_removes_nothing_before_its_third_day(database: Database) -> None:
    await fill(database, [before(DAY, 100)])
    for days_ago in (2, 1):
        report = await maintain(database, TEN_DAYS, today=before(DAY, days_ago))
        assert (report.retention_day, report.dropped) == (None, [])
    assert (await maintain(database, TEN_DAYS, today=DAY)).dropped


@pytest.mark.parametrize("keep_days", [0, -1, None])
async def test_the_database_itself_refuses_to_keep_nothing(
    database: Database, keep_days: int | None
) -> None:
    with pytest.raises(DataRefused, match="keep_days must be 1 or more"):
        async with database.transaction(Role.OPERATOR) as transaction:
            await transaction.fetch("SELECT telemetry_drop_partition($1, $2)", DAY, keep_days)


# Rows that go one by one ----------------------------------------------------------------------


async def reject(database: Database, *days: date, count: int = 1) -> None:
    async with database.transaction(Role.INGEST) as transaction:
        await transaction.copy(
            "rejected_messages",
            ("received_at", "tenant_id", "device_id", "topic", "reason", "detail", "payload"),
            [
                (at_noon(day), "TENANT1", "DEV-001", "t", "BAD_JSON", "no", b"x")
                for day in days
                for _ in range(count)
            ],
        )


async def bury(database: Database, number: int, day: date, **columns: str | None) -> None:
    values = {"status": "FAILED", "tenant_id": "TENANT1", "claimed_until": None} | columns
    async with database.transaction(Role.OPERATOR) as transaction:
        await transaction.execute(
            """
            INSERT INTO dead_letter_messages
              (delivery_id, tenant_id, route_id, device_id, event_id, event_time, original_topic,
               payload, destination_type, destination_config, error_message, attempts, status,
               claimed_until, created_at)
            VALUES ($1, $2, 1, 'DEV-001', 1, now(), 't', '{}', 'webhook', '{}', 'no', 5, $3,
                    now() + $4::text::interval, $5)
            """,
            number,
            values["tenant_id"],
            values["status"],
            values["claimed_until"],
            at_noon(day),
        )


async def remaining(database: Database, table: str) -> int:
    async with database.transaction(Role.OPERATOR, read_only=True) as transaction:
        return int(await transaction.fetch_value(f"SELECT count(*) FROM {table}"))


async def test_old_rejected_messages_are_removed_however_many(database: Database) -> None:
    await reject(database, before(DAY, 11), count=2500)
    await reject(database, before(DAY, 10), before(DAY, 9), DAY)
    await live_until(database, DAY)
    report = await maintain(database, TEN_DAYS, today=DAY)
    assert report.rejected == 2500
    assert await remaining(database, "rejected_messages") == 3


async def test_old_dead_letters_are_removed_and_booked_unless_they_are_being_replayed(
    database: Database,
) -> None:
    old = before(DAY, 11)
    await bury(database, 1, old)
    await bury(database, 2, old, tenant_id="TENANT2")
    await bury(database, 3, old, status="REPLAYED")
    await bury(database, 4, old, claimed_until="10 minutes")
    await bury(database, 5, old, claimed_until="-1 hour")
    await bury(database, 6, before(DAY, 9))
    await live_until(database, DAY)

    report = await maintain(database, TEN_DAYS, today=DAY)

    assert report.dead_letters == 4
    assert await remaining(database, "dead_letter_messages") == 2
    async with database.transaction(Role.OPERATOR) as transaction:
        booked = await transaction.fetch(
            "SELECT tenant_id, value FROM ledger_deltas WHERE name = 'discarded' ORDER BY 1"
        )
    assert [tuple(row) for row in booked] == [("TENANT1", 2), ("TENANT2", 1)]


async def test_a_lock_on_telemetry_does_not_keep_the_other_rows_from_going(
    database: Database,
) -> None:
    await fill(database, [before(DAY, 20)])
    await reject(database, before(DAY, 20))
    await live_until(database, DAY)
    async with database.transaction(Role.OPERATOR) as backup:
        await backup.fetch("SELECT FROM telemetry LIMIT 1")
        report = await maintain(database, TEN_DAYS, today=DAY)
    assert report.problems
    assert (report.dropped, report.rejected) == ([], 1)


async def test_a_partition_that_something_depends_on_is_named_and_everything_else_goes_on(
    database: Database, postgres_server: PostgresForTests, database_name: str
) -> None:
    await fill(database, [before(DAY, 20)])
    await reject(database, before(DAY, 20))
    postgres_server.psql(database_name, "CREATE VIEW theirs AS SELECT * FROM telemetry_20200311")
    await live_until(database, DAY)
    report = await maintain(database, TEN_DAYS, today=DAY)
    assert ["telemetry_20200311" in problem for problem in report.problems] == [True]
    assert report.rejected == 1


async def test_the_tenants_role_cannot_remove_what_is_not_its_own(database: Database) -> None:
    await reject(database, DAY)
    async with database.transaction(Role.APP, tenant_id="TENANT2") as transaction:
        assert await transaction.execute("DELETE FROM rejected_messages") == "DELETE 0"
    with pytest.raises(Unavailable, match="permission denied"):
        async with database.transaction(Role.APP, tenant_id="TENANT1") as transaction:
            await transaction.execute("DELETE FROM telemetry")


async def test_alerts_go_by_when_they_were_closed_and_open_ones_stay(database: Database) -> None:
    await live_until(database, DAY)
    async with database.transaction(Role.OPERATOR) as transaction:
        for age, status in ((50, "OPEN"), (50, "ACKNOWLEDGED"), (11, "CLOSED"), (9, "CLOSED")):
            day = at_noon(before(DAY, age))
            await transaction.execute(
                "INSERT INTO alerts (tenant_id, device_id, severity, title, key, status, opened_at,"
                " closed_at) VALUES ('TENANT1', 'DEV-1', 'INFO', 't', $1 || $2, $2, $3, $4)",
                str(age),
                status,
                at_noon(before(DAY, 60)),
                day if status == "CLOSED" else None,
            )
    assert (await maintain(database, TEN_DAYS, today=DAY)).alerts == 1
    assert await remaining(database, "alerts") == 3
