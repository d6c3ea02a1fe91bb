"""A clock that jumps, ahead or back, takes nothing with it."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

from pulse_router.postgres.database import Database
from pulse_router.stores.telemetry.maintenance import maintain
from tests.support.ingest.days import (
    DAY,
    TEN_DAYS,
    before,
    bury,
    fill,
    live_until,
    note_days,
    reject,
    stored_days,
)
from tests.support.ingest.telemetry import at_noon, message, store

FAR = date(2025, 1, 1)


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
